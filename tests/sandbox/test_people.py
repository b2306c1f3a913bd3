"""Sample people: the same for the same seed, enough of every trouble, and clearly invented."""

import json
import re
from collections import Counter
from datetime import datetime
from typing import Any

import phonenumbers
import pytest

from zbsync.sandbox import factory, people
from zbsync.sandbox.people import RECIPES, customers, recipes, sample
from zbsync.sandbox.store import Store

KEYS = {
    *("source_id", "name", "phone", "phone_verified", "wechat_id", "company", "kind", "address", "email"),
    *("channel", "notes", "remark", "k_code", "confidence", "list", "score", "summary", "owner"),
    *("first_deal_at", "updated_at"),
}

Record = dict[str, Any]


@pytest.fixture(scope="module")
def crowd() -> list[tuple[str, Record]]:
    """(recipe, contact) of one sample."""
    return list(zip(recipes(1, 300), sample(1, 300)[1], strict=True))


def having(crowd: list[tuple[str, Record]], recipe: str) -> list[Record]:
    return [contact for name, contact in crowd if name == recipe]


def digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def test_a_seed_makes_the_same_people_every_time() -> None:
    assert sample(5, 80) == sample(5, 80)
    assert sample(5, 80) != sample(6, 80)


def test_more_customers_begin_with_the_fewer() -> None:
    assert customers(1, 200)[:120] == customers(1, 120) == sample(1)[0]


@pytest.mark.parametrize("contacts", [0, 1, 7, 300, 1000])
def test_there_are_as_many_as_asked_for_each_with_its_own_id(contacts: int) -> None:
    made = sample(2, contacts)[1]
    assert len({contact["source_id"] for contact in made}) == contacts


@pytest.mark.parametrize("contacts", [40, 300, 2000])
def test_every_trouble_occurs_and_most_have_none_that_blocks(contacts: int) -> None:
    counted = Counter(recipes(1, contacts))
    assert set(RECIPES) <= set(counted)
    assert counted["twin"] % 2 == 0
    if contacts >= 300:
        blocking = ["no_phone", "unverified", "low_score", "near_miss", "black_list"]
        blocking += ["placeholder", "emoji_only", "landline", "foreign"]
        assert 0.1 < sum(counted[name] for name in blocking) / contacts < 0.35


def test_contacts_have_the_keys_of_the_contract_and_are_json(crowd: list[tuple[str, Record]]) -> None:
    for recipe, contact in crowd:
        extra = set(contact) - KEYS - {"interactions"}
        assert bool(extra) is (recipe == "extra_keys")
        assert set(contact) >= KEYS
        assert json.loads(json.dumps(contact, ensure_ascii=False)) == contact


def test_both_kinds_interactions_and_times_occur(crowd: list[tuple[str, Record]]) -> None:
    contacts = [contact for _, contact in crowd]
    assert {contact["kind"] for contact in contacts} == {"company", "individual"}
    assert all((contact["kind"] == "company") is bool(contact["company"]) for contact in contacts)
    talks = [talk for contact in contacts for talk in contact.get("interactions", [])]
    assert len({talk["source_id"] for talk in talks}) == len(talks) > 100
    assert all(set(talk) == {"source_id", "at", "method", "content"} for talk in talks)
    assert all(datetime.fromisoformat(contact["updated_at"]).tzinfo for contact in contacts)


SOUND = sorted({"plain"} | set(RECIPES) - {"no_phone", "landline", "foreign"})


@pytest.mark.parametrize("recipe", SOUND)
def test_phone_numbers_are_valid_mainland_mobiles_and_clearly_invented(
    crowd: list[tuple[str, Record]], recipe: str
) -> None:
    for contact in having(crowd, recipe):
        number = phonenumbers.parse(contact["phone"], "CN")
        assert phonenumbers.is_valid_number(number)
        assert phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE
        assert str(number.national_number)[3:6] == "000"


@pytest.mark.parametrize("recipe", ["landline", "foreign", "no_phone"])
def test_some_have_no_mainland_mobile(crowd: list[tuple[str, Record]], recipe: str) -> None:
    for contact in having(crowd, recipe):
        assert not re.fullmatch(r"1\d{10}", digits(contact["phone"]))


