"""When to stop by ourselves: the breaker's thresholds and the canary's verdicts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zbsync.core.brakes.breaker import SHARE, UNKNOWN, Counts, HalfOpen, Limits, trips, when_half_open
from zbsync.core.brakes.canary import ENDED, Canary, Few, first_few, judge, missing
from zbsync.core.lifecycle import PushState

LIMITS = Limits(share=0.5, least=10, unknown=4, few=3)
S = PushState


@pytest.mark.parametrize(
    ("counts", "cause"),
    [
        (Counts(), ""),
        (Counts(ended=9, failed=9), ""),
        (Counts(ended=10, failed=4), ""),
        (Counts(ended=10, failed=5), SHARE),
        (Counts(ended=100, failed=49, unknown=3), ""),
        (Counts(ended=4, failed=4, unknown=4), UNKNOWN),
    ],
)
def test_it_trips_at_the_share_once_enough_was_tried_and_at_the_number_of_doubts(counts: Counts, cause: str) -> None:
    assert trips(counts, LIMITS) == cause


def test_a_threshold_of_0_is_switched_off() -> None:
    off = Limits(share=0, least=10, unknown=0, few=3)
    assert trips(Counts(ended=50, failed=50, unknown=50), off) == ""


@pytest.mark.parametrize(
    ("counts", "verdict"),
    [
        (Counts(), HalfOpen.GO_ON),
        (Counts(ended=2), HalfOpen.GO_ON),
        (Counts(ended=3), HalfOpen.OPEN),
        (Counts(ended=2, failed=1), HalfOpen.PAUSE),
        (Counts(ended=9, failed=1), HalfOpen.PAUSE),
    ],
)
def test_on_trial_one_failure_pauses_again_and_enough_good_ones_open(counts: Counts, verdict: HalfOpen) -> None:
    assert when_half_open(counts, LIMITS) is verdict


@pytest.mark.parametrize(
    ("states", "verdict"),
    [
        ([S.VERIFIED, S.VERIFIED], Canary.GO_ON),
        ([S.VERIFIED, S.ACCEPTED], Canary.WAIT),
        ([S.QUEUED, S.SENDING], Canary.WAIT),
        ([S.VERIFIED, S.REJECTED], Canary.HOLD),
        ([S.IN_DOUBT, S.QUEUED], Canary.HOLD),
        ([S.VERIFIED, S.DRIFTED], Canary.HOLD),
        ([S.DEAD, S.VERIFIED], Canary.HOLD),
        ([S.VERIFIED, S.CANCELLED], Canary.MORE),
        ([S.BURIED, S.CANCELLED], Canary.MORE),
        ([S.VERIFIED, S.CANCELLED, S.VERIFIED], Canary.GO_ON),
        ([S.REJECTED], Canary.HOLD),
        ([], Canary.MORE),
    ],
)
def test_the_first_few_speak_for_the_rest(states: list[PushState], verdict: Canary) -> None:
    assert judge([Few(tuple(states), 9)], 2) is verdict


FEW = st.builds(Few, st.lists(st.sampled_from(list(S)), max_size=8).map(tuple), st.integers(0, 9))


@given(st.lists(FEW, max_size=3), st.integers(1, 5))
def test_the_rest_goes_only_when_enough_of_each_operation_are_verified_and_all_that_tell(
    few: list[Few], size: int
) -> None:
    telling = [[state for state in one.states if state not in ENDED] for one in few]
    enough = all(len(told) >= size or not one.waiting for told, one in zip(telling, few, strict=True))
    goes = judge(few, size) is Canary.GO_ON
    assert goes == (enough and {state for told in telling for state in told} <= {S.VERIFIED})
    for told, one in zip(telling, few, strict=True):
        assert missing(one, size) == min(one.waiting, max(0, size - len(told)))


def test_an_operation_of_which_nothing_went_yet_holds_the_others() -> None:
    done = Few((S.VERIFIED, S.VERIFIED), 5)
    assert judge([done, Few((), 1)], 2) is Canary.MORE
    assert judge([done, Few((S.ACCEPTED,))], 2) is Canary.WAIT
    assert judge([done, Few((S.VERIFIED,))], 2) is Canary.GO_ON
    assert judge([done, Few((S.REJECTED,))], 2) is Canary.HOLD


def test_one_of_each_kind_goes_first() -> None:
    kinds = ["create"] * 6 + ["update"] + ["create"] + ["link", "update"]
    assert first_few(kinds, 3) == [0, 6, 8]
    assert first_few(kinds, 5) == [0, 1, 6, 8, 9]
    assert first_few(kinds, 0) == []
    assert first_few(kinds, 99) == list(range(10))
