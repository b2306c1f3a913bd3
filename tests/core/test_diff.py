"""Differences: what a push would write, and whether what was read back is what was sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.samples import SPECS
from zbsync.core.diff import Change, Difference, changes, compare, written
from zbsync.core.mapping import Policy

TARGETS = st.sampled_from(["name", "intro", "ly", "weixinAcc", "khid"])
TEXTS = st.text(st.sampled_from("ab1 ,.’'\n\r　Ａ微🌟"), max_size=12)
VALUES = st.dictionaries(TARGETS, TEXTS)
POLICIES = st.dictionaries(TARGETS, st.sampled_from(list(Policy)))


def one(policy: Policy, before: str | None, value: str) -> Change:
    (change,) = changes({"intro": value}, {"intro": policy}, None if before is None else {"intro": before})
    return change


@pytest.mark.parametrize("policy", [policy for policy in Policy if policy is not Policy.NEVER])
def test_a_new_customer_gets_everything(policy: Policy) -> None:
    assert one(policy, None, "x") == Change("intro", "", "x", policy, True)


@pytest.mark.parametrize(
    ("policy", "before", "value", "after", "why"),
    [
        (Policy.NEVER, None, "x", "", "never"),
        (Policy.NEVER, "", "x", "", "never"),
        (Policy.ALWAYS, "old", "new", "new", ""),
        (Policy.ALWAYS, "", "new", "new", ""),
        (Policy.ALWAYS, "old", "", "old", "blank"),
        (Policy.ALWAYS, "old", " \n", "old", "blank"),
        (Policy.ALWAYS, "same", "same", "same", "same"),
        (Policy.IF_EMPTY, "", "new", "new", ""),
        (Policy.IF_EMPTY, "  ", "new", "new", ""),
        (Policy.IF_EMPTY, "old", "new", "old", "erp_has_value"),
        (Policy.IF_EMPTY, "same", "same", "same", "same"),
        (Policy.ON_CREATE, "", "new", "", "on_create_only"),
        (Policy.ON_CREATE, "old", "new", "old", "on_create_only"),
        (Policy.APPEND, "", "note", "note", ""),
        (Policy.APPEND, "old", "note", "old\nnote", ""),
        (Policy.APPEND, "old\n", "note", "old\nnote", ""),
        (Policy.APPEND, "old\nnote", "note", "old\nnote", "contained"),
        (Policy.APPEND, "note", "note", "note", "same"),
        (Policy.APPEND, "非VIP", "VIP", "非VIP\nVIP", ""),
        (Policy.APPEND, "客户说下午三点以后再联系。", "下午三点以后再联系", "客户说下午三点以后再联系。", "contained"),
        (Policy.APPEND, "a\r\nb\r\nc", "b\nc", "a\r\nb\r\nc", "contained"),
        (Policy.APPEND, "it’s late", "it's late", "it’s late", "same"),
    ],
)
def test_an_update_keeps_to_the_policy(policy: Policy, before: str | None, value: str, after: str, why: str) -> None:
    assert one(policy, before, value) == Change("intro", before or "", after, policy, not why, why)


@pytest.mark.parametrize(
    ("before", "value"),
    [
        ("ＡＢＣ", "ABC"),
        ("示例（重庆）", "示例(重庆)"),
        ("王 小明", "王小明"),
        ("a\r\nb", "a\nb"),
        ("1,234.50", "1234.5"),
        ("12.00", "12"),
        ("-3.10", "-3.1"),
        ("O’Neil", "O'Neil"),
    ],
)
def test_spelling_alone_is_no_change(before: str, value: str) -> None:
    assert one(Policy.ALWAYS, before, value).why == "same"


@pytest.mark.parametrize(
    ("before", "value"),
    [("007", "7"), ("3,7", "37"), ("abc", "ABC"), ("1.5", "15"), ("100", "1"), ("-3", "3"), ("120", "12.0")],
)
def test_what_looks_alike_is_still_a_change(before: str, value: str) -> None:
    assert one(Policy.ALWAYS, before, value).written


def test_a_field_without_a_policy_was_put_there_by_a_person() -> None:
    assert changes({"ly": "171"}, {}, {"ly": "172"}) == [Change("ly", "172", "171", Policy.ALWAYS, True)]


def test_a_field_the_erp_does_not_show_counts_as_empty() -> None:
    assert changes({"weixinAcc": "w"}, {"weixinAcc": Policy.IF_EMPTY}, {})[0].written


def test_what_the_payload_does_not_name_is_not_touched() -> None:
    assert [change.target for change in changes({"name": "x"}, {}, {"name": "y", "address": "z"})] == ["name"]


def test_notes_that_would_not_fit_are_not_written() -> None:
    (change,) = changes({"intro": "note"}, {"intro": Policy.APPEND}, {"intro": "x" * 3996}, SPECS)
    assert (change.written, change.why, change.after) == (False, "no_room", "x" * 3996)


def test_notes_that_just_fit_are_written() -> None:
    (change,) = changes({"intro": "note"}, {"intro": Policy.APPEND}, {"intro": "x" * 3995}, SPECS)
    assert change.written


def test_written_is_what_is_sent() -> None:
    made = changes(
        {"name": "new", "khid": "WX1", "intro": "note"},
        {"khid": Policy.ON_CREATE, "intro": Policy.APPEND},
        {"name": "old", "intro": "old"},
    )
    assert written(made) == {"name": "new", "intro": "old\nnote"}


@given(VALUES, POLICIES, VALUES)
def test_doing_it_twice_writes_nothing_more(
    values: dict[str, str], policies: dict[str, Policy], current: dict[str, str]
) -> None:
    after = {**current, **written(changes(values, policies, current))}
    assert written(changes(values, policies, after)) == {}


@given(VALUES, POLICIES)
def test_what_was_created_needs_no_update(values: dict[str, str], policies: dict[str, Policy]) -> None:
    created = written(changes(values, policies, None))
    assert written(changes(created, policies, created)) == {}


@given(VALUES, POLICIES, VALUES)
def test_nothing_is_ever_blanked(values: dict[str, str], policies: dict[str, Policy], current: dict[str, str]) -> None:
    for change in changes(values, policies, current):
        assert change.after.strip() or not change.before.strip()
        assert change.written == (change.why == "")
        assert change.written or change.after == change.before


def test_a_change_is_stored_by_name() -> None:
    assert one(Policy.IF_EMPTY, "old", "new").as_json() == {
        "target": "intro",
        "before": "old",
        "after": "old",
        "policy": "if_empty",
        "written": False,
        "why": "erp_has_value",
    }


@pytest.mark.parametrize(
    ("target", "sent", "read"),
    [
        ("name", "王小明", "王小明"),
        ("name", "王小明", "王小明 "),
        ("name", "O'Neil", "O’Neil"),
        ("intro", "a\nb", "a\r\nb"),
        ("hk_xz", "1234.5", "1,234.50"),
        ("hk_xz", "12", "12.00"),
        ("pernum1", "1200", "1,200"),
        ("email", "", ""),
    ],
)
def test_the_erps_own_spelling_is_equal(target: str, sent: str, read: str) -> None:
    assert compare({target: sent}, {target: read}, SPECS) == []


@pytest.mark.parametrize(
    ("target", "sent", "read"),
    [
        ("name", "王小明", "王 小明"),
        ("name", "ABC", "ＡＢＣ"),
        ("name", "王小明", ""),
        ("khid", "12.0", "12"),
        ("khid", "1200", "1,200"),
        ("sort1", "3,700", "3700"),
        ("hk_xz", "12.5", "12.6"),
        ("ly", "171", "172"),
        ("intro", "a\nb", "a b"),
        ("unlisted", "12.0", "12"),
    ],
)
def test_anything_else_is_a_difference(target: str, sent: str, read: str) -> None:
    assert compare({target: sent}, {target: read}, SPECS) == [Difference(target, sent, read)]


def test_a_field_that_was_not_read_back_is_a_difference() -> None:
    assert compare({"name": "王"}, {}, SPECS) == [Difference("name", "王", "")]


def test_what_was_not_sent_is_not_compared() -> None:
    assert compare({"name": "王"}, {"name": "王", "address": "x"}, SPECS) == []


@given(st.dictionaries(st.sampled_from([*SPECS, "unlisted"]), TEXTS))
def test_what_was_sent_equals_itself(sent: dict[str, str]) -> None:
    assert compare(sent, sent, SPECS) == []


def test_a_difference_is_stored_by_name() -> None:
    assert Difference("name", "a", "b").as_json() == {"target": "name", "sent": "a", "read": "b"}


@pytest.mark.parametrize("policy", list(Policy))
@pytest.mark.parametrize("value", ["", " ", "问过价格"])
def test_a_new_customer_gets_whatever_is_not_empty_or_forbidden(policy: Policy, value: str) -> None:
    (made,) = changes({"intro": value}, {"intro": policy}, None)
    writes = policy is not Policy.NEVER and bool(value.strip())
    assert (made.written, made.after) == (writes, value if writes else "")
    assert made.why == ("" if writes else "never" if policy is Policy.NEVER else "blank")


@pytest.mark.parametrize("policy", [one for one in Policy if one not in (Policy.NEVER, Policy.ON_CREATE)])
def test_what_the_erp_has_already_is_the_first_reason_that_is_told(policy: Policy) -> None:
    (made,) = changes({"intro": "问过 价格"}, {"intro": policy}, {"intro": "问过价格"})
    assert (made.written, made.why) == (False, "same")
