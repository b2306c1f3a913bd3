"""Answers as values: an update that blanks nothing, a draft that is no customer, trees that can be walked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zbsync.erp.commands import CustomerRecord, FormField, Node, overlay


def form_field(name: str, value: str = "", *, post: bool = True) -> FormField:
    return FormField(name, name, value, value, post, False, None)


def record(**values: str) -> CustomerRecord:
    form = tuple(form_field(name, value) for name, value in values.items())
    return CustomerRecord(1207, dict(values), {}, {}, "unit", (*form, form_field("cateid", "1|2|63", post=False)))


def test_an_update_posts_the_whole_form_with_the_change_on_top() -> None:
    fields = overlay(record(name="甲公司", khid="K1", intro="旧"), {"intro": "新"})
    assert fields == {"name": "甲公司", "khid": "K1", "intro": "新"}


def test_what_is_not_posted_stays_out() -> None:
    assert "cateid" not in overlay(record(name="甲"), {})


def test_the_id_travels_apart() -> None:
    assert overlay(record(ord="1207", name="甲"), {}) == {"name": "甲"}


@pytest.mark.parametrize(
    ("has", "change", "posted"),
    [("旧", "", "旧"), ("旧", "新", "新"), ("", "新", "新"), ("", "", ""), (None, "新", "新"), (None, "", "")],
)
def test_an_empty_change_never_blanks(has: str | None, change: str, posted: str) -> None:
    known = record(name="甲") if has is None else record(name="甲", intro=has)
    assert overlay(known, {"intro": change})["intro"] == posted


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.text(max_size=3)),
    st.dictionaries(st.sampled_from("abcdefgh"), st.text(max_size=3)),
)
def test_no_value_of_the_erp_is_ever_lost_to_nothing(has: dict[str, str], changes: dict[str, str]) -> None:
    posted = overlay(record(**has), changes)
    assert posted.keys() == has.keys() | changes.keys()
    assert all(posted[name] for name, value in has.items() if value)
    assert overlay(record(**posted), changes) == posted, "a second time changes nothing"


@pytest.mark.parametrize(("name", "saved"), [("甲公司", True), ("", False), ("  ", False)])
def test_a_reserved_id_without_a_name_is_no_customer_yet(name: str, saved: bool) -> None:
    assert record(name=name, khid="KH00031").saved is saved


def test_a_tree_is_walked_with_the_way_down() -> None:
    tree = Node("3", "意向客户", (Node("7", "初步接触"), Node("8", "需求确认", (Node("9", "报价"),))))
    ways = ["/".join(node.label for node in way) for way in tree.walk()]
    assert ways == [
        "意向客户",
        "意向客户/初步接触",
        "意向客户/需求确认",
        "意向客户/需求确认/报价",
    ]
