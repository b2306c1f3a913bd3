"""Who may do what, from the browser: each role offered its own verbs, and refused all others by the server as well."""

import pytest
from django.urls import reverse

from tests.admin.desk import LIST, buttons, decide, desk, screen, tick
from tests.admin.pages import world
from tests.models import make
from tests.pipeline import reviewing
from zbsync.core.lifecycle import PushEvent, PushState, push_sources
from zbsync.models import Act, Entry, ErpConnection, Mapping, Proposal, Push
from zbsync.pipeline import bootstrap

pytestmark = pytest.mark.django_db

DECIDERS = {"reviewer", "administrator"}
ROLES = ("reviewer", "mapper", "operator", "auditor", "administrator")
OFFERED = {
    "blocked": set(),
    "mapped": {"reject", "edit", "bind", "not_same"},
    "ready": {"approve", "reject", "edit", "bind", "not_same"},
    "approved": {"undo"},
    "rejected": {"undo"},
    "superseded": set(),
}
GIVEN = {"usual": "Duplicate", "field": "intro", "value": "x", "reason": "y", "ord": "11"}
PUSHES = "/admin/zbsync/push/"
SOURCES = {
    "requeue": set(push_sources(PushEvent.REQUEUE)),
    "bury": set(push_sources(PushEvent.BURY)),
    "cancel": {PushState.QUEUED, PushState.LEASED},  # of both nothing was said to the ERP
}
STATES = ("queued", "leased", "sending", "in_doubt", "accepted", "rejected", "dead", "verified", "drifted", "buried")


def in_state(state: str) -> Proposal:
    """One proposal that stands there, with somebody who may be meant."""
    candidates = [reviewing.candidate(11, mobile="13800000001")]
    return make.proposal(state=state, candidates=candidates, contact=reviewing.contact())


@pytest.mark.parametrize("state", OFFERED)
@pytest.mark.parametrize("role", ROLES)
def test_a_role_is_offered_what_it_may_do_in_that_state_and_no_more(role: str, state: str) -> None:
    row = in_state(state)
    wanted = OFFERED[state] if role in DECIDERS else set()
    assert buttons(desk(role).get(screen(row))) - {"create_anyway"} == wanted


@pytest.mark.parametrize("verb", ["approve", "reject", "edit", "bind", "not_same", "create_anyway"])
@pytest.mark.parametrize("role", [role for role in ROLES if role not in DECIDERS])
def test_what_a_role_is_not_offered_the_server_refuses(role: str, verb: str) -> None:
    row = reviewing.ambiguous()
    client = desk(role)
    before = world.snapshot()
    assert decide(client, row, verb, **GIVEN).status_code == 403
    assert world.snapshot() == before


@pytest.mark.parametrize("state", ["approved", "rejected"])
@pytest.mark.parametrize("role", [role for role in ROLES if role not in DECIDERS])
def test_nobody_takes_back_what_he_may_not_decide(role: str, state: str) -> None:
    row = in_state(state)
    decide(desk(role), row, "undo")
    assert Proposal.objects.get(pk=row.pk).state == state
    assert not Entry.objects.exists()


@pytest.mark.parametrize("verb", ["approve", "reject", "edit", "bind", "not_same", "create_anyway", "undo"])
@pytest.mark.parametrize("state", ["blocked", "superseded"])
def test_what_is_over_or_held_moves_by_no_verb(state: str, verb: str) -> None:
    row = in_state(state)
    client = desk()
    before = world.snapshot()
    assert decide(client, row, verb, **GIVEN).status_code in (409, 422)
    assert world.snapshot() == before


@pytest.mark.parametrize("state", ["blocked", "approved", "rejected", "superseded"])
@pytest.mark.parametrize("verb", ["approve", "reject", "create_anyway"])
def test_a_forged_bulk_act_on_a_list_without_acts_does_nothing(state: str, verb: str) -> None:
    row = in_state(state)
    client = desk()
    before = world.snapshot()
    form = tick(row, action=verb, confirmed="1", usual="Duplicate", digest=f"{row.pk}:{row.digest}")
    client.post(f"{LIST}?state__exact={state}", form)
    client.post(f"{LIST}?state__exact=all", form)
    asked = {name: before[name] for name in ("zbsync.Act", "zbsync.ActRow", "zbsync.Entry")}
    assert world.snapshot() | asked == before
    assert list(Act.objects.values_list("taken", "left_out")) == [(0, 1)]
    assert list(Entry.objects.values_list("verb", flat=True)) == ["act.ask"]


