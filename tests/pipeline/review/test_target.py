"""Choosing the target: bind, create anyway, not the same."""

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from tests.pipeline.reviewing import (
    ambiguous,
    candidate,
    contact,
    erp,
    person,
    proposal,
    push,
    record,
)
from zbsync.core.matching import MatchKind
from zbsync.models import Binding, Entry, Proposal, Push
from zbsync.pipeline import review

pytestmark = pytest.mark.django_db
ERP = {"name": "王小明", "khid": "KH9", "mobile": "13800000001", "sort1": "3,7", "intro": "old"}


def fresh(row: Proposal) -> Proposal:
    return Proposal.objects.get(pk=row.pk)


def change_of(row: Proposal, field: str) -> dict:
    return next(one for one in row.changes if one["target"] == field)


def after_of(verb: str) -> dict:
    return dict(Entry.objects.get(verb=verb).after or {})


def test_binding_to_a_known_customer_shows_the_difference_at_once() -> None:
    record(11, **ERP)
    row = ambiguous()
    decision = review.bind(row.pk, 11, "same number, same street", person(), row.digest)
    now = fresh(row)
    assert decision.done == 1
    assert (now.state, now.match_kind, now.target_ord, now.target_chosen) == ("ready", "unique", 11, True)
    assert (now.action, now.has_errors) == ("update", False)
    assert change_of(now, "intro")["after"] == "old\nwants a quote"
    assert not change_of(now, "khid")["written"]
    assert now.digest != row.digest
    assert review.approve([row.pk], person()).done == 1
    assert Push.objects.get().base["intro"] == "old"


def test_binding_where_nothing_is_to_be_written_is_a_link() -> None:
    row = ambiguous()
    record(11, **row.payload)
    review.bind(row.pk, 11, "", person(), row.digest)
    assert fresh(row).action == "link"


@pytest.mark.parametrize("known", [True, False])
def test_binding_to_a_customer_never_read_in_full_goes_back_to_the_match_stage(known) -> None:
    if known:
        listed = record(11)
        listed.detailed_at = None
        listed.save()
    row = ambiguous()
    review.bind(row.pk, 11, "", person(), row.digest)
    now = fresh(row)
    assert (now.state, now.target_ord, now.target_chosen, now.action) == ("mapped", 11, True, "")


def test_a_chosen_customer_that_differs_is_told() -> None:
    record(11, **ERP)
    row = ambiguous()
    review.bind(row.pk, 11, "", person(), row.digest)
    told = fresh(row).findings
    assert [(one["code"], one["field"], one["severity"]) for one in told] == [("match.differs", "khid", "warning")]


@pytest.mark.parametrize(
    ("prepare", "code"),
    [
        (lambda: Binding.objects.create(contact=contact(), connection=erp(), ord=11, provenance="settle"), "ord_taken"),
        (lambda: push(ord=11), "ord_taken"),
        (lambda: record(11).__class__.objects.update(gone_at=timezone.now()), "ord_gone"),
    ],
)
def test_it_does_not_bind_to_what_is_taken_or_gone(prepare, code) -> None:
    prepare()
    row = ambiguous()
    assert review.bind(row.pk, 11, "", person(), row.digest).left_out == {f"review.{code}": 1}
    assert fresh(row).match_kind == "ambiguous"


@pytest.mark.parametrize(
    ("more", "digest", "code"),
    [
        ({}, "0" * 64, "review.moved"),
        ({"state": "superseded"}, None, "review.not_ready"),
        ({"match_kind": "bound"}, None, "review.bound"),
    ],
)
def test_bind_and_not_same_are_refused_alike(more, digest, code) -> None:
    row = ambiguous(**more)
    shown = digest or row.digest
    assert review.bind(row.pk, 11, "", person(), shown).left_out == {code: 1}
    assert review.not_same(row.pk, 11, person(), digest=shown).left_out == {code: 1}


def test_nobody_binds_a_proposal_that_is_not_there() -> None:
    assert review.bind(4711, 1, "", person()).left_out == {"review.gone": 1}


