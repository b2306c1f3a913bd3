"""The marks by which a spool knows an id again, in memory that does not grow."""

import random

from zbsync.pipeline.ingest.spool import Marks


def test_what_was_met_is_always_known_again() -> None:
    dice, marks = random.Random(4), Marks()
    keys = [dice.getrandbits(64) - 2**63 for _ in range(20_000)]
    for key in keys:
        marks.meet(key)
    assert all(marks.meet(key) for key in keys)


def test_what_was_not_met_is_seldom_taken_for_known() -> None:
    dice, marks = random.Random(5), Marks()
    taken = sum(marks.meet(dice.getrandbits(64) - 2**63) for _ in range(100_000))
    assert taken < 10