# ---------------------------------------------------------------- pushes
def push_action(role: str, verb: str, *rows: Push):
    form = {"action": verb, "_selected_action": [row.pk for row in rows], "index": "0"}
    return desk(role).post(PUSHES, form, follow=True)


@pytest.mark.parametrize("role", ROLES)
def test_the_verbs_of_pushes_are_offered_to_those_who_operate(role: str) -> None:
    make.push()
    page = desk(role).get(PUSHES).content.decode()
    offered = {verb for verb in SOURCES if f'value="{verb}"' in page}
    assert offered == (set(SOURCES) if role in ("operator", "administrator") else set())


@pytest.mark.parametrize("role", ["reviewer", "mapper", "auditor"])
@pytest.mark.parametrize("verb", SOURCES)
def test_a_forged_verb_of_a_push_is_not_done(role: str, verb: str) -> None:
    row = make.push(state="queued" if verb == "cancel" else "dead")
    push_action(role, verb, row)
    assert Push.objects.get(pk=row.pk).state == row.state
    assert not Entry.objects.exists()


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("verb", SOURCES)
def test_a_verb_moves_a_push_only_from_where_it_is_legal_and_says_so(verb: str, state: str) -> None:
    row = make.push(state=state)
    page = push_action("operator", verb, row)
    said = [(message.level_tag, str(message)) for message in page.context["messages"]]
    moved = Push.objects.get(pk=row.pk).state != state
    assert moved == (state in SOURCES[verb])
    assert [level for level, _ in said] == (["success"] if moved else ["warning"])
    assert Entry.objects.filter(subject="push", subject_id=row.pk).exists() == moved


def test_of_several_pushes_the_legal_ones_move_and_the_rest_is_counted() -> None:
    dead, verified = make.push(state="dead"), make.push(state="verified")
    page = push_action("operator", "requeue", dead, verified)
    said = [str(message) for message in page.context["messages"]]
    assert said[0] == "1 push changed."
    assert said[1].startswith("1: ")
    again = Push.objects.get(pk=dead.pk)
    assert (again.state, again.key != dead.key) == ("queued", True)
    assert Push.objects.get(pk=verified.pk).state == "verified"


def test_sending_again_twice_is_harmless() -> None:
    row = make.push(state="dead")
    push_action("operator", "requeue", row)
    first = Push.objects.get(pk=row.pk)
    push_action("operator", "requeue", row)
    assert Push.objects.get(pk=row.pk).key == first.key


# ---------------------------------------------------------------- connections and rules
@pytest.mark.parametrize("verb", ["pause", "resume"])
@pytest.mark.parametrize("role", ["reviewer", "mapper", "auditor"])
def test_a_connection_is_stopped_by_nobody_else(role: str, verb: str) -> None:
    row = make.erp()
    if verb == "resume":
        ErpConnection.objects.update(paused_at=make.NOW, pause_cause="by_hand")
    form = {"action": verb, "_selected_action": [row.pk]}
    desk(role).post(reverse("admin:zbsync_erpconnection_changelist"), form)
    assert bool(ErpConnection.objects.get().paused_at) == (verb == "resume")


def test_pausing_twice_is_told_and_written_once() -> None:
    row = make.erp()
    client, url = desk("operator"), reverse("admin:zbsync_erpconnection_changelist")
    form = {"action": "pause", "_selected_action": [row.pk]}
    told = [
        [(message.level_tag, str(message)) for message in client.post(url, form, follow=True).context["messages"]]
        for _ in range(2)
    ]
    assert told == [[("success", "1 connection paused.")], [("warning", "0 connections paused.")]]
    assert Entry.objects.filter(subject="erpconnection").count() == 1


@pytest.mark.parametrize("role", ["reviewer", "operator", "auditor"])
def test_the_mapping_is_changed_by_nobody_else(role: str) -> None:
    bootstrap.seed()
    before = list(Mapping.objects.values_list())
    form = {"action": "copy_to_draft", "_selected_action": [row[0] for row in before]}
    desk(role).post(reverse("admin:zbsync_mapping_changelist"), form)
    assert list(Mapping.objects.values_list()) == before
