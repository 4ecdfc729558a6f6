"""``download`` for many models at once: searches, creators, lists, and options for all files."""

import pytest

from civitai_manager_libs.demo import SPECIAL

from .support.command import sent
from .test_cli_download import no_traceback

GARDEN = {1004, 1005, 1018, 1022, 1030}
TOTALS = {'count', 'bytes', 'existing', 'to_download', 'bytes_to_download', 'folders'}


def planned(program, *words):
    """The plan of a search as JSON."""
    done = no_traceback(program.run('download', *words, '--plan', '--json'))
    assert done.code == 0, done
    return done.json


def ids(document):
    return {entry['model_id'] for entry in document['plan']}


class TestPlan:
    def test_figures_places_and_what_is_there(self, demo, program):
        first = planned(program, '--search', '--username', 'garden_path')
        assert ids(first) == GARDEN and not any(one['exists'] for one in first['plan'])
        assert set(first) == {'plan', 'skipped', 'errors', 'totals'}
        figures = first['totals']
        assert TOTALS <= set(figures)
        assert (figures['count'], figures['existing'], figures['to_download']) == (5, 0, 5)
        assert figures['bytes'] == sum(one['bytes'] for one in first['plan'])
        lora = str(program.downloads / 'LORA')
        assert figures['folders'] == {lora: 4, str(program.downloads / 'LoCon'): 1}
        assert program.states() == [] and demo.requests.of('storage') == []
        program.run('download', '1004')
        again = planned(program, '--search', '--username', 'garden_path')
        assert [one['model_id'] for one in again['plan'] if one['exists']] == [1004]
        assert again['totals']['to_download'] == 4

    def test_in_words(self, program):
        done = program.run('download', '--search', 'moss', '--plan')
        assert done.code == 0 and len(done.out.splitlines()) == 3
        assert 'Files: 1 (926 KB); there already: 0' in done.out
        program.run('download', '1004')
        done = program.run('download', '1004', '--plan')
        assert 'there already →' in done.out and 'to fetch: 0' in done.out

    @pytest.mark.parametrize(
        'words, found',
        [
            (['--search', 'moss'], {1004}),
            (['--search', '', '--username', 'Garden_Path'], GARDEN),
            (['--search', '--type', 'vae', '--type', 'poses'], {1009, 1013}),
            (['--search', '--base-model', 'Flux.1 D', '--base-model', 'Pony'], {1021, 1026, 1030}),
            (['--search', '--tag', 'Festival'], {1005}),
            (['--search', '--username', 'garden_path', '--type', 'lycoris'], {1005}),
            (['https://civitai.com/user/garden_path/models'], GARDEN),
            (['civitai.com/user/garden_path'], GARDEN),
            (['civitai.com/user/garden_path', '--type', 'LORA', '--tag', 'flower'], {1022}),
            (['https://civitai.com/models?tag=winter'], {1021}),
            (['https://civitai.com/tag/winter'], {1021}),
            (['https://civitai.com/search/models?query=moss'], {1004}),
            (['https://civitai.com/models?types=VAE&types=Poses'], {1009, 1013}),
        ],
    )
    def test_what_is_found(self, program, words, found):
        assert ids(planned(program, *words)) == found

    def test_a_limit_is_said_and_zero_means_all(self, program):
        words = ['download', '--search', '--sort', 'most-downloaded', '--plan', '--json']
        done = program.run(*words, '--limit', '3')
        assert len(done.json['plan']) == 3 and 'first 3 models' in done.err
        done = program.run(*words, '--limit', '0')
        assert len(done.json['plan']) > 20 and 'goes on' not in done.err

    def test_adult_content_is_off_unless_asked_for(self, program):
        mature, words = SPECIAL['mature'].model_id, ['--search', 'Crimson']
        none = program.run('download', *words, '--plan')
        assert none.code == 4 and '--nsfw' in none.err
        assert ids(planned(program, *words, '--nsfw')) == {mature}
        creator = ['civitai.com/user/harbor_lab']
        assert mature not in ids(planned(program, *creator))
        assert mature in ids(planned(program, *creator, '--nsfw'))

    def test_all_versions(self, program):
        made = planned(program, '--search', 'Silk Tide', '--all-versions')
        assert [one['version_id'] for one in made['plan']] == [2005, 2006]

    def test_what_is_left_out_is_listed(self, program):
        made = planned(program, 'civitai.com/user/kiln_works')
        reasons = {entry['reason'] for entry in made['skipped']}
        assert reasons == {'gone', 'pickle'}
        [gone] = [entry for entry in made['skipped'] if entry['reason'] == 'gone']
        assert gone['model_id'] == SPECIAL['taken_down'].model_id and gone['file'] is None

    def test_several_at_once_count_each_file_once(self, program):
        made = planned(program, '1004', 'civitai.com/user/garden_path', '2007')
        assert len(made['plan']) == 7 and made['totals']['count'] == 5


