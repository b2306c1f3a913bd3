"""Limits by hub and by owner: what lies outside is on no page, in no number, and moved by no verb."""

import re
import uuid
from collections.abc import Callable, Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.admin.desk import LIST, english, names, screen, text
from tests.admin.pages import world
from tests.admin.people import someone
from tests.models import make
from tests.pipeline import reviewing
from zbsync.models import Contact, Entry, Exchange, HubConnection, Proposal, Push, Scope, Upload
from zbsync.models.within import limits_of, outside, within
from zbsync.pipeline import access, ingest, lookup, review

pytestmark = pytest.mark.django_db

HIDDEN = "隐示例"


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    cache.clear()


def limited(role: str = "reviewer", *, owner: str = "", hub: str = "") -> User:
    user = someone(role)
    Scope.objects.create(user=user, hub=make.hub(name=hub) if hub else None, owner=owner)
    return User.objects.get(pk=user.pk)


def at_the_desk(user: User) -> Client:
    client = english(Client())
    client.force_login(user)
    return client


def mine(**given: Any) -> Proposal:
    return make.proposal(contact=make.contact(name="我示例", owner="王", **given), state="ready")


def theirs(hub: HubConnection | None = None, **given: Any) -> Proposal:
    contact = make.contact(name=HIDDEN, owner="李", hub=hub or make.hub())
    return make.proposal(contact=contact, state="ready", **given)


def pushed(row: Proposal, state: str) -> Push:
    return make.push(proposal=make.proposal(contact=row.contact, state="approved"), state=state, cause="duplicate")


# ---------------------------------------------------------------- who may see what
def test_without_a_limit_everything_is_seen() -> None:
    mine(), theirs()
    assert within(someone("reviewer"), Proposal.objects.all()).count() == 2


@pytest.mark.parametrize(("owner", "hub", "seen"), [("王", "", 2), ("", "a", 2), ("王", "a", 1), ("无", "", 0)])
def test_a_limit_names_a_hub_an_owner_or_both(owner: str, hub: str, seen: int) -> None:
    one, other = make.hub(name="a"), make.hub(name="b")
    for door in (one, other):
        mine(hub=door), theirs(hub=door)
    assert within(limited(owner=owner, hub=hub), Contact.objects.all()).count() == seen
    assert within(limited("mapper", owner=owner, hub=hub), Proposal.objects.all()).count() == seen


def test_several_limits_add_up_and_a_superuser_has_none() -> None:
    mine(), theirs()
    user = limited(owner="王")
    Scope.objects.create(user=user, owner="李")
    assert within(User.objects.get(pk=user.pk), Contact.objects.all()).count() == 2
    above = make.user()
    Scope.objects.create(user=above, owner="nobody")
    assert limits_of(above) == ()


def test_the_limits_are_asked_once_and_nothing_without_them() -> None:
    row, user = theirs(), someone("reviewer")
    with CaptureQueriesContext(connection) as seen:
        assert outside(user, Proposal, [row.pk]) == set()
        within(user, Proposal.objects.all())
    assert len(seen) == 1


@pytest.mark.parametrize("given", [{}, {"owner": "王"}])
def test_the_database_refuses_an_empty_or_a_second_equal_limit(given: dict[str, str]) -> None:
    user = limited(owner="王")
    with pytest.raises(IntegrityError), transaction.atomic():
        Scope.objects.create(user=user, **given)


# ---------------------------------------------------------------- pages
def test_no_page_shows_what_lies_outside() -> None:
    world.fill()
    row, other = mine(), theirs()
    for state in ("in_doubt", "rejected", "verified"):
        push = pushed(make.proposal(contact=make.contact(name=HIDDEN, owner="李"), state="rejected"), state)
        make.exchange(connection=push.connection, push=push, operation="save_unit", status=200, response_body=HIDDEN)
    review.reject([other.pk], someone("administrator"), reason=HIDDEN)
    make.binding(other.contact, 77)
    reviewing.record(77, name=HIDDEN)
    user = limited("administrator", owner="王")
    client, whole = at_the_desk(user), at_the_desk(make.user())
    shown = [url for url in world.addresses(whole) if HIDDEN in client.get(url).content.decode()]
    assert shown == []
    assert HIDDEN in whole.get(f"{LIST}?state__exact=all").content.decode()
    assert names(client.get(LIST)) == [row.title]


