"""What holds for any value, searched by machine: nothing is lost on the way in, in the store, or on the way out."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from tests.sandbox.caller import ADD, LIST, REFRESH, SAVE, Caller, datas, unit
from tests.sandbox.engine import Desk, document, text
from zbsync.sandbox.app import running
from zbsync.sandbox.fields import UNIT, customer_form
from zbsync.sandbox.request import read_body

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=50)
PLAIN = [
    field.id
    for field in customer_form(UNIT)
    if field.dbtype == "string" and not field.source and not field.required and field.maxl >= 50 and field.id != "khid"
]


@pytest.fixture(scope="module")
def lane() -> Iterator[Caller]:
    with running() as sandbox:
        caller = Caller(sandbox)
        caller.login()
        yield caller


@QUICK
@given(fields=st.dictionaries(st.sampled_from(PLAIN), TEXT, max_size=8))
def test_any_text_is_read_back_exactly_as_it_was_saved(lane: Caller, fields: dict[str, str]) -> None:
    ord_ = lane.create(**fields)
    kept = lane.detail(ord_)
    assert {name: kept[name]["value"] for name in fields} == fields


@QUICK
@given(first=st.dictionaries(st.sampled_from(PLAIN), TEXT), second=st.dictionaries(st.sampled_from(PLAIN), TEXT))
def test_the_last_form_is_the_whole_truth(lane: Caller, first: dict[str, str], second: dict[str, str]) -> None:
    ord_ = lane.create(**first)
    lane.save(ord=ord_, **second)
    kept = lane.detail(ord_)
    assert {name: kept[name]["value"] for name in PLAIN} == {name: second.get(name, "") for name in PLAIN}


@QUICK
@given(fields=st.dictionaries(st.sampled_from(["sort1", "ly", "jz", "zijin", "ord", "name"]), TEXT, min_size=1))
def test_no_value_brings_the_page_down_without_a_message(lane: Caller, fields: dict[str, str]) -> None:
    answer = lane.call(f"{ADD}?intsort=1", SAVE, **unit(ord=lane.allocate()) | fields)
    assert answer["header"]["status"] == 0
    assert answer["body"]["message"]["text"]


@QUICK
@given(name=st.sampled_from(["khid", "name", "telord", "pagesize", "area", "telsort", "searchKey"]), value=TEXT)
def test_no_filter_brings_the_list_down_without_a_message(lane: Caller, name: str, value: str) -> None:
    body = lane.call("/sysa/mobilephone/salesmanage/custom/list.asp", REFRESH, **{name: value})["body"]
    assert body["model"] in {"source", "message"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@QUICK
@given(value=st.dictionaries(TEXT, JSON, max_size=4), ascii_only=st.booleans())
def test_strict_json_is_read_as_json(value: dict[str, Any], ascii_only: bool) -> None:
    assert read_body(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@QUICK
@given(value=st.dictionaries(TEXT, JSON, max_size=4))
def test_a_trailing_comma_changes_nothing(value: dict[str, Any]) -> None:
    lax = json.dumps(value, ensure_ascii=False)[:-1] + ",}"
    assert read_body(lax.encode()) == value


@QUICK
@given(
    fields=st.dictionaries(st.sampled_from(PLAIN), TEXT, min_size=1),
    faults=st.sets(st.sampled_from(["bom", "control_chars"])),
)
def test_a_spoilt_answer_still_tells_the_truth(lane: Caller, fields: dict[str, str], faults: set[str]) -> None:
    ord_ = lane.create(**fields)
    lane.post("/__sandbox__/faults", sorted(faults))
    raw = lane.send(ADD + "?edit=1", json.dumps({"session": lane.session, "datas": datas({"ord": ord_})}).encode())
    lane.post("/__sandbox__/faults", [])
    answer = json.loads(raw.decode("utf-8-sig"), strict=False)
    kept = {field["id"]: field["value"] for group in answer["body"]["bill"]["groups"] for field in group["fields"]}
    assert {name: kept[name] for name in fields} == fields


class Erp(RuleBasedStateMachine):
    """Any order of allocating, saving, deleting and losing answers leaves the ERP as a plain dict would be."""

    ords = Bundle("ords")

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk()
        self.live: dict[int, dict[str, str]] = {}
        self.drafts: set[int] = set()
        self.binned: set[int] = set()
        self.wrote: list[tuple[int, str]] = []

    @rule(target=ords, intsort=st.sampled_from([1, 2]))
    def allocate(self, intsort: int) -> int:
        ord_ = self.desk.allocate(intsort)
        assert ord_ not in self.live | dict.fromkeys(self.drafts | self.binned)
        self.drafts.add(ord_)
        return ord_

    def _kept(self, ord_: int, name: str, khid: str) -> bool:
        """What a save ought to do, and do it to the model."""
        taken = khid and any(one["khid"] == khid for other, one in self.live.items() if other != ord_)
        if ord_ in self.binned or taken:
            return False
        self.wrote.append((ord_, "created" if ord_ in self.drafts else "modified"))
        self.drafts.discard(ord_)
        self.live[ord_] = {"name": name, "khid": khid}
        return True

    @rule(ord_=ords, name=st.sampled_from("甲乙丙"), khid=st.sampled_from(["", "WX1", "WX2"]))
    def save(self, ord_: int, name: str, khid: str) -> None:
        said = text(self.desk.save(ord_, name=name, khid=khid))
        assert (said == "保存成功！") is self._kept(ord_, name, khid), said

    @rule(ord_=ords, name=st.sampled_from("甲乙丙"), fault=st.sampled_from(["reply_lost", "html_500_after_store"]))
    def save_and_hear_nothing(self, ord_: int, name: str, fault: str) -> None:
        self.desk.engine.faults.arm([{"name": fault, "count": 1}])
        self.desk.save(ord_, name=name, khid="")
        self._kept(ord_, name, "")

    @rule(
        ord_=ords, name=st.sampled_from("甲乙丙"), fault=st.sampled_from(["reset_before", "html_500", "ok_not_stored"])
    )
    def save_in_vain(self, ord_: int, name: str, fault: str) -> None:
        self.desk.engine.faults.arm([{"name": fault, "count": 1}])
        self.desk.save(ord_, name=name, khid="")

    @rule(ord_=ords)
    def delete(self, ord_: int) -> None:
        self.desk.store.delete(ord_)
        self.live.pop(ord_, None)
        self.drafts.discard(ord_)
        self.binned.add(ord_)

    @invariant()
    def the_list_shows_who_is_there(self) -> None:
        said = document(self.desk.post(LIST, REFRESH, pagesize=100))["body"]["source"]["table"]
        names = [column["id"] for column in said["cols"]]
        rows = [dict(zip(names, row, strict=True)) for row in said["rows"]]
        assert {int(row["ord"]): row["name"] for row in rows} == {o: one["name"] for o, one in self.live.items()}

    @invariant()
    def every_effect_is_in_the_journal_once(self) -> None:
        assert [(seen.ord, seen.effect) for seen in self.desk.store.writes()] == self.wrote

    @invariant()
    def nobody_is_counted_twice(self) -> None:
        state = self.desk.store.state()
        assert (state["customers"], state["drafts"]) == (len(self.live), len(self.drafts))
        assert state["persons"] == len(self.live)


Erp.TestCase.settings = settings(max_examples=25, stateful_step_count=15, deadline=None)
TestErp = Erp.TestCase
