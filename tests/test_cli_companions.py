"""What follows a download, and what went wrong beside it, in words and codes of ``download``."""

from dataclasses import replace

from civitai_manager_libs.domain.task import Note, State, Task
from civitai_manager_libs.entries import task_entry
from civitai_manager_libs.cli.output import note_lines

from .support.engine import new_download

NOTE = Note('not_writable', {'path': '/models/x.json', 'reason': 'Permission denied'})


def test_notes_stand_with_their_download():
    task = Task(1, State.DONE, new_download(1, name='Moss'), notes=(NOTE,))
    [note] = task_entry(task)['notes']
    assert note['code'] == 'not_writable' and '/models/x.json' in note['message']
    [line] = note_lines(task)
    assert 'Moss' in line and '/models/x.json' in line
    assert 'notes' not in task_entry(replace(task, notes=())) and not note_lines(
        replace(task, notes=())
    )


class TestFollowers:
    """The yaml and the VAE of model 1001 follow its weights."""

    WORDS = ('download', '1001', '--json')
    ON = {'download_companions': 'true'}

    def test_they_stand_apart(self, program):
        done = program.run(*self.WORDS, **self.ON)
        assert done.code == 0, done
        assert [entry['file_id'] for entry in done.downloads] == [3001]
        companions = done.json['companions']
        assert {entry['file_id'] for entry in companions} == {3004, 3005}
        assert {entry['state'] for entry in companions} == {'done'}
        assert set(companions[0]) == set(done.downloads[0])

    def test_in_words(self, program):
        done = program.run('download', '1001', **self.ON)
        assert done.code == 0 and len(done.out.splitlines()) == 3

    def test_their_failure_is_a_warning(self, demo, program):
        demo.faults.add('status', side='api', path='fileId=3005', status=404)
        done = program.run(*self.WORDS, **self.ON)
        assert done.code == 0, done
        states = {entry['file_id']: entry['state'] for entry in done.json['companions']}
        assert states == {3004: 'done', 3005: 'failed'}
        assert 'was not fetched' in done.err


class TestPlan:
    WORDS = ('download', '1001', '--plan')
    ON = {'download_companions': 'true'}

    def test_what_would_follow_is_named_and_counted(self, program):
        made = program.run(*self.WORDS, '--json', **self.ON).json
        [entry] = made['plan']
        companions = {one['kind']: one for one in entry['companions']}
        assert {kind: one['file_id'] for kind, one in companions.items()} == {
            'config': 3004,
            'vae': 3005,
        }
        assert companions['config']['name'] == 'auroraDreamXL_v20.yaml'
        total = entry['bytes'] + sum(one['bytes'] for one in companions.values())
        figures = made['totals']
        assert (figures['count'], figures['bytes_to_download']) == (3, total)
        assert program.states() == []

    def test_in_words(self, program):
        done = program.run(*self.WORDS, **self.ON)
        lines = done.out.splitlines()
        assert lines[1].startswith('  + configuration: ') and lines[2].startswith('  + VAE: ')
        assert 'Files: 3 (' in done.out

    def test_not_what_is_off_there_or_ordered_itself(self, program):
        def brought(*words, **settings):
            made = program.run('download', *words, '--plan', '--json', **settings).json
            return [one['file_id'] for entry in made['plan'] for one in entry['companions']]

        assert brought('1001') == brought('1001', '--no-sidecars', **self.ON) == []
        assert brought('1001', '--all-files', **self.ON) == []
        program.run('download', '1001', '--file-id', '3005')
        assert brought('1001', **self.ON) == [3004]
        program.run('download', '1001', **self.ON)
        assert brought('1001', **self.ON) == []
