"""The constraints are the law: each illegal row is put in and the database refuses it, by the constraint's name."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from simple_history.models import HistoricalChanges

from tests.models import make
from zbsync.models import (
    Act,
    ActRow,
    Delivery,
    Entry,
    ErpConnection,
    ErpRecord,
    FollowUpMethod,
    GateSetting,
    HubConnection,
    Interaction,
    Mapping,
    MappingRule,
    Option,
    Presence,
    Preview,
    Proposal,
    SavedView,
    Scope,
    Seal,
    Slot,
    SourceCode,
    Survey,
    Upload,
    ValueMap,
    ValueMapEntry,
    Vocabulary,
)

pytestmark = pytest.mark.django_db

Maker = Callable[[], Any]


def looked_at() -> Proposal:
    """The one proposal, made when it is first asked for."""
    return Proposal.objects.first() or make.proposal()


def twice(maker: Maker) -> Maker:
    """The same legal row two times."""

    def both() -> None:
        maker()
        with transaction.atomic():
            maker()

    return both


def same_contact(**given: Any) -> Maker:
    """Two proposals of one contact."""

    def both() -> None:
        contact = make.contact()
        for _ in range(2):
            make.proposal(contact=contact, **given)

    return both


def two_interactions() -> None:
    """Of one contact, with one id."""
    contact = make.contact()
    for _ in range(2):
        Interaction.objects.create(contact=contact, source_id="i")


def two_pushes(state: str, **given: Any) -> Maker:
    """Two pushes of one contact, the first in `state`."""

    def both() -> None:
        contact = make.contact()
        for which in (state, "queued"):
            make.push(proposal=make.proposal(contact=contact, state="approved"), state=which, **given)

    return both


def attempt(**given: Any) -> Maker:
    return lambda: make.attempt(make.push(), **given)


def two_attempts(first: dict[str, Any], second: dict[str, Any]) -> Maker:
    def both() -> None:
        push = make.push()
        make.attempt(push, **first)
        make.attempt(push, **second)

    return both


def vocabulary() -> Vocabulary:
    return Vocabulary.objects.get_or_create(connection=make.erp(), name="ly")[0]


def rule(**given: Any) -> Maker:
    return lambda: MappingRule.objects.create(mapping=make.mapping(), target="name", **given)


def value_map(**given: Any) -> ValueMap:
    return ValueMap.objects.get_or_create(name="map", defaults=given)[0]


def entry(**given: Any) -> Entry:
    return Entry.objects.create(**{"act": uuid.uuid4(), "at": make.NOW, "verb": "x", "actor_name": "job"} | given)


def seal() -> Seal:
    return Seal.objects.create(table="entry", first_id=1, last_id=2, count=2, at=make.NOW)


def act(**given: Any) -> Act:
    told = {"name": "a", "verb": "approve", "state": "waiting", "asked_by": make.user(), "asked_at": make.NOW}
    return Act.objects.create(**told | given)


def row_of_an_act() -> ActRow:
    return ActRow.objects.create(act=Act.objects.first() or act(), proposal=looked_at())


def preview(**given: Any) -> Preview:
    return Preview.objects.create(**{"mapping": make.mapping(), "asked_by": make.user(), "digest": "0" * 64} | given)


ILLEGAL: dict[str, list[Maker]] = {
    "act_state_known": [lambda: act(state="odd")],
    "act_verb_known": [lambda: act(verb="bury")],
    "act_two_persons": [lambda: act(state="done", wants_second=True, confirmed_by=make.user())],
    "act_risk_is_confirmed": [partial(act, state=one, wants_second=True) for one in ("queued", "running", "done")],
    "act_row_once": [twice(row_of_an_act)],
    "preview_state_known": [lambda: preview(state="odd")],
    "preview_one_open": [twice(preview)],
    "hub_kind_known": [lambda: make.hub(kind="fax")],
    "erp_dialect_known": [lambda: make.erp(dialect="v9")],
    "erp_lanes_1_to_64": [lambda: make.erp(lanes=0), lambda: make.erp(lanes=65)],
    "erp_timeout_positive": [lambda: make.erp(timeout_s=0)],
    "erp_pause_has_a_cause": [lambda: make.erp(paused_at=make.NOW), lambda: make.erp(pause_cause="captcha")],
    "erp_probe_only_paused": [lambda: make.erp(probe_after=make.NOW)],
    "erp_half_open_not_paused": [lambda: make.erp(paused_at=make.NOW, pause_cause="captcha", half_open_since=make.NOW)],
    "follow_up_method_leads_somewhere": [lambda: FollowUpMethod.objects.create(keyword="电话")],
    "slot_lease_all_or_none": [lambda: Slot.objects.create(connection=make.erp(), until=make.NOW)],
    "upload_state_known": [lambda: Upload.objects.create(hub=make.hub(), name="a", digest="d", state="odd")],
    "delivery_once": [twice(lambda: Delivery.objects.create(hub=make.hub(), digest="d", body="{}"))],
    "contact_once_per_hub": [twice(lambda: make.contact(source_id="1"))],
    "contact_has_source_id": [lambda: make.contact(source_id="")],
    "contact_version_from_1": [lambda: make.contact(version=0)],
    "contact_kind_known": [lambda: make.contact(kind="robot")],
    "contact_listing_known": [lambda: make.contact(listing="red")],
    "contact_proposed_not_ahead": [lambda: make.contact(proposed_version=2)],
    "contact_followed_not_ahead": [lambda: make.contact(followed_version=2)],
    "interaction_once": [two_interactions],
    "mapping_state_known": [lambda: make.mapping(state="odd")],
    "mapping_one_published": [lambda: (make.mapping(version=1), make.mapping(version=2))],
    "rule_once_per_target": [twice(rule())],
    "rule_applies_known": [rule(applies_to="robot")],
    "rule_policy_known": [rule(policy="sometimes")],
    "rule_too_long_known": [rule(too_long="shrug")],
    "value_map_kind_known": [lambda: value_map(kind="fuzzy")],
    "value_map_key_once": [twice(lambda: ValueMapEntry.objects.create(value_map=value_map(), key="1", value="a"))],
    "vocabulary_once": [twice(lambda: Vocabulary.objects.create(connection=make.erp(), name="ly"))],
    "option_once": [twice(lambda: Option.objects.create(vocabulary=vocabulary(), code="1", label="a", path="a"))],
    "source_code_once": [twice(lambda: SourceCode.objects.create(connection=make.erp(), channel="微信"))],
    "source_code_has_channel": [lambda: SourceCode.objects.create(connection=make.erp(), channel="")],
    "erp_record_once": [twice(lambda: make.erp_record(7))],
    "erp_person_once": [twice(lambda: make.erp_person(7))],
    "survey_part_known": [lambda: Survey.objects.create(connection=make.erp(), part="odd", started_at=make.NOW)],
    "survey_under_way_has_a_start": [lambda: Survey.objects.create(connection=make.erp(), part="persons")],
    "survey_lease_all_or_none": [lambda: Survey.objects.create(connection=make.erp(), until=make.NOW)],
    "binding_once_per_contact": [lambda: two_bindings(same_contact_=True)],
    "binding_once_per_ord": [lambda: two_bindings(same_contact_=False)],
    "binding_provenance_known": [lambda: make.binding(make.contact(), 7, provenance="oracle")],
    "binding_person_named": [lambda: make.binding(make.contact(), 7, provenance="person")],
    "proposal_one_open": [same_contact(state=state, match_kind="absent") for state in ("blocked", "mapped", "ready")],
    "proposal_once_for_good": [
        same_contact(operation=operation, subject="i1", state=state)
        for operation in ("followup.add", "customer.assign")
        for state in ("rejected", "approved")
    ],
    "proposal_operation_known": [lambda: make.proposal(operation="customer.eat")],
    "proposal_state_known": [lambda: make.proposal(state="odd")],
    "proposal_match_known": [lambda: make.proposal(match_kind="perhaps")],
    "proposal_kind_known": [lambda: make.proposal(kind="robot")],
    "proposal_action_known": [lambda: make.proposal(action="delete")],
    "proposal_decision_signed": [
        lambda: make.proposal(state="rejected", decided_by=None),
        lambda: make.proposal(state="approved", decided_at=None),
    ],
    "proposal_ready_is_matched": [lambda: make.proposal(state="ready", match_kind="")],
    "proposal_target_named": [lambda: make.proposal(action="update"), lambda: make.proposal(action="link")],
    "proposal_approved_is_clean": [
        lambda: make.proposal(state="approved", has_errors=True),
        lambda: make.proposal(state="approved", action=""),
    ],
    "push_one_open": [two_pushes(state) for state in ("queued", "leased", "sending", "in_doubt", "accepted")],
    "push_once_for_good": [
        two_pushes(state, operation="followup.add", subject="i1") for state in ("verified", "rejected", "buried")
    ],
    "push_operation_known": [lambda: make.push(operation="customer.eat")],
    "push_state_known": [lambda: make.push(state="odd")],
    "push_action_known": [lambda: make.push(action="link")],
    "push_lease_all_or_none": [
        lambda: make.push(state="leased", leased_by=None),
        lambda: make.push(state="sending", lease_until=None),
        lambda: make.push(state="queued", lease_token=uuid.uuid4()),
    ],
    "push_target_named": [lambda: make.push(action="update")],
    "push_accepted_has_ord": [
        lambda: make.push(state="accepted", ord=None),
        lambda: make.push(state="verified", ord=None),
    ],
    "push_round_from_1": [lambda: make.push(round=0)],
    "push_waits_only_queued": [lambda: make.push(state="accepted", waits=True)],
    "attempt_number_once": [two_attempts({"outcome": "accepted", "finished_at": make.NOW}, {})],
    "attempt_one_sending": [two_attempts({"number": 1}, {"number": 2})],
    "attempt_outcome_known": [attempt(outcome="odd", finished_at=make.NOW)],
    "attempt_finished_when_settled": [
        attempt(finished_at=make.NOW),
        attempt(outcome="accepted", finished_at=make.NOW - timedelta(seconds=1)),
    ],
    "entry_has_actor": [lambda: entry(actor_name="")],
    "seal_once": [twice(seal)],
    "saved_view_once": [twice(lambda: SavedView.objects.create(name="早上的", owner=make.user()))],
    "scope_limits_something": [lambda: Scope.objects.create(user=make.user())],
    "scope_once": [twice(lambda: Scope.objects.create(user=make.user(), hub=make.hub(), owner="王"))],
    "scope_once_of_any_hub": [twice(lambda: Scope.objects.create(user=make.user(), owner="王"))],
    "presence_once": [twice(lambda: Presence.objects.create(proposal=looked_at(), user=make.user(), at=make.NOW))],
}
"""Constraint → rows it must refuse."""

UNIQUE: dict[str, Maker] = {
    "hub name": twice(lambda: HubConnection.objects.create(name="hub", kind="file")),
    "ERP name": twice(lambda: ErpConnection.objects.create(name="erp", base_url="http://erp.example")),
    "gate rule": twice(lambda: GateSetting.objects.create(code="score")),
    "mapping version": twice(lambda: Mapping.objects.create(version=1)),
    "value map": twice(lambda: ValueMap.objects.create(name="map")),
    "push key": lambda: (make.push(key="k"), make.push(key="k")),
    "way of follow-up": twice(lambda: FollowUpMethod.objects.create(keyword="电话", option="电话")),
    "slot": twice(lambda: Slot.objects.create(connection=make.erp())),
}


def two_bindings(*, same_contact_: bool) -> None:
    contact = make.contact()
    make.binding(contact, 7)
    make.binding(contact if same_contact_ else make.contact(), 8 if same_contact_ else 7)


def told_by(error: IntegrityError, name: str) -> bool:
    """PostgreSQL names every constraint; SQLite names checks, and of a unique one the columns."""
    return name in str(error) or (connection.vendor == "sqlite" and "UNIQUE" in str(error))


@pytest.mark.parametrize(("name", "maker"), [(name, maker) for name, makers in ILLEGAL.items() for maker in makers])
def test_the_database_refuses(name: str, maker: Maker) -> None:
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        maker()
    assert told_by(caught.value, name), caught.value


def test_the_database_refuses_a_settled_attempt_without_its_end() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make.attempt(make.push(), outcome="accepted")


FOLLOW_UP = {"operation": "followup.add", "subject": "i1"}


def test_two_interactions_of_a_contact_are_two_follow_ups() -> None:
    contact = make.contact()
    for subject in ("i1", "i2"):
        make.proposal(contact=contact, operation="followup.add", subject=subject)
    assert contact.proposals.count() == 2


@pytest.mark.parametrize("nothing_came_of", [{"state": "superseded"}, {"state": "approved", "cause": "withdrawn"}])
def test_what_was_overtaken_or_taken_back_may_be_proposed_again(nothing_came_of: dict[str, str]) -> None:
    contact = make.contact()
    make.proposal(contact=contact, **FOLLOW_UP, **nothing_came_of)
    make.proposal(contact=contact, **FOLLOW_UP)
    assert contact.proposals.count() == 2


@pytest.mark.parametrize(("state", "cause"), [("cancelled", ""), ("accepted", "not_readable")])
def test_a_push_that_came_to_its_end_makes_room_for_the_next(state: str, cause: str) -> None:
    contact = make.contact()
    for which, why in ((state, cause), ("queued", "")):
        proposal = make.proposal(contact=contact, state="approved", operation="customer.protect")
        make.push(proposal=proposal, operation="customer.protect", state=which, cause=why)
    assert contact.pushes.count() == 2


@pytest.mark.parametrize("maker", UNIQUE.values(), ids=list(UNIQUE))
def test_there_are_no_two_of_it(maker: Maker) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        maker()


def test_every_constraint_of_ours_has_its_illegal_row() -> None:
    ours = {
        constraint.name
        for model in apps.get_app_config("zbsync").get_models()
        if not issubclass(model, HistoricalChanges)
        for constraint in model._meta.constraints
    }
    assert ours == set(ILLEGAL)


@pytest.mark.parametrize("state", ["approved", "rejected", "superseded"])
def test_a_closed_proposal_leaves_room_for_the_next(state: str) -> None:
    contact = make.contact()
    make.proposal(contact=contact, state=state)
    assert make.proposal(contact=contact).pk


@pytest.mark.parametrize("state", ["verified", "drifted", "rejected", "dead", "cancelled", "buried"])
def test_a_closed_push_leaves_room_for_the_next(state: str) -> None:
    contact = make.contact()
    for which in (state, "queued"):
        pushed = make.push(proposal=make.proposal(contact=contact, state="approved"), state=which)
    assert pushed.state == "queued"


@pytest.mark.parametrize("model", [ErpRecord, Option, MappingRule])
def test_rows_say_what_they_are(model: type[models.Model]) -> None:
    rows = {
        ErpRecord: lambda: make.erp_record(7, name="甲"),
        Option: lambda: Option.objects.create(vocabulary=vocabulary(), code="1", label="a", path="甲"),
        MappingRule: lambda: MappingRule.objects.create(mapping=make.mapping(), target="甲", source="甲"),
    }
    assert "甲" in str(rows[model]())