@pytest.mark.parametrize("url", [f"{LIST}?state__exact=all", "/admin/zbsync/contact/"])
def test_a_search_finds_nothing_outside(url: str) -> None:
    other = theirs()
    client = at_the_desk(limited(owner="王"))
    for asked in (HIDDEN, other.contact.mobile, other.contact.source_id):
        assert names(client.get(url, {"q": asked})) == []


@pytest.mark.parametrize("made", [theirs, lambda: pushed(theirs(), "dead")], ids=["proposal", "push"])
def test_an_address_outside_is_not_there(made: Callable[[], Proposal | Push]) -> None:
    row = made()
    client = at_the_desk(limited(owner="王"))
    name = row._meta.model_name
    for url in (f"/admin/zbsync/{name}/{row.pk}/change/", f"/admin/zbsync/contact/{row.contact_id}/change/"):
        assert client.get(url).status_code in (HTTPStatus.NOT_FOUND, HTTPStatus.FOUND)
    assert client.post(f"/admin/zbsync/contact/{row.contact_id}/change/", {"reveal": "1"}).status_code == 404
    assert client.get(reverse("admin:zbsync_contact_order", args=[row.contact_id])).status_code == 404


def test_the_numbers_of_the_front_page_are_those_of_the_lists() -> None:
    mine(), theirs(), pushed(theirs(), "dead"), pushed(mine(), "in_doubt")
    client = at_the_desk(limited(owner="王"))
    page = client.get("/admin/")
    for card in page.context["desk"]["cards"]:
        if "/proposal/" in card.url or "/push/" in card.url:
            assert client.get(card.url).context["cl"].result_count == card.count, card.title
    assert [one.count for one in page.context["desk"]["funnel"]][1:] == [0, 0, 0]
    assert page.context["desk"]["failed"] == []


def test_what_is_remembered_of_the_last_days_is_not_shown_to_others() -> None:
    theirs(created_at=timezone.now() - timedelta(days=1))
    counts = []
    for user in (make.user(), limited(owner="王")):
        days = at_the_desk(user).get("/admin/").context["desk"]["chart"].days
        counts.append(sum(day.cells[0][0] for day in days))
    assert counts == [1, 0]


def test_the_desk_of_failures_shows_and_moves_only_what_is_mine() -> None:
    hidden, own = pushed(theirs(), "dead"), pushed(mine(), "dead")
    client = at_the_desk(limited("operator", owner="王"))
    page = client.get(reverse("admin:zbsync_push_failed"))
    [(group, _mends, _places)] = page.context["groups"]
    assert (group.count, HIDDEN in text(page)) == (1, False)
    form = {"verb": "bury", "group": group.key, "upto": hidden.pk + own.pk, "reason": "x"}
    client.post(reverse("admin:zbsync_push_failed"), form)
    assert set(Push.objects.values_list("pk", "state")) == {(hidden.pk, "dead"), (own.pk, "buried")}


# ---------------------------------------------------------------- verbs
VERBS: dict[str, Callable[[Proposal, User], review.Decision]] = {
    "approve": lambda row, by: review.approve([row.pk], by),
    "reject": lambda row, by: review.reject([row.pk], by, reason="x"),
    "edit": lambda row, by: review.edit(row.pk, "intro", "x", "y", by, row.digest),
    "bind": lambda row, by: review.bind(row.pk, 11, "x", by),
    "not_same": lambda row, by: review.not_same(row.pk, 11, by),
    "create_anyway": lambda row, by: review.create_anyway([row.pk], by),
    "undo": lambda row, by: review.undo([row.pk], by),
    "order": lambda row, by: review.order("customer.apply", [row.contact_id], {}, by),
    "reveal": lambda row, by: review.reveal(row.contact_id, by),
}


