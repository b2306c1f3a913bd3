"""The small parts that the desk's pages are made of: short names, questions, reasons, facts and steps of a story."""

from datetime import UTC, datetime

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.http import QueryDict
from django.utils import translation

from tests.models import make
from zbsync.admin import causes, facts, filters, search, timeline
from zbsync.admin.forms import NEVER, BindForm, EditForm, ReasonForm, complaints, digests_of, shown_at
from zbsync.admin.push import PushAdmin, said_of
from zbsync.admin.render import finding_list
from zbsync.models import Contact, Entry, Exchange, Proposal, Push
from zbsync.pipeline.story import Moment
from zbsync.sentences.deciding import FOLLOWING, GATE, MAPPING, MATCH, OVERTAKEN, PAYLOAD
from zbsync.templatetags.zbsync_ui import person

SAID = {*GATE, *MAPPING, *PAYLOAD, *MATCH, *OVERTAKEN, *FOLLOWING}
NO_CAUSE = {
    # found when rules are edited, not when a contact is judged
    "gate.unknown_rule", "gate.unknown_param", "gate.bad_param",
    "mapping.unknown_target", "mapping.duplicate_target", "mapping.not_for_kind", "mapping.bad_kind",
    "mapping.bad_path", "mapping.source_missing", "mapping.unknown_transform", "mapping.bad_argument",
    "mapping.argument_unused", "mapping.bad_map_kind", "mapping.bad_bound", "mapping.pair_twice", "mapping.pair_empty",
    # warnings, which hold nothing
    "mapping.cut", "mapping.spilled", "payload.option_unchecked", "match.also", "match.differs", "match.kind_differs",
    # why looking failed, which is tried again
    "match.too_many_hits", "match.no_id_column",
    # why a push is void; its proposal gives way to a new one
    "match.found_later",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


# ---------------------------------------------------------------- causes
@pytest.mark.parametrize("code", sorted(SAID - NO_CAUSE))
def test_whatever_can_hold_a_proposal_has_a_short_name(code) -> None:
    assert causes.short(code) != code
    assert len(causes.short(code)) <= 22


def test_no_short_name_is_left_of_a_code_nobody_makes() -> None:
    assert set(causes.CAUSES) <= SAID - NO_CAUSE


def test_an_unknown_code_speaks_for_itself() -> None:
    assert causes.short("no.such_code") == "no.such_code"


# ---------------------------------------------------------------- questions
@pytest.mark.parametrize("score", [0, 54.9, 55, 59.99, 60, 74.9, 75, 89.9, 90, 100, None])
@pytest.mark.django_db
def test_every_score_falls_into_exactly_one_band(score) -> None:
    make.contact(score=score)
    question = filters.Score.__new__(filters.Score)
    hits = [band for band, _title in filters.Score.answers if Contact.objects.filter(question.narrow(band)).exists()]
    assert len(hits) == 1


# ---------------------------------------------------------------- search
@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [("138", "13812345678", "139"), ("K12", "K129", "K13"), ("K19", "K1999", "K2"), ("wx_z", "wx_zz", "wx_{")],
)
@pytest.mark.django_db
def test_a_prefix_is_a_range_that_holds_exactly_what_begins_so(text, inside, outside) -> None:
    make.proposal(mobile="", k_code=inside)
    make.proposal(mobile="", k_code=outside)
    found = Proposal.objects.filter(search.prefix("k_code", text)).values_list("k_code", flat=True)
    assert list(found) == [inside]


@pytest.mark.parametrize(("typed", "meant"), [(" 张三 ", "张三"), ("ＷＸ１", "WX1"), ("１３８", "138")])
def test_full_width_letters_and_spaces_are_read_through(typed, meant) -> None:
    assert search.tidy(typed) == meant


# ---------------------------------------------------------------- what people type
@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"usual": "Duplicate"}, "Duplicate"),
        ({"note": " mine "}, "mine"),
        ({"usual": "Test or spam", "note": "twice"}, "Test or spam: twice"),
    ],
)
def test_a_reason_is_put_together(given, reason) -> None:
    form = ReasonForm(given, needed=True)
    assert form.is_valid()
    assert form.cleaned_data["reason"] == reason


def test_a_reason_is_asked_for_only_where_it_is_needed() -> None:
    assert ReasonForm({}).is_valid()
    form = ReasonForm({}, needed=True)
    assert complaints(form) == ["Say why: choose a reason or write one."]


def test_the_longest_reason_fits_the_column() -> None:
    longest = max(str(one) for one in ReasonForm().fields["usual"].choices)  # type: ignore[attr-defined]
    form = ReasonForm({"usual": "Does not want to be contacted", "note": "x" * 440}, needed=True)
    assert longest
    assert form.is_valid()
    assert len(form.cleaned_data["reason"]) <= 500


def test_an_empty_value_may_be_given_and_an_empty_reason_may_not() -> None:
    assert EditForm({"field": "intro", "value": "", "reason": "Shortened"}).is_valid()
    assert complaints(EditForm({"field": "intro", "value": "x"})) == ["Say why the field is edited."]


@pytest.mark.parametrize("typed", ["", "x", "0", "-1", "1e3", str(2**63)])
def test_an_erp_id_is_a_whole_number_that_fits(typed) -> None:
    assert complaints(BindForm({"ord": typed}))


@pytest.mark.parametrize(
    ("posted", "read"),
    [
        ("digest=1:aa&digest=2:bb", {1: "aa", 2: "bb"}),
        ("digest=x:aa&digest=:bb&digest=", {}),
        ("digest=3", {3: ""}),
        ("", {}),
    ],
)
def test_digests_are_read_and_nonsense_counts_as_not_shown(posted, read) -> None:
    assert digests_of(QueryDict(posted)) == read


