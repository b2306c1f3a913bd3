"""What may be removed and what holds it: evidence and work stay, a dictionary goes with its connection."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, connection, models, transaction
from django.db.models import ProtectedError

from tests.models import make
from zbsync.models import (
    Attempt,
    Binding,
    ColumnChoice,
    Contact,
    Delivery,
    Entry,
    ErpConnection,
    ErpPerson,
    ErpRecord,
    HubConnection,
    Interaction,
    Mapping,
    MappingRule,
    Option,
    Presence,
    Proposal,
    Push,
    SavedView,
    Scope,
    Slot,
    SourceCode,
    Survey,
    Upload,
    ValueMap,
    ValueMapEntry,
    Vocabulary,
)

pytestmark = pytest.mark.django_db


def _settled() -> models.Model:
    return make.attempt(make.push(), outcome="accepted", finished_at=make.NOW)


def _entry(actor: User | None = None) -> Entry:
    return Entry.objects.create(act="0" * 32, at=make.NOW, verb="x", actor_name="a", actor=actor)


def _upload(**given: Any) -> Upload:
    return Upload.objects.create(hub=make.hub(), name="a", digest="d", file="a", **given)


HELD: dict[str, tuple[Callable[[], Any], type[models.Model]]] = {
    "a hub with contacts": (make.contact, HubConnection),
    "a hub with uploads": (_upload, HubConnection),
    "a hub with deliveries": (lambda: Delivery.objects.create(hub=make.hub(), digest="d", body=""), HubConnection),
    "an ERP with proposals": (make.proposal, ErpConnection),
    "an ERP with evidence": (make.exchange, ErpConnection),
    "an ERP with bindings": (lambda: make.binding(make.contact(), 7), ErpConnection),
    "a contact with proposals": (make.proposal, Contact),
    "a contact with a binding": (lambda: make.binding(make.contact(), 7), Contact),
    "a mapping with proposals": (make.proposal, Mapping),
    "a proposal with its push": (make.push, Proposal),
    "a proposal with evidence": (lambda: make.exchange(proposal=make.proposal()), Proposal),
    "a push with attempts": (_settled, Push),
    "a push with evidence": (lambda: make.exchange(push=make.push()), Push),
    "an attempt with evidence": (lambda: make.exchange(attempt=_settled()), Attempt),
    "a person who approved": (make.push, User),
    "a person who decided": (lambda: make.proposal(state="rejected"), User),
    "a person who bound": (
        lambda: make.binding(make.contact(), 7, provenance="person", bound_by=make.user()), User,
    ),
    "a person who uploaded": (
        lambda: _upload(uploaded_by=make.user()), User,
    ),
    "a person who acted": (lambda: _entry(make.user()), User),
    "a person who published": (lambda: make.mapping(published_by=make.user()), User),
}  # fmt: skip


@pytest.mark.parametrize("what", HELD)
def test_what_something_rests_on_stays(what: str) -> None:
    maker, held = HELD[what]
    maker()
    row = held._default_manager.latest("pk")
    with pytest.raises(ProtectedError), transaction.atomic():
        row.delete()
    assert held._default_manager.filter(pk=row.pk).exists()


@pytest.mark.parametrize("what", ["a contact with proposals", "a push with evidence", "an ERP with evidence"])
def test_the_database_itself_holds_it_too(what: str) -> None:
    """Whoever goes past Django (a shell, another program) meets the foreign key."""
    maker, held = HELD[what]
    maker()
    row = held._default_manager.latest("pk")

    def remove() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {held._meta.db_table} WHERE id = %s", [row.pk])
            connection.check_constraints()

    with pytest.raises(DatabaseError):
        remove()
    assert held._default_manager.filter(pk=row.pk).exists()


def _dictionary() -> Vocabulary:
    make.options(make.erp())
    return Vocabulary.objects.earliest("pk")


def _map() -> ValueMap:
    made = ValueMap.objects.create(name="m")
    ValueMapEntry.objects.create(value_map=made, key="a", value="b")
    return made


def _talk() -> Contact:
    made = make.contact()
    Interaction.objects.create(contact=made, source_id="m1")
    return made


def _rules() -> Mapping:
    made = make.mapping(state="draft")
    MappingRule.objects.create(mapping=made, target="name", source="name")
    return made


def _colleague() -> User:
    made = make.user("colleague")
    SavedView.objects.create(name="mine", owner=made)
    Scope.objects.create(user=made, owner="王")
    ColumnChoice.objects.create(user=made, columns=["mobile"])
    Presence.objects.create(user=made, proposal=make.proposal(), at=make.NOW)
    return made


def _bare_erp() -> ErpConnection:
    made = make.erp()
    make.options(made)
    make.erp_record(7)
    make.erp_person(8, customer=7)
    Slot.objects.create(connection=made)
    Survey.objects.create(connection=made)
    return made


GONE_TOO: dict[str, tuple[Callable[[], models.Model], list[type[models.Model]]]] = {
    "a dictionary takes its options": (_dictionary, []),
    "a value map takes its entries": (_map, [ValueMapEntry]),
    "a contact takes what was said with it": (_talk, [Interaction]),
    "a draft takes its rules": (_rules, [MappingRule]),
    "an unused ERP takes all it told us": (
        _bare_erp,
        [Vocabulary, Option, ErpRecord, ErpPerson, SourceCode, Slot, Survey],
    ),
    "a colleague takes views, columns, presence and limits": (_colleague, [SavedView, ColumnChoice, Presence, Scope]),
}


@pytest.mark.parametrize("what", GONE_TOO)
def test_what_is_only_part_of_it_goes_with_it(what: str) -> None:
    maker, parts = GONE_TOO[what]
    row = maker()
    assert all(part._default_manager.exists() for part in parts)
    row.delete()
    assert not any(part._default_manager.exists() for part in parts)


def test_a_dictionary_leaves_the_options_of_the_others() -> None:
    first = _dictionary()
    others = Option.objects.exclude(vocabulary=first).count()
    first.delete()
    assert Option.objects.count() == others > 0


def test_an_unbound_contact_may_be_bound_again() -> None:
    contact = make.contact()
    make.binding(contact, 7).delete()
    assert make.binding(contact, 7).pk
    assert Binding.objects.count() == 1


def test_a_person_who_did_nothing_may_go() -> None:
    make.user("guest").delete()
    assert not User.objects.filter(username="guest").exists()


def test_every_foreign_key_of_ours_is_decided_on() -> None:
    """Cascades are few and named: a new one that would take work or evidence along shows here."""
    cascading = {
        f"{model.__name__}.{field.name}"
        for model in ErpConnection._meta.apps.get_app_config("zbsync").get_models()
        if not model.__name__.startswith("Historical")
        for field in model._meta.concrete_fields
        if field.remote_field is not None and getattr(field.remote_field, "on_delete", None) is models.CASCADE
    }
    assert cascading == {
        "ActRow.act", "AssignmentRule.connection", "ErpPerson.connection", "ErpRecord.connection",
        "Interaction.contact",
        "MappingRule.mapping", "Preview.mapping", "Preview.base",
        "Option.vocabulary", "Slot.connection", "SourceCode.connection", "Survey.connection",
        "ValueMapEntry.value_map", "Vocabulary.connection",
        # what the desk remembers of a person goes with the person
        "ColumnChoice.user", "Presence.proposal", "Presence.user", "SavedView.owner", "SavedView.role",
        # and what it may see; a limit to a hub goes with the hub
        "Scope.user", "Scope.hub",
    }  # fmt: skip