@pytest.mark.parametrize("verb", VERBS)
def test_no_verb_moves_a_proposal_outside(verb: str) -> None:
    row, user = theirs(), limited("administrator", owner="王")
    before = world.snapshot()
    decision = VERBS[verb](row, user)
    assert (decision.done, dict(decision.left_out)) == (0, {"review.not_allowed": 1})
    assert world.snapshot() == before


PUSH_VERBS: dict[str, Callable[[Push, User], review.Decision]] = {
    "requeue": lambda row, by: review.requeue([row.pk], by),
    "bury": lambda row, by: review.bury([row.pk], by),
    "cancel": lambda row, by: review.cancel([row.pk], by),
    "reopen": lambda row, by: review.reopen([row.pk], by),
    "amend": lambda row, by: review.amend([row.pk], "intro", "x", "y", by),
    "remap": lambda row, by: review.remap([row.pk], by),
    "look_now": lambda row, by: review.look_now([row.pk], by),
    "vouch_absent": lambda row, by: review.vouch_absent([row.pk], by, "x"),
    "say_found": lambda row, by: review.say_found(row.pk, 5, "x", by),
}


@pytest.mark.parametrize("verb", PUSH_VERBS)
def test_no_verb_moves_a_push_outside(verb: str) -> None:
    state = {"cancel": "queued", "look_now": "in_doubt", "vouch_absent": "in_doubt", "say_found": "in_doubt"}
    row, user = pushed(theirs(), state.get(verb, "dead")), limited("administrator", owner="王")
    before = world.snapshot()
    decision = PUSH_VERBS[verb](row, user)
    assert (decision.done, dict(decision.left_out)) == (0, {"review.not_allowed": 1})
    assert world.snapshot() == before


def test_of_several_the_own_ones_move_and_the_preview_says_so_before() -> None:
    rows, user = [mine(), theirs(), theirs()], limited(owner="王")
    ids = [row.pk for row in rows]
    found = review.preview(ids, "reject", user)
    assert (found.total, found.left_out) == (1, {"review.not_allowed": 2})
    decision = review.reject(ids, user, reason="x")
    assert (decision.done, dict(decision.left_out)) == (1, {"review.not_allowed": 2})


def test_a_batch_goes_on_as_a_whole_or_not_at_all() -> None:
    act = uuid.uuid4()
    for row in (mine(), theirs()):
        push = pushed(row, "queued")
        Push.objects.filter(pk=push.pk).update(act=act, waits=True)
    decision = review.let_go(make.erp(), act, limited("operator", owner="王"))
    assert (decision.done, dict(decision.left_out)) == (0, {"review.not_allowed": 1})
    assert Push.objects.filter(waits=True).count() == 2


def test_a_limited_decision_costs_a_constant_number_of_queries() -> None:
    user, counts = limited(owner="王"), []
    for size in (2, 40):
        ids = [mine().pk for _ in range(size)]
        with CaptureQueriesContext(connection) as seen:
            assert review.reject(ids, user, reason="x").done == size
        counts.append(len(seen))
    assert counts[0] >= counts[1] - 1


# ---------------------------------------------------------------- other doors
def test_a_hub_is_fed_only_by_who_may_see_all_of_it() -> None:
    make.hub(name="a"), make.hub(name="b")
    user = limited(hub="a")
    client = at_the_desk(user)
    page = client.get(reverse("admin:zbsync_upload_add")).content.decode()
    assert re.findall(r"<option[^>]*>([^<-]+)</option>", page) == ["a"]
    sent = SimpleUploadedFile("x.csv", b"source_id,name\nc1,x\n")
    with pytest.raises(PermissionDenied):
        ingest.stage(make.hub(name="b"), sent, user)
    with pytest.raises(PermissionDenied):
        ingest.stage(make.hub(name="a"), sent, limited("administrator", hub="a", owner="王"))
    assert not Upload.objects.exists()


