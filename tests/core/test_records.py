"""Records and outcomes are values: they cannot be changed, and the least they need is an id."""

import dataclasses

import pytest

from tests.core.samples import NOON
from zbsync.core.outcome import Accepted, Deferred, InDoubt, Rejected
from zbsync.core.records import ContactRecord, InteractionRecord, Kind, Listing


def test_a_contact_needs_only_its_id() -> None:
    bare = ContactRecord("c-9")
    assert bare.kind is Kind.INDIVIDUAL
    assert bare.listing is Listing.NONE
    assert bare.score is None
    assert not bare.phone_verified


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (ContactRecord("c-9"), "name"),
        (InteractionRecord("i-9", NOON, "电话", ""), "content"),
        (Accepted(7), "ord"),
        (Rejected("duplicate"), "cause"),
        (Deferred("busy", 3.0), "after_s"),
        (InDoubt("lost_reply"), "cause"),
    ],
)
def test_a_value_cannot_be_changed(value: object, name: str) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(value, name, "other")


def test_two_contacts_do_not_share_their_extra() -> None:
    assert ContactRecord("a").extra is not ContactRecord("b").extra


def test_kinds_and_lists_compare_as_their_words() -> None:
    assert Kind("company") == "company"
    assert Listing("black") == "black"
