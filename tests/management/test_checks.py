"""The four clocks: only the order call < job < lease < redeliver starts."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from django.core.checks import registry
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from zbsync.checks import clocks_are_in_order
from zbsync.conf import Conf, conf

CLOCKS = ("call_timeout_s", "job_timeout_s", "lease_s", "redeliver_s")


def problems(*seconds: float) -> list[str]:
    """What the check says of these clocks, in their order."""
    clocks: dict[str, Any] = dict(zip(CLOCKS, seconds, strict=True))
    with override_settings(ZBSYNC=replace(Conf(), **clocks)):
        return [f"{one.id} {one.msg}" for one in clocks_are_in_order(None)]


def test_it_is_asked_at_every_start() -> None:
    assert clocks_are_in_order in registry.registry.get_checks()


@pytest.mark.parametrize("seconds", [(20, 60, 120, 300), (0.5, 0.6, 0.7, 0.8)])
def test_clocks_in_order_may_start(seconds: tuple[float, ...]) -> None:
    assert problems(*seconds) == []


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        ((60, 60, 120, 300), "ZBSYNC_CALL_TIMEOUT_S=60 must be smaller than ZBSYNC_JOB_TIMEOUT_S=60"),
        ((20, 130, 120, 300), "ZBSYNC_JOB_TIMEOUT_S=130 must be smaller than ZBSYNC_LEASE_S=120"),
        ((20, 60, 300, 299.5), "ZBSYNC_LEASE_S=300 must be smaller than ZBSYNC_REDELIVER_S=299.5"),
    ],
)
def test_the_two_that_are_out_of_order_are_named(seconds: tuple[float, ...], told: str) -> None:
    assert problems(*seconds) == [f"zbsync.E001 {told}"]


def test_each_pair_is_told_by_itself() -> None:
    assert len(problems(300, 120, 60, 20)) == 3


@given(st.lists(st.floats(0.001, 1e6), min_size=4, max_size=4))
def test_no_other_order_passes(seconds: list[float]) -> None:
    assert (problems(*seconds) == []) is all(a < b for a, b in pairwise(seconds))


@given(st.floats(0.1, 1e4), st.floats(1.01, 100))
def test_a_drain_ends_inside_its_job_with_a_call_to_spare_or_half_the_time(call: float, times: float) -> None:
    """A job is stopped from outside at its end; whatever is claimed later than this would be cut off."""
    with override_settings(ZBSYNC=replace(Conf(), call_timeout_s=call, job_timeout_s=call * times)):
        job = conf().job_timeout_s
        assert job / 2 <= conf().drain_s < job
        assert conf().drain_s <= job / 2 or conf().drain_s + call <= job
