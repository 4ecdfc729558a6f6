"""What follows a download, and what went wrong beside it, in words and codes of ``download``."""

from dataclasses import replace

from civitai_manager_libs.domain.task import Note, State, Task
from civitai_manager_libs.cli.output import note_lines, task_entry

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
