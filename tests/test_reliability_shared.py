"""Two processes on one queue: they wait for each other, take over from each other, and both may be
killed at any moment.
"""

import pytest

from civitai_manager_libs.demo import FILES

from .support.command import ended, eventually, sent
from .support.kills import AIMS, WORDS, Watch, besieged, trouble

BIG = 3001
BIG_NAME = 'Checkpoint/auroraDreamXL_v20.safetensors'
KILLS = 16
KILLS_A_ROUND = 4


def siege(demo, program, model, dice, histogram):
    """Kill one of two processes, which work on the same downloads, and start another in its place;
    again and again. In the end both may live.
    """
    trouble(demo, dice, 1_000_000)
    pair = [program.start(*WORDS) for _ in range(2)]
    try:
        for _ in range(KILLS_A_ROUND):
            aim = dice.choice(AIMS)
            trouble(demo, dice, aim.speed)
            place = dice.randrange(2)
            stages = Watch(program, pair[place], model).kill(aim, dice, dice.uniform(0.8, 2.0))
            model.check(program)
            if stages is not None:
                histogram.add(stages)
            pair[place] = program.start(*WORDS)
        demo.faults.clear()
        for process in pair:
            done = ended(process)
            assert done.code == 0, done
        model.check_end(program)
    finally:
        for process in pair:
            process.kill()
            process.communicate()


@pytest.mark.timeout(900)
def test_two_that_are_killed_in_turn(demo, fresh_program):
    besieged(demo, fresh_program, siege, KILLS)


def test_two_at_the_same_target_at_once(demo, program):
    demo.replace_file(BIG, size=8 << 20)
    demo.faults.add('throttle', path=FILES, bytes_per_second=8_000_000)
    words = ['download', '1001', '--connections', '1', '--json']  # each byte is sent once then
    both = [program.start(*words) for _ in range(2)]
    results = [ended(process) for process in both]
    assert [result.code for result in results] == [0, 0], results
    assert results[0].downloads == results[1].downloads
    assert program.files() == [BIG_NAME] and len(program.rows()) == 1
    assert sent(demo, FILES) == len(demo.file_bytes(BIG))


def test_whoever_waits_takes_over_from_one_that_died(demo, program):
    demo.replace_file(BIG, size=12 << 20)
    demo.faults.add('throttle', path=FILES, bytes_per_second=1_000_000)
    first = program.start('download', '1001')
    eventually(lambda: program.received() > 1_000_000)
    second = program.start('download', '1001', '--json')
    owner = program.rows()[0]['owner']
    assert f':{first.pid}:' in owner
    eventually(lambda: second.poll() is None and program.received() > 4_000_000)
    first.kill()
    first.communicate()
    done = ended(second)
    assert done.code == 0 and done.downloads[0]['verified'], done
    assert program.rows()[0]['attempts'] == 2 and program.files() == [BIG_NAME]
    assert (program.downloads / BIG_NAME).read_bytes() == demo.file_bytes(BIG)