class TestFailures:
    @pytest.mark.parametrize(
        'words, code, error',
        [
            (['--search', '--username', 'nobody_at_all'], 4, 'not_found'),
            (['--search', '--tag', 'no such tag'], 4, 'tag_unknown'),
            (['--search', '--base-model', 'pony'], 4, 'base_model_unknown'),
            (['--search', '--type', 'Hologram'], 2, 'filter_unknown'),
            (['https://civitai.com/models?types=Lorra'], 2, 'filter_unknown'),
            (['--search', 'no such words'], 4, 'nothing_found'),
            (['civitai.com/user/bob/images'], 2, 'target_unsupported'),
            (['civitai.com/models'], 2, 'target_unsupported'),
            (['civitai.com/search/images?query=x'], 2, 'target_unsupported'),
        ],
    )
    def test_said_plainly_and_nothing_is_queued(self, program, words, code, error):
        done = no_traceback(program.run('download', *words, '--json'))
        assert done.code == code and program.states() == []
        [entry] = done.downloads
        assert entry['error']['code'] == error and entry['target']
        assert no_traceback(program.run('download', *words)).err.strip()

    def test_a_failing_search_does_not_keep_the_others(self, program):
        done = program.run('download', '1004', '--search', '--tag', 'no such tag', '--json')
        assert done.code == 4
        assert [entry['state'] for entry in done.downloads] == ['done', 'failed']

    def test_an_unknown_type_is_not_searched_for(self, demo, program):
        done = program.run('download', '--search', 'moss', '--type', 'lorra')
        assert '"lorra"' in done.err and 'LORA' in done.err
        assert demo.requests.of('api', '/api/v1/models') == []

    @pytest.mark.parametrize('plan', [['--plan'], []])
    def test_nothing_found_says_what_to_loosen(self, program, plan):
        words = ['moss', '--type', 'VAE', '--base-model', 'Pony', '--period', 'day']
        done = program.run('download', '--search', *words, *plan)
        assert done.code == 4 and done.out == ''
        assert '"moss", --type VAE, --base-model Pony, --period Day' in done.err

    def test_all_found_is_there_already_and_that_is_no_failure(self, program):
        words = ['download', '--search', 'moss']
        assert [program.run(*words).code for _ in range(2)] == [0, 0]
        assert program.run(*words, '--plan').code == 0

    @pytest.mark.parametrize(
        'words',
        [
            ['--search'],
            ['--search', '', '--nsfw', '--limit', '5'],
            ['--search', 'x', '--file-id', '3'],
            ['--search', 'x', '--sha256', 'ab' * 32],
            ['civitai.com/user/bob', '--sha256', 'ab' * 32],
            ['1004', '--tag', 'x'],
            ['1004', '--limit', '3'],
            ['1004', '--type', 'Model', '--type', 'VAE'],
            ['1004', '--search', 'x', '--type', 'Model'],
            ['--search', 'x', '--limit', '-1'],
            ['--search', 'x', '--sort', 'sideways'],
            ['--search', 'x', '--period', 'Decade'],
            ['1004', '--connections', '0'],
            ['1004', '--connections', '9'],
            ['1004', '--reuse', 'steal'],
        ],
    )
    def test_wrong_usage(self, demo, program, words):
        done = no_traceback(program.run('download', *words))
        assert done.code == 2 and done.out == '' and done.err
        assert len(demo.requests) == 0

    def test_one_name_for_many(self, program):
        done = program.run('download', '--search', '--username', 'garden_path', '--out', 'x.bin')
        assert done.code == 2 and '--out' in done.err and program.states() == []


class TestDownload:
    def test_a_search_is_fetched_and_the_failures_told(self, demo, program):
        done = no_traceback(program.run('download', 'civitai.com/user/garden_path', '--json'))
        assert done.code == 3, done  # one of them is in early access
        states = {entry['model_id']: entry['state'] for entry in done.downloads}
        assert states == {**dict.fromkeys(GARDEN, 'done'), 1018: 'failed'}
        assert len(program.files()) == 4 and 'Files: 5' in done.err
        before = sent(demo)
        again = program.run('download', 'civitai.com/user/garden_path', '--json')
        assert again.code == 3 and sent(demo) == before

    def test_everything_is_only_queued(self, demo, program):
        words = ['--search', '--username', 'garden_path', '--priority', '2', '--enqueue', '--json']
        done = program.run('download', *words)
        assert done.code == 0 and {one['state'] for one in done.downloads} == {'queued'}
        assert [row['priority'] for row in program.rows()] == [2] * 5
        assert demo.requests.of('storage') == []

    def test_options_reach_the_queue(self, program):
        words = ['--connections', '3', '--no-sidecars', '--enqueue']
        assert program.run('download', '1004', *words).code == 0
        [row] = program.rows()
        assert row['order']['connections'] == 3 and row['order']['sidecars'] is False
        program.run('download', '1005', '--enqueue')
        assert program.rows()[1]['order']['connections'] == 0
        assert program.rows()[1]['order']['sidecars'] is True

    def test_quiet_says_nothing_beside_the_plan(self, program):
        quiet = program.run('-q', 'download', '--search', '--tag', 'style', '--plan', '--json')
        assert quiet.code == 0 and quiet.err == '' and quiet.json['plan']
