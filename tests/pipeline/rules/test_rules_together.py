"""Two at once over the rules, on a database with row locks: one mapping in force, one row of each, one winner."""

from typing import Any

import pytest
from django.db import transaction

from tests.models import make
from tests.pipeline.racing import caught, together
from zbsync.models import Contact, Entry, ErpConnection, GateSetting, Mapping, MappingRule, Push, SourceCode, ValueMap
from zbsync.pipeline import audit, bootstrap, bulk, customers, publish, tables

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def erp() -> ErpConnection:
    made = make.erp()
    make.options(made)
    return made


def test_two_installations_at_once_make_one(erp: ErpConnection) -> None:
    first, second = together(bootstrap.seed, bootstrap.seed)
    assert sorted([first["mapping"], second["mapping"]]) == [0, 13]
    assert (Mapping.objects.count(), MappingRule.objects.count()) == (1, 13)
    assert GateSetting.objects.count() == first["gate"] + second["gate"]
    assert ValueMap.objects.count() == 1
    assert Entry.objects.filter(verb="installation.seed").count() == 1


def test_a_draft_is_published_once_however_many_ask(erp: ErpConnection) -> None:
    bootstrap.seed()
    user = make.user()
    made = publish.draft(Mapping.objects.get(), user)
    answers = together(*[caught(lambda: publish.publish(made, user)) for _ in range(3)])
    assert answers.count("publish.not_draft") == 2
    assert Mapping.objects.get(state="published") == made
    assert Entry.objects.filter(verb="mapping.publish").count() == 1


def test_of_two_drafts_published_at_once_the_second_retires_the_first(erp: ErpConnection) -> None:
    bootstrap.seed()
    user = make.user()
    drafts = [publish.draft(Mapping.objects.get(version=1), user) for _ in range(2)]
    together(*[lambda one=one: publish.publish(one, user) for one in drafts])
    states = sorted(Mapping.objects.values_list("state", flat=True))
    assert states == ["published", "retired", "retired"]
    assert Entry.objects.filter(verb="mapping.publish").count() == 2


def test_drafts_made_at_once_have_different_versions(erp: ErpConnection) -> None:
    bootstrap.seed()
    user = make.user()
    made = together(*[lambda: publish.draft(Mapping.objects.get(version=1), user) for _ in range(3)])
    assert sorted(one.version for one in made) == [2, 3, 4]


def test_a_new_channel_gets_one_row_however_many_meet_it(erp: ErpConnection) -> None:
    channels = [f"渠道{n}" for n in range(20)]
    together(*[lambda: tables.add_source_codes(erp, channels) for _ in range(3)])
    assert SourceCode.objects.filter(channel__in=channels).count() == len(channels)


def test_of_many_who_take_the_same_pushes_each_gets_others() -> None:
    pushes = [make.push() for _ in range(10)]

    def take(cause: str) -> int:
        mine = list(Push.objects.filter(pk__in=[push.pk for push in pushes]).order_by("pk"))
        for push in mine:
            push.cause = cause
        with transaction.atomic():
            return bulk.update(mine, ("cause",), was={"cause": ""})

    counts = together(*[lambda n=n: take(f"taken-{n}") for n in range(3)])
    assert sum(counts) == len(pushes)
    assert not Push.objects.filter(cause="").exists()


def test_a_version_that_moves_between_reading_and_writing_is_not_overwritten() -> None:
    contact = make.contact()
    mine, theirs = Contact.objects.get(), Contact.objects.get()

    def write(row: Contact, name: str) -> int:
        row.name, was = name, row.version
        row.version = was + 1
        with transaction.atomic():
            return bulk.update([row], ("name", "version"), was={"version": was})

    assert sorted(together(lambda: write(mine, "甲"), lambda: write(theirs, "乙"))) == [0, 1]
    contact.refresh_from_db()
    assert (contact.version, contact.name in {"甲", "乙"}) == (2, True)


def test_the_same_customers_seen_by_two_in_any_order_are_kept_once(erp: ErpConnection) -> None:
    rows = [customers.Row(ord_, f"客户{ord_}", "", "") for ord_ in range(1, 60)]
    together(
        *[lambda some=some: customers.see(erp, some, make.NOW) for some in (rows, rows[::-1], rows[30:] + rows[:30])]
    )
    assert erp.records.count() == len(rows)


def test_entries_of_two_acts_do_not_mix() -> None:
    def act(name: str) -> Any:
        own = audit.new_act()
        with transaction.atomic():
            audit.write(own, audit.Actor.job(name), "x", [audit.Line("push", n) for n in range(300)], now=make.NOW)
        return own

    acts = together(lambda: act("one"), lambda: act("two"))
    for name, own in zip(("one", "two"), acts, strict=True):
        entries = Entry.objects.filter(act=own).order_by("pk")
        assert {entry.actor_name for entry in entries} == {f"job:{name}"}
        assert [entry.subject_id for entry in entries] == list(range(300))
