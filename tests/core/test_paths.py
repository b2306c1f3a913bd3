"""Source paths: read once, never failing afterwards."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.samples import NOON, PERSON
from zbsync.core.paths import SOURCES, PathError, compile_path, in_time, latest
from zbsync.core.records import ContactRecord, InteractionRecord


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("name", "王小明"),
        (" name ", "王小明"),
        ("score", 91.0),
        ("k_code", PERSON.k_code),
        ("extra.level", "VIP"),
        ("extra.tags", ["老客户", "展会"]),
        ("extra.tags.0", "老客户"),
        ("extra.tags.1", "展会"),
        ("extra.shop.city", "重庆"),
        ("interactions.last.content", "第二次"),
        ("interactions.last.method", "微信"),
        ("interactions.1.content", "第一次"),
        ("interactions.count", 2),
    ],
)
def test_it_reads_the_place(path: str, value: object) -> None:
    assert compile_path(path)(PERSON) == value


@pytest.mark.parametrize(
    "path",
    [
        "extra.nothing",
        "extra.tags.7",
        "extra.tags.first",
        "extra.level.deeper",
        "extra.shop.city.street",
        "interactions.9.content",
        "first_deal_at",
    ],
)
def test_what_is_not_there_is_none(path: str) -> None:
    assert compile_path(path)(PERSON) is None


@pytest.mark.parametrize("path", ["interactions.last.content", "interactions.0.at", "extra.level"])
def test_a_bare_contact_has_none_of_it(path: str) -> None:
    assert compile_path(path)(ContactRecord("c-9")) is None


@pytest.mark.parametrize(
    ("path", "code", "place"),
    [
        ("", "path.empty", ""),
        ("  ", "path.empty", "  "),
        ("nmae", "path.unknown_field", "nmae"),
        ("contact.name", "path.unknown_field", "contact"),
        ("name.first", "path.not_nested", "name.first"),
        ("extra", "path.incomplete", "extra"),
        ("extra.", "path.incomplete", "extra."),
        ("extra..level", "path.incomplete", "extra..level"),
        ("interactions", "path.incomplete", "interactions"),
        ("interactions.last", "path.incomplete", "interactions.last"),
        ("interactions.last.text", "path.unknown_field", "text"),
        ("interactions.newest.content", "path.unknown_field", "newest"),
        ("__class__", "path.unknown_field", "__class__"),
    ],
)
def test_a_bad_path_is_refused_with_its_place(path: str, code: str, place: str) -> None:
    with pytest.raises(PathError) as refused:
        compile_path(path)
    assert (refused.value.code, refused.value.place) == (code, place)


@pytest.mark.parametrize("path", SOURCES)
def test_every_offered_source_can_be_read(path: str) -> None:
    compile_path(path)(PERSON)
    compile_path(path)(ContactRecord("c-9"))


def test_the_editor_does_not_offer_what_is_not_a_value() -> None:
    assert not {"extra", "interactions", "deleted"} & set(SOURCES)
    assert {"name", "phone", "wechat_id", "channel", "score"} <= set(SOURCES)


@given(st.text(max_size=20))
def test_any_path_is_read_or_refused(path: str) -> None:
    with contextlib.suppress(PathError):
        compile_path(path)(PERSON)


def test_interactions_are_told_in_order_of_time() -> None:
    undated = InteractionRecord("i-0", None, "微信", "无日期")
    newer = InteractionRecord("i-3", NOON, "微信", "新")
    told = in_time(ContactRecord("c", interactions=(newer, undated, *PERSON.interactions)))
    assert [one.source_id for one in told] == ["i-0", "i-1", "i-2", "i-3"]


def test_the_latest_is_the_newest_not_the_last_given() -> None:
    newest = latest(PERSON)
    assert newest is not None
    assert newest.source_id == "i-2"