def test_create_anyway_makes_a_new_customer_of_an_ambiguous_one() -> None:
    twin = {"code": "match.same_mobile_contact", "field": "mobile", "severity": "error", "params": {}}
    row = ambiguous(findings=[twin])
    other = proposal(match_kind="bound", target_ord=5, action="update")
    decision = review.create_anyway([row.pk, other.pk, 4711], person(), "two shops, one phone")
    now = fresh(row)
    assert decision.left_ids == {"review.bound": [other.pk], "review.not_ready": [4711]}
    assert (now.match_kind, now.action, now.target_ord, now.target_chosen) == ("absent", "create", None, True)
    assert (now.not_same, now.findings, now.has_errors) == ([11, 12], [], False)
    assert all(one["written"] for one in now.changes)
    assert after_of("proposal.create_anyway")["action"] == "create"
    assert review.approve([row.pk], person()).done == 1


def test_create_anyway_takes_only_what_was_shown() -> None:
    row, late = ambiguous(), ambiguous(touched_at=timezone.now())
    by = person()
    assert review.create_anyway([row.pk], by, digests={row.pk: "0" * 64}).left_ids == {"review.moved": [row.pk]}
    assert review.create_anyway([row.pk, late.pk], by, shown_at=row.touched_at).left_ids == {"review.moved": [late.pk]}
    assert (fresh(row).action, fresh(late).action) == ("create", "")


def test_create_anyway_costs_the_same_for_any_number(django_assert_max_num_queries) -> None:
    by, rows = person(), [ambiguous().pk for _ in range(20)]
    with django_assert_max_num_queries(8):
        assert review.create_anyway(rows, by).done == 20


def test_create_anyway_cannot_get_round_a_taken_number() -> None:
    row = ambiguous(
        candidates=[candidate(11, "khid", khid="WX7")], payload={"name": "王", "khid": "WX7", "sort1": "3,7"}
    )
    review.create_anyway([row.pk], person())
    assert fresh(row).cause == "match.khid_taken"
    assert review.approve([row.pk], person()).left_out == {"review.has_errors": 1}


def test_not_the_same_leaves_the_other_candidate() -> None:
    record(12, **ERP)
    row = ambiguous()
    decision = review.not_same(row.pk, 11, person(), "moved away")
    now = fresh(row)
    assert decision.done == 1
    assert (now.match_kind, now.target_ord, now.not_same) == (MatchKind.UNIQUE, 12, [11])
    assert (now.target_chosen, now.action) == (False, "update")
    assert after_of("proposal.not_same")["not_same"] == [11]


@pytest.mark.parametrize(("known", "state", "match"), [(True, "ready", "absent"), (False, "mapped", "")])
def test_when_nobody_is_the_same_a_new_customer_is_left(known, state, match) -> None:
    if known:
        record(12, **ERP)
    row = ambiguous()
    for ord_ in (11, 12):
        review.not_same(row.pk, ord_, person())
    now = fresh(row)
    assert (now.state, now.match_kind, now.target_ord, now.not_same) == (state, match, None, [11, 12])


def test_not_the_same_keeps_the_question_of_the_other_contact() -> None:
    record(12, **ERP)
    twin = {"code": "match.same_mobile_contact", "field": "mobile", "severity": "error", "params": {}}
    row = ambiguous(findings=[twin])
    review.not_same(row.pk, 11, person())
    assert fresh(row).cause == "match.same_mobile_contact"


def test_only_a_candidate_can_be_somebody_else() -> None:
    row = ambiguous()
    assert review.not_same(row.pk, 99, person()).left_out == {"review.no_candidate": 1}


@pytest.mark.parametrize(
    "verb",
    [
        lambda by: review.bind(1, 1, "", by),
        lambda by: review.not_same(1, 1, by),
        lambda by: review.create_anyway([], by),
        lambda by: review.edit(1, "name", "x", "r", by, ""),
        lambda by: review.preview([], "approve", by),
    ],
)
def test_every_verb_asks_for_its_permission(verb) -> None:
    with pytest.raises(PermissionDenied):
        verb(person("li", ("reject_proposal",)))
