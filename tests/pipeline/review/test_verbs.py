"""Reject, edit and preview: the other things a reviewer does with proposals."""

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from tests.pipeline.reviewing import (
    ambiguous,
    option,
    person,
    proposal,
)
from zbsync.models import Entry, Proposal
from zbsync.models.within import limits_of
from zbsync.pipeline import review

pytestmark = pytest.mark.django_db
ERP = {"name": "王小明", "khid": "KH9", "mobile": "13800000001", "sort1": "3,7", "intro": "old"}


def fresh(row: Proposal) -> Proposal:
    return Proposal.objects.get(pk=row.pk)


def change_of(row: Proposal, field: str) -> dict:
    return next(one for one in row.changes if one["target"] == field)


def after_of(verb: str) -> dict:
    return dict(Entry.objects.get(verb=verb).after or {})


# reject


def test_it_rejects_with_a_reason_and_an_entry() -> None:
    row = proposal()
    decision = review.reject([row.pk], person(), reason="a competitor")
    now = fresh(row)
    assert (now.state, now.reason, now.decided_by) == ("rejected", "a competitor", person())
    entry = Entry.objects.get()
    assert (entry.verb, entry.act, entry.reason) == ("proposal.reject", decision.act, "a competitor")
    assert entry.before == {"state": "ready"}


@pytest.mark.parametrize(
    ("more", "left"),
    [
        ({"state": "mapped", "match_kind": "", "action": ""}, {}),
        ({"state": "blocked"}, {"review.not_ready": 1}),
        ({"state": "superseded"}, {"review.not_ready": 1}),
        ({"has_errors": True}, {}),
    ],
)
def test_it_rejects_whatever_waits(more, left) -> None:
    decision = review.reject([proposal(**more).pk], person())
    assert decision.left_out == left
    assert decision.done == (0 if left else 1)


def test_it_rejects_only_what_was_shown() -> None:
    row, late = proposal(), proposal(touched_at=timezone.now())
    assert review.reject([row.pk], person(), digests={row.pk: "other"}).left_out == {"review.moved": 1}
    decision = review.reject(Proposal.objects.all(), person(), shown_at=row.touched_at)
    assert decision.left_ids == {"review.moved": [late.pk]}
    assert fresh(row).state == "rejected"


def test_whoever_may_only_approve_may_not_reject() -> None:
    with pytest.raises(PermissionDenied):
        review.reject([], person("li", ("approve_proposal",)))


# edit


def test_an_edit_changes_payload_origin_difference_and_digest() -> None:
    row = proposal()
    decision = review.edit(row.pk, "address", " Main Street 1 ", "he called", person(), row.digest)
    now = fresh(row)
    assert decision.done == 1
    assert now.payload["address"] == "Main Street 1"
    assert now.digest != row.digest
    assert change_of(now, "address")["written"]
    origin = next(one for one in now.fields if one["target"] == "address")
    assert (origin["edited_by"], origin["source"]) == ("wang", "")
    assert now.touched_at > row.touched_at
    entry = Entry.objects.get()
    assert (entry.verb, entry.before, entry.after) == (
        "proposal.edit", {"address": ""}, {"address": "Main Street 1"},
    )  # fmt: skip
    assert entry.reason == "he called"


def test_an_edit_keeps_the_origin_of_a_mapped_field_and_what_the_mapping_said() -> None:
    row = proposal()
    review.edit(row.pk, "intro", "first", "a", person(), row.digest)
    review.edit(row.pk, "intro", "second", "b", person("li"), fresh(row).digest)
    now = fresh(row)
    origin = next(one for one in now.fields if one["target"] == "intro")
    assert (origin["source"], origin["edited_by"], origin["value"]) == ("intro", "li", "second")
    assert now.edits["intro"]["before"] == "wants a quote"
    assert (now.edits["intro"]["value"], now.edits["intro"]["by"]) == ("second", "li")


def test_an_empty_value_takes_the_field_out() -> None:
    row = proposal()
    review.edit(row.pk, "intro", "", "not ours", person(), row.digest)
    now = fresh(row)
    assert "intro" not in now.payload
    assert not any(one["target"] == "intro" for one in [*now.fields, *now.changes])


def test_an_option_may_be_named_by_its_label() -> None:
    option("ly", "网站注册", "171")
    row = proposal()
    review.edit(row.pk, "ly", "网站注册", "told us", person(), row.digest)
    now = fresh(row)
    assert now.payload["ly"] == "171"
    assert next(one for one in now.fields if one["target"] == "ly")["label"] == "网站注册"


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("zip", "x" * 11, "payload.too_long"),
        ("age", "old", "payload.not_a_number"),
        ("ly", "moon", "payload.not_an_option"),
        ("sort1", "", "payload.required"),
    ],
)
def test_a_value_the_erp_would_refuse_is_refused_here(field, value, code) -> None:
    option("ly", "网站注册", "171")
    row = proposal()
    decision = review.edit(row.pk, field, value, "because", person(), row.digest)
    assert decision.left_out == {"review.bad_value": 1}
    assert [one.code for one in decision.findings] == [code]
    assert fresh(row).payload == row.payload
    assert not Entry.objects.exists()