def test_a_moment_without_a_zone_is_no_moment() -> None:
    assert shown_at(QueryDict("shown_at=2026-01-01T00:00:00%2B00:00")) == datetime(2026, 1, 1, tzinfo=UTC)
    assert shown_at(QueryDict("shown_at=2026-01-01T00:00:00")) == NEVER
    assert shown_at(QueryDict("")) == NEVER


# ---------------------------------------------------------------- facts
def test_facts_are_told_in_the_order_of_weight_without_what_is_empty() -> None:
    contact = Contact(name="张三", company="示例公司", phone="13800000001", score=67.0, listing="black", extra={"a": 1})
    found = facts.contact_facts(contact)
    assert [fact.name for fact in found] == ["company", "name", "phone", "score", "listing", "extra.a"]
    assert [fact.value for fact in found][3] == "67"
    assert found[4].tone == "bad"


@pytest.mark.parametrize(("verified", "note"), [(True, "verified"), (False, "not verified")])
def test_a_phone_says_whether_it_is_verified(verified, note) -> None:
    found = facts.contact_facts(Contact(phone="13800000001", phone_verified=verified))
    assert found[0].note == note


def test_a_moment_is_told_in_the_desks_own_time() -> None:
    assert facts.when(datetime(2026, 3, 1, 16, 30, tzinfo=UTC)) == "2026-03-02 00:30"


# ---------------------------------------------------------------- steps of a story
def step(before, after, *, subject="proposal", what="proposal.approve"):
    moment = Moment(make.NOW, what, "li", subject, 1, before, after)
    return timeline.steps([moment], wire=True)[0]


CHANGES = [
    ({"state": "ready"}, {"state": "approved"}, [("state", "to review", "approved")]),
    (None, {"ord": 7}, [("ERP id", "", "7")]),
    ({"intro": "a"}, {"intro": "b"}, [("备注", "a", "b")]),
    (None, {"digest": "ab", "action": "update"}, [("action", "", "update")]),
    (None, {"match": "ambiguous"}, [("match", "", "several matches")]),
    (None, {"findings": ["gate.score_low", "x"]}, [("findings", "", "score too low、x")]),
    (None, "said at the hub", [("", "", "said at the hub")]),
    ({"a": 1}, {"a": 1}, []),
    (None, None, []),
    (None, {"undone": True}, [("taken back", "", "yes")]),
    ({"edits": {"intro": "x"}}, None, [("edits", "备注: x", "")]),
]


@pytest.mark.parametrize(("before", "after", "told"), CHANGES)
def test_what_changed_is_told_name_by_name_in_words(before, after, told) -> None:
    assert step(before, after).changes == told


def test_one_code_means_another_thing_of_another_subject() -> None:
    assert step(None, {"state": "rejected"}).changes == [("state", "", "declined")]
    assert step(None, {"state": "rejected"}, subject="push").changes == [("state", "", "refused by the ERP")]


@pytest.mark.parametrize(
    ("verb", "tone"),
    [("push.read_equal", "ok"), ("push.reject", "bad"), ("push.doubt", "warn"), ("exchange", "mute"), ("x.y", "info")],
)
def test_a_step_is_coloured_by_what_it_means(verb, tone) -> None:
    assert timeline.tone(verb) == tone


def test_an_exchange_is_told_with_its_bodies_only_to_who_may_see_them() -> None:
    row = Exchange(pk=5, at=make.NOW, operation="save_unit", method="POST", url="http://erp.example/x", status=200,
                   elapsed_ms=12.4, request_body="{}", response_body="not json")  # fmt: skip
    moment = Moment(make.NOW, "exchange", subject="exchange", exchange=row)
    seen = timeline.steps([moment], wire=True)[0].wire
    assert seen
    assert seen.title == "save a unit customer · 200 · 12 ms"
    assert "not json" in seen.response
    assert timeline.steps([moment], wire=False)[0].wire is None


@pytest.mark.django_db
def test_the_history_is_short_and_the_newest_comes_first() -> None:
    row = make.proposal()
    Entry.objects.bulk_create(
        Entry(
            act="0" * 32, at=make.NOW, actor_name="li", verb=f"v{number}", subject="proposal", contact_id=row.contact_id
        )
        for number in range(timeline.RECENT + 5)
    )
    told = timeline.history(row)
    assert len(told) == timeline.RECENT
    assert told[0].sentence == f"v{timeline.RECENT + 4}"


# ---------------------------------------------------------------- names
@pytest.mark.parametrize(
    ("last", "first", "read"), [("王", "伟", "王伟"), ("Wang", "Wei", "Wei Wang"), ("", "伟", "伟"), ("", "", "")]
)
def test_a_person_is_called_as_that_person_is_written(last: str, first: str, read: str) -> None:
    assert person(User(last_name=last, first_name=first)) == read


@pytest.mark.parametrize(
    ("cause", "message", "read"),
    [
        ("refused", "必填项未填写", "The ERP refused it: “必填项未填写”"),
        ("", "保存成功", "–"),
    ],
)
def test_a_cause_quotes_what_the_erp_said(cause: str, message: str, read: str) -> None:
    assert said_of(cause, message) == read


def test_what_the_erp_said_is_told_once() -> None:
    row = Push(state="rejected", cause="refused", message="必填项未填写")
    assert PushAdmin(Push, admin.site).why(row).count(row.message) == 1
    row.cause = "lost_reply"
    assert PushAdmin(Push, admin.site).why(row).endswith(f" {row.message}")


def test_a_finding_says_its_field_or_what_it_asks_for() -> None:
    held = [
        {"code": "erp.refused", "severity": "error"},
        {"code": "mapping.cut", "severity": "warning", "field": "name"},
    ]
    listed = finding_list(held)
    assert "mend" in listed
    assert "客户名称" in listed
