"""One canonical spelling, so that equal means equal; keys that fit the ERP's columns."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zbsync.core.keys import KHID_MAX, canonical, digest, khid_for, push_key

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


def test_it_sorts_keys_and_leaves_chinese_readable() -> None:
    assert canonical({"b": 1, "a": "微信"}) == '{"a":"微信","b":1}'


@given(st.dictionaries(st.text(max_size=5), json_values, max_size=5))
def test_a_digest_does_not_depend_on_the_order_of_keys(value: dict[str, object]) -> None:
    assert digest(value) == digest(dict(reversed(value.items())))


@given(json_values)
def test_a_digest_survives_storage_as_json(value: object) -> None:
    assert digest(json.loads(json.dumps(value))) == digest(value)


@given(json_values, json_values)
def test_different_values_have_different_digests(one: object, other: object) -> None:
    assert (digest(one) == digest(other)) == (canonical(one) == canonical(other))


@given(st.text(min_size=1, max_size=200))
def test_a_khid_fits_its_column_and_keeps_its_prefix(source_id: str) -> None:
    khid = khid_for(source_id)
    assert len(khid) <= KHID_MAX
    assert khid.startswith("WX")


def test_long_ids_with_one_head_do_not_meet_in_one_khid() -> None:
    head = "x" * 60
    assert khid_for(head + "1") != khid_for(head + "2")
    assert khid_for(head + "1") == khid_for(head + "1")


@pytest.mark.parametrize(("source_id", "khid"), [("0001", "WX0001"), ("x" * 48, "WX" + "x" * 48)])
def test_a_short_id_stays_readable(source_id: str, khid: str) -> None:
    assert khid_for(source_id) == khid


def test_a_requeue_runs_under_a_new_key() -> None:
    keys = {push_key(1, "d", 1), push_key(1, "d", 2), push_key(2, "d", 1), push_key(1, "e", 1)}
    assert len(keys) == 4
    assert push_key(1, "d", 1) in keys