@pytest.mark.parametrize(
    ("field", "reason", "digest", "more", "code"),
    [
        ("nonsense", "r", None, {}, "review.unknown_field"),
        ("lng", "r", None, {}, "review.unknown_field"),
        ("zijin", "r", None, {}, "review.unknown_field"),
        ("intro", "  ", None, {}, "review.reason_missing"),
        ("intro", "r", "0" * 64, {}, "review.moved"),
        ("intro", "r", None, {"state": "blocked"}, "review.not_ready"),
        ("intro", "r", None, {"state": "superseded"}, "review.not_ready"),
    ],
)
def test_an_edit_is_refused_with_its_reason(field, reason, digest, more, code) -> None:
    row = proposal(**more)
    decision = review.edit(row.pk, field, "x", reason, person(), digest or row.digest)
    assert (decision.done, dict(decision.left_out)) == (0, {code: 1})
    assert fresh(row).payload == row.payload


def test_an_edit_settles_what_was_wrong_with_the_field() -> None:
    finding = {"code": "mapping.too_long", "field": "name", "severity": "error", "params": {}}
    other = {"code": "mapping.cut", "field": "intro", "severity": "warning", "params": {}}
    row = proposal(findings=[finding, other], has_errors=True, cause="mapping.too_long")
    review.edit(row.pk, "name", "王明", "short name", person(), row.digest)
    now = fresh(row)
    assert [one["code"] for one in now.findings if one["code"].startswith("mapping.")] == ["mapping.cut"]
    assert (now.has_errors, now.cause) == (False, "")
    assert now.title == "王明"


def test_an_edit_of_a_key_sends_the_proposal_back_to_be_matched() -> None:
    row = ambiguous()
    review.edit(row.pk, "mobile", "13900000009", "typo", person(), row.digest)
    now = fresh(row)
    assert (now.state, now.match_kind, now.action, now.target_ord) == ("mapped", "", "", None)
    assert (now.candidates, now.changes, now.has_errors) == ([], [], False)


@pytest.mark.parametrize("more", [{"target_chosen": True}, {"match_kind": "bound"}])
def test_a_settled_target_survives_an_edit_of_a_key(more) -> None:
    row = proposal(target_ord=9, erp_values=ERP, **more)
    review.edit(row.pk, "mobile", "13900000009", "typo", person(), row.digest)
    now = fresh(row)
    assert (now.state, now.target_ord, now.action) == ("ready", 9, "update")
    assert change_of(now, "mobile")["before"] == "13800000001"


def test_the_second_of_two_editors_is_told_that_it_moved() -> None:
    row = proposal()
    assert review.edit(row.pk, "intro", "one", "r", person(), row.digest).done == 1
    assert review.edit(row.pk, "intro", "two", "r", person("li"), row.digest).left_out == {"review.moved": 1}
    assert fresh(row).payload["intro"] == "one"


# preview


def test_a_preview_says_what_will_happen_and_what_is_left_out() -> None:
    proposal()
    proposal(target_ord=9, erp_values=ERP)
    proposal(target_ord=10, erp_values=ERP, action="link")
    ambiguous()
    proposal(has_errors=True)
    proposal(state="superseded")
    shown = review.preview(Proposal.objects.order_by("title"), "approve", person())
    assert shown.will == {"create": 1, "update": 1, "link": 1}
    assert shown.left_out == {"review.ambiguous": 1, "review.has_errors": 1, "review.not_ready": 1}
    assert len(shown.sample) == shown.total == 3
    decision = review.approve(Proposal.objects.all(), person(), shown_at=shown.shown_at)
    assert (decision.done, decision.left_out) == (shown.total, shown.left_out)


@pytest.mark.parametrize(("verb", "will"), [("reject", {"reject": 2}), ("create_anyway", {"create": 2})])
def test_other_verbs_have_their_preview(verb, will) -> None:
    rows = [ambiguous(), proposal(), proposal(state="superseded")]
    shown = review.preview([row.pk for row in rows], verb, person())
    assert (shown.will, shown.left_out) == (will, {"review.not_ready": 1})


def test_a_preview_costs_the_same_for_any_number(django_assert_max_num_queries) -> None:
    by = person()
    for _ in range(30):
        proposal()
    by.get_all_permissions(), limits_of(by)
    with django_assert_max_num_queries(2):
        shown = review.preview(Proposal.objects.all(), "approve", by)
    assert (shown.total, len(shown.sample)) == (30, 10)