SHAPES = [
    ("near_miss", "score", lambda value: 55 <= value < 60),
    ("low_score", "score", lambda value: value < 55),
    ("plain", "score", lambda value: value >= 60),
    ("black_list", "list", lambda value: value == "black"),
    ("unverified", "phone_verified", lambda value: value is False),
    ("plain", "phone_verified", lambda value: value is True),
    ("emoji_only", "name", lambda value: not re.search(r"\w", value)),
    ("emoji_name", "name", lambda value: bool(re.search(r"[一-鿿]", value)) and not value.isalnum()),
    ("long_name", "company", lambda value: len(value) > 100),
    ("long_notes", "notes", lambda value: len(value) > 4000),
    ("long_id", "source_id", lambda value: len(value) > 48),
    ("plus_86", "phone", lambda value: value.startswith("+86 ")),
    ("spaced", "phone", lambda value: re.fullmatch(r"\d{3} \d{4} \d{4}", value)),
    ("dashed", "phone", lambda value: re.fullmatch(r"\d{3}-\d{4}-\d{4}", value)),
    ("full_width", "phone", lambda value: re.fullmatch(r"[０-９]{11}", value)),
    ("unknown_channel", "channel", lambda value: value not in people.words.KNOWN_CHANNELS),
    ("k_code", "k_code", lambda value: re.fullmatch(r"K[-_]?\d{4}(-.+)?", value)),
    ("placeholder", "name", lambda value: value in people.words.PLACEHOLDERS),
]


@pytest.mark.parametrize(("recipe", "field", "fits"), SHAPES)
def test_a_recipe_does_what_its_name_says(crowd: list[tuple[str, Record]], recipe: str, field: str, fits: Any) -> None:
    found = having(crowd, recipe)
    assert found
    assert all(fits(contact[field]) for contact in found)


def test_k_codes_are_spelled_in_several_ways(crowd: list[tuple[str, Record]]) -> None:
    codes = [contact["k_code"] for contact in having(crowd, "k_code")]
    assert len({re.sub(r"[^\W_K]+", "", code) for code in codes}) >= 3


@pytest.fixture(scope="module")
def known() -> list[dict[str, str]]:
    return sample(1, 300)[0]


@pytest.mark.parametrize(
    ("recipe", "fits"),
    [
        ("same_mobile", lambda contact, one: digits(one["mobile"]) == contact["phone"]),
        ("same_khid", lambda contact, one: one["khid"] == f"WX{contact['source_id']}"),
        ("same_name", lambda contact, one: one["name"] == contact["company"].replace(" ", "")),
        ("same_wechat", lambda contact, one: one["weixinAcc"] == contact["wechat_id"]),
    ],
)
def test_some_contacts_are_exactly_one_customer(
    crowd: list[tuple[str, Record]], known: list[dict[str, str]], recipe: str, fits: Any
) -> None:
    found = having(crowd, recipe)
    assert found
    for contact in found:
        assert sum(bool(fits(contact, one)) for one in known) == 1


def test_an_ambiguous_contact_is_like_two_customers(
    crowd: list[tuple[str, Record]], known: list[dict[str, str]]
) -> None:
    for contact in having(crowd, "ambiguous"):
        like = [
            one
            for one in known
            if digits(one["mobile"]) == contact["phone"] or one["weixinAcc"] == contact["wechat_id"]
        ]
        assert len(like) >= 2


def test_twins_share_a_mobile_in_pairs_and_nobody_else_does(crowd: list[tuple[str, Record]]) -> None:
    twins = Counter(contact["phone"] for contact in having(crowd, "twin"))
    assert set(twins.values()) == {2}
    plain = [contact["phone"] for contact in having(crowd, "plain")]
    assert len(set(plain)) == len(plain)
    assert not set(plain) & set(twins)


def test_without_customers_nobody_resembles_one() -> None:
    known, contacts = sample(1, 50, 0)
    assert known == []
    assert len(contacts) == 50
    assert not {"same_mobile", "same_khid", "ambiguous"} & set(recipes(1, 50, 0))


def test_customers_fit_into_a_store_with_codes_that_exist(known: list[dict[str, str]]) -> None:
    store = Store()
    ords = store.add_customers(known)
    assert len(ords) == len(known) == people.DEFAULT_CUSTOMERS
    codes = {str(code) for code, _ in factory.DICTIONARY["ly"]} | {""}
    assert {one["ly"] for one in known} <= codes
    assert {str(row["stage"]) for row in store.customers()} <= {str(row["id"]) for row in store.tree("sort")}
    names = [one["name"] for one in known if one["intsort"] == "1"]
    assert len(set(names)) == len(names)


def test_customers_are_as_messy_as_the_fact_sheet_says(known: list[dict[str, str]]) -> None:
    written = [one["mobile"] for one in known if one["mobile"]]
    assert 0.3 < len(written) / len(known) < 0.8
    assert {" " in number for number in written} == {"-" in number for number in written} == {True, False}
    assert any(re.fullmatch(r"139\D?\d{4}\D?\d{4}", one["phone"]) for one in known)
    assert 0.5 < sum(one["cateid"] == "" for one in known) / len(known) < 0.95


def test_company_names_and_mobiles_do_not_repeat() -> None:
    assert len({people.company_name(1, index) for index in range(30_000)}) == 30_000
    assert len({people.mobile(index) for index in range(0, 400_000, 3)}) == len(range(0, 400_000, 3))
