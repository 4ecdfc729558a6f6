"""What the command line says and asks of a file that lies in the model folders already."""

import os
import select
import subprocess
import sys
import time

import pytest

from civitai_manager_libs.demo import SPECIAL

from .support.command import PATIENCE

PLAIN = SPECIAL['plain']
TARGET = str(PLAIN.model_id)
NAME = 'LORA/moss_garden_v1.safetensors'


@pytest.fixture
def source(demo, program):
    """The plain model under another name in the download folder."""
    path = program.downloads / 'Other' / 'mine.safetensors'
    path.parent.mkdir(parents=True)
    path.write_bytes(demo.file_bytes(PLAIN.file_id))
    return path


def moved(demo):
    return len(demo.requests.of('storage'))


@pytest.mark.parametrize('language', ['en', 'zh-TW'])
def test_nobody_to_ask(demo, program, source, language):
    program.language = language
    done = program.run('download', TARGET, '--json')
    assert done.code == 0 and done.downloads[0]['verified'] and moved(demo) == 1
    assert str(source.parent) in done.err and '--reuse link' in done.err and '{' not in done.err


def test_quiet(program, source):
    done = program.run('-q', 'download', TARGET)
    assert done.code == 0 and done.err == ''


@pytest.mark.parametrize('how', ['link', 'copy'])
def test_decided_on_the_command_line(demo, program, source, how):
    done = program.run('download', TARGET, '--reuse', how, '--json')
    assert done.code == 0 and done.downloads[0]['verified'] and moved(demo) == 0, done
    assert os.path.samefile(source, program.downloads / NAME) is (how == 'link')
    assert str(source.parent) not in done.err


def test_decided_by_the_setting(demo, program, source):
    done = program.run('download', TARGET, reuse_files='never')
    assert done.code == 0 and moved(demo) == 1 and str(source.parent) not in done.err
    (program.downloads / NAME).unlink()
    done = program.run('download', TARGET, reuse_files='link')
    assert done.code == 0 and moved(demo) == 1
    assert os.path.samefile(source, program.downloads / NAME)


class Terminal:
    """The program with a person at its terminal, who answers what is asked."""

    def __init__(self, program, *arguments):
        pty = pytest.importorskip('pty', reason='platform: terminals of Unix')
        self._mine, theirs = pty.openpty()
        self.process = subprocess.Popen(
            program.words(*arguments),
            env={**os.environ, **program.environment},
            cwd=program.cwd,
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=theirs,
        )
        os.close(theirs)
        self.said = ''

    def answer(self, prompt, words):
        """Wait until ``prompt`` is the last that was said, and type ``words``."""
        deadline = time.monotonic() + PATIENCE
        while not self.said.endswith(prompt):
            assert time.monotonic() < deadline, self.said
            if select.select([self._mine], [], [], 0.1)[0]:
                self.said += os.read(self._mine, 4096).decode()
        os.write(self._mine, words.encode())
        self.said += '\n'

    def end(self):
        """Exit code of the program."""
        while True:
            try:
                read = os.read(self._mine, 4096)
            except OSError:  # nobody is at the other end
                break
            if not read:
                break
        os.close(self._mine)
        self.process.stdout.close()
        return self.process.wait(PATIENCE)


@pytest.mark.skipif(sys.platform == 'win32', reason='platform: terminals of Unix')
@pytest.mark.parametrize(
    'answers, how',
    [
        (['l\n'], 'link'),
        (['Copy\n'], 'copy'),
        (['d\n'], 'no'),
        (['what?\n', '\n', 'l\n'], 'link'),
        (['\x04'], 'no'),
    ],
)
def test_a_person_is_asked(demo, program, source, answers, how):
    terminal = Terminal(program, 'download', TARGET)
    for answer in answers:
        terminal.answer('again? ', answer)
    assert terminal.end() == 0
    assert moved(demo) == (1 if how == 'no' else 0)
    assert os.path.samefile(source, program.downloads / NAME) is (how == 'link')
    assert (program.downloads / NAME).read_bytes() == source.read_bytes()
