"""Killed at any moment of a download's life, again and again: it always ends right.

``RELIABILITY_SEED`` in the environment makes it other moments.
"""

import pytest

from .support.kills import AIMS, SEED, WORDS, Watch, besieged, trouble

KILLS = 50
KILLS_A_ROUND = 10


def siege(demo, program, model, dice, histogram):
    """Kill ``program`` until it has everything or has been killed often enough; then let it be."""
    kills = 0
    while kills < KILLS_A_ROUND and histogram.kills < KILLS:
        aim = dice.choice(AIMS)
        trouble(demo, dice, aim.speed)
        watch = Watch(program, program.start(*WORDS), model)
        stages = watch.kill(aim, dice, dice.uniform(1.5, 3.0))
        model.check(program)
        if stages is None:
            break
        kills += 1
        histogram.add(stages)
    demo.faults.clear()
    done = program.run(*WORDS)
    assert done.code == 0, done
    model.check_end(program)


@pytest.mark.timeout(900)
def test_killed_at_fifty_moments(demo, fresh_program):
    histogram = besieged(demo, fresh_program, siege, KILLS)
    assert not histogram.missed(), f'seed {SEED}: nothing was killed at {histogram.missed()}'
