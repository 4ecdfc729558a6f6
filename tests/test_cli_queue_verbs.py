"""``queue`` verbs that rearrange and tidy up, and the order and totals of its list."""

import pytest


@pytest.fixture
def waiting(program):
    """Three downloads in the queue, numbers 1 to 3; gives the program."""
    done = program.run('download', '1004', '1005', '1009', '--enqueue')
    assert done.code == 0, done
    return program


def line(program):
    """The numbers of all downloads as the list has them."""
    return [one['id'] for one in program.run('queue', 'list', '--json').downloads]


class TestMoving:
    def test_to_the_front(self, waiting):
        done = waiting.run('queue', 'prioritize', '3', '2', '--json')
        assert done.code == 0 and {one['id'] for one in done.downloads} == {2, 3}
        assert line(waiting) == [2, 3, 1]

    def test_one_up_and_one_down(self, waiting):
        assert waiting.run('queue', 'up', '3').code == 0
        assert line(waiting) == [1, 3, 2]
        assert waiting.run('queue', 'down', '1').code == 0
        assert line(waiting) == [3, 1, 2]

    def test_the_first_cannot_go_further_up(self, waiting):
        done = waiting.run('queue', 'up', '1')
        assert done.code == 0 and done.out == '' and 'Nothing to change' in done.err

    @pytest.mark.parametrize('verb', ['prioritize', 'up', 'down'])
    def test_all_of_them_have_no_neighbour(self, waiting, verb):
        done = waiting.run('queue', verb, '--all')
        assert done.code == 2 and 'numbers' in done.err and line(waiting) == [1, 2, 3]

    @pytest.mark.parametrize('verb', ['pause', 'resume', 'cancel', 'retry', 'prioritize', 'up'])
    def test_nobody_means_all_by_saying_nothing(self, waiting, verb):
        done = waiting.run('queue', verb)
        assert done.code == 2 and waiting.states() == ['queued'] * 3


class TestClearing:
    def test_everything_that_is_finished(self, waiting):
        waiting.run('queue', 'cancel', '2')
        waiting.run('download', '1004')
        done = waiting.run('queue', 'clear', '--json')
        assert done.code == 0 and [one['id'] for one in done.downloads] == [1, 2]
        assert line(waiting) == [3] and waiting.files() == ['LORA/moss_garden_v1.safetensors']
        assert len(waiting.rows()) == 3

    def test_only_those_named(self, waiting):
        waiting.run('queue', 'cancel', '1', '2')
        assert waiting.run('queue', 'clear', '1').code == 0
        assert line(waiting) == [3, 2]

    def test_what_still_waits_stays(self, waiting):
        done = waiting.run('queue', 'clear', '3')
        assert done.code == 0 and 'Nothing to change' in done.err and line(waiting) == [1, 2, 3]

    def test_what_was_cleared_is_no_download_of_the_list(self, waiting):
        waiting.run('queue', 'cancel', '1')
        waiting.run('queue', 'clear', '--all')
        assert waiting.run('queue', 'retry', '1').code == 2
        assert waiting.run('download', '1004', '--enqueue', '--json').downloads[0]['id'] == 1
        assert 1 in line(waiting)


class TestList:
    def test_what_waits_in_its_line_then_what_rests_then_what_is_done(self, waiting):
        waiting.run('download', '1021', '1022', '--enqueue', '--priority', '5')
        waiting.run('queue', 'pause', '1')
        waiting.run('queue', 'cancel', '2')
        waiting.run('download', '1006')
        assert line(waiting) == [4, 5, 3, 1, 6, 2]

    def test_all_that_is_known_of_each(self, waiting):
        waiting.run('download', '1004')
        entry = waiting.run('queue', 'list', '1', '--json').downloads[0]
        assert entry['folder'] == str(waiting.downloads / 'LORA')
        assert entry['file_name'] == 'moss_garden_v1.safetensors'
        assert entry['finished'] >= entry['created'] > 1_700_000_000
        assert (entry['connections'], entry['parent_id'], entry['notes']) == (0, None, [])
        assert (entry['model_id'], entry['version_id'], entry['file_id']) == (1004, 2007, 3012)
        assert entry['seconds_left'] is None and entry['attempts'] == 1

    def test_totals_are_said_beside_the_list(self, waiting):
        waiting.run('queue', 'pause', '3')
        done = waiting.run('queue', 'list')
        assert len(done.out.splitlines()) == 3
        assert done.err.startswith('Waiting 2 · Paused 1 · ') and 'to come' in done.err
        assert waiting.run('queue', 'list', '--json').err == ''
        assert waiting.run('-q', 'queue', 'list').err == ''