def test_a_customer_of_somebody_else_is_not_looked_up() -> None:
    make.binding(theirs().contact, 77)
    user = limited("operator", owner="王")
    with pytest.raises(PermissionDenied):
        lookup.look(make.erp(), 77, user)
    assert not Exchange.objects.exists()


# ---------------------------------------------------------------- who decides
def form_of(user: User, *rows: Mapping[str, object]) -> dict[str, Any]:
    moment = {"date_joined_0": "2026-01-05", "date_joined_1": "08:00:00", "last_login_0": "", "last_login_1": ""}
    there = Scope.objects.filter(user=user).count()
    form: dict[str, Any] = {"username": user.username, "is_active": "on", "is_staff": "on", **moment}
    form |= {"scopes-TOTAL_FORMS": len(rows), "scopes-INITIAL_FORMS": there}
    for number, row in enumerate(rows):
        form |= {f"scopes-{number}-user": user.pk, **{f"scopes-{number}-{name}": value for name, value in row.items()}}
    return form


def test_an_administrator_limits_a_colleague_at_the_user_and_it_is_written_down() -> None:
    user, hub = someone("reviewer"), make.hub(name="a")
    client = at_the_desk(someone("administrator"))
    url = reverse("admin:auth_user_change", args=[user.pk])
    assert "Sees only these contacts, the owner as the hub writes it" in text(client.get(url))
    form = form_of(user, {"hub": hub.pk, "owner": ""}, {"hub": "", "owner": " 王 "})
    assert client.post(url, form).status_code == 302
    assert set(Scope.objects.filter(user=user).values_list("hub", "owner")) == {(hub.pk, ""), (None, "王")}
    entry = Entry.objects.get(verb="user.limit")
    assert (entry.before, entry.reason) == ({"limits": []}, user.username)
    assert entry.after == {"limits": [{"hub": "a", "owner": ""}, {"hub": "", "owner": "王"}]}
    first, second = Scope.objects.filter(user=user).order_by("pk")
    gone = [{"id": one.pk, "hub": one.hub_id or "", "owner": one.owner, "DELETE": "on"} for one in (first, second)]
    assert client.post(url, form_of(user, *gone)).status_code == 302
    assert not Scope.objects.exists()


def test_saving_a_user_as_he_is_writes_nothing_down() -> None:
    user = limited(owner="王")
    row = Scope.objects.get()
    client = at_the_desk(someone("administrator"))
    form = form_of(user, {"id": row.pk, "hub": "", "owner": "王"})
    assert client.post(reverse("admin:auth_user_change", args=[user.pk]), form).status_code == 302
    assert not Entry.objects.filter(verb="user.limit").exists()


def test_nobody_changes_his_own_limits_and_only_who_may_change_users_those_of_others() -> None:
    admin = limited("administrator", owner="王")
    client = at_the_desk(admin)
    client.post(reverse("admin:auth_user_change", args=[admin.pk]), form_of(admin))
    assert Scope.objects.count() == 1
    with pytest.raises(PermissionDenied):
        access.limit(admin, [], admin)
    with pytest.raises(PermissionDenied):
        access.limit(admin, [], someone("reviewer"))


def test_the_screen_of_a_limited_person_is_the_same_number_of_queries_and_one() -> None:
    row = mine()
    counts = []
    for user in (someone("mapper"), limited(owner="王")):
        client = at_the_desk(user)
        client.get(screen(row))
        with CaptureQueriesContext(connection) as seen:
            assert client.get(screen(row)).status_code == 200
        counts.append(len(seen))
    assert abs(counts[1] - counts[0]) <= 2
