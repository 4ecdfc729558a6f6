"""After a download a terminal says how to save the models."""

import pytest

SAYS = 'Not among your shortcuts yet'


def test_what_is_not_saved_is_named_with_the_command(program):
    done = program.run('download', '1004', '1012')
    assert done.code == 0
    [line] = [line for line in done.err.splitlines() if SAYS in line]
    assert 'Moss Garden' in line and line.endswith('shortcut add 1004 1012')
    assert program.run('shortcut', 'add', '1004').code == 0
    again = program.run('download', '1004', '1012')
    [line] = [line for line in again.err.splitlines() if SAYS in line]
    assert line.endswith('shortcut add 1012')


@pytest.mark.parametrize('option', ['--json', '--enqueue', '--plan'])
def test_nothing_where_nobody_waits_for_words(program, option):
    done = program.run('download', '1004', option)
    assert done.code == 0 and SAYS not in done.out + done.err


def test_nothing_of_what_did_not_arrive(demo, program):
    demo.faults.add('wrong_bytes')
    done = program.run('download', '1004')
    assert done.code == 6 and SAYS not in done.err
