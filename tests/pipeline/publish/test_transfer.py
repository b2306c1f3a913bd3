"""Out and in again: a version comes back exactly, and a file that is wrong says where and stores nothing."""

import io
import json
import zipfile
from dataclasses import replace
from typing import Any

import openpyxl
import pytest
from django.core.exceptions import PermissionDenied
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.admin.people import someone
from tests.models import make
from zbsync.core.defaults import DEFAULT_RULES
from zbsync.core.mapping import Policy, Rule, TooLong
from zbsync.models import Contact, Entry, Mapping, ValueMap
from zbsync.pipeline import bootstrap, publish, tables

pytestmark = pytest.mark.django_db
FORMS: dict[str, Any] = {
    "json": (publish.as_json, publish.read_json),
    "xlsx": (publish.as_workbook, publish.read_workbook),
}
TARGETS = ["intro", "product", "c2", "c3", "c4", "email", "url", "job", "qq"]


@pytest.fixture(autouse=True)
def installed() -> None:
    make.options(make.erp())
    bootstrap.seed()


def through(document: publish.Document, form: str) -> publish.Document:
    write, read = FORMS[form]
    written = write(document)
    return read(written if isinstance(written, bytes) else written.encode())


def first() -> publish.Document:
    return publish.document_of(Mapping.objects.get(version=1))


@pytest.mark.parametrize("form", FORMS)
def test_the_published_version_comes_back_exactly(form: str) -> None:
    document = first()
    back = through(document, form)
    assert (back.rules, back.value_maps, back.note) == (document.rules, document.value_maps, document.note)
    made = publish.take(back, someone("mapper"))
    assert publish.document_of(made) == replace(document, version=2)
    assert tables.read_rules(made) == DEFAULT_RULES


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
RULES = st.lists(
    st.builds(
        Rule,
        target=st.sampled_from(TARGETS),
        source=st.just("notes"),
        transform=st.just("constant"),
        argument=TEXT.filter(bool),
        default=TEXT,
        required=st.booleans(),
        policy=st.sampled_from(Policy),
        too_long=st.sampled_from(TooLong),
        applies_to=st.sampled_from(["both"]),
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda rule: rule.target,
)
PAIRS = st.dictionaries(TEXT.filter(lambda text: text.strip() == text), TEXT.filter(str.strip), max_size=4)


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=40, deadline=None)
@given(rules=RULES, pairs=PAIRS, note=TEXT)
def test_whatever_text_stands_in_it_comes_back(form: str, rules: list[Rule], pairs: dict[str, str], note: str) -> None:
    placed = tuple(replace(rule, position=number) for number, rule in enumerate(rules, start=1))
    document = publish.Document(placed, (publish.NamedMap("m-1", "exact", note, tuple(pairs.items())),), note)
    back = through(document, form)
    assert (back.rules, back.value_maps, back.note) == (document.rules, document.value_maps, document.note)


@pytest.mark.parametrize(
    "text", ["=1+1", "007", "1e5", "2025-01-31", " x ", "a\r\nb\tc", "_x0041_", "TRUE", "#N/A", "\x07"]
)
def test_a_workbook_turns_no_text_into_something_else(text: str) -> None:
    document = publish.Document((Rule("intro", "notes", "constant", text, position=1),))
    assert through(document, "xlsx").rules == document.rules


# ---------------------------------------------------------------- what people fill in
def sheet(*rows: list[Any], header: list[str] | None = None, maps: list[list[Any]] | None = None) -> bytes:
    """A workbook as somebody makes it by hand."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = "rules"
    for row in ([*(header or ["target", "source", "transform", "argument"])], *rows):
        page.append(row)
    for row in maps or []:
        (book["value_maps"] if "value_maps" in book.sheetnames else book.create_sheet("value_maps")).append(row)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def test_numbers_flags_and_empty_lines_are_read_as_they_are_meant() -> None:
    header = ["position", "target", "source", "transform", "argument", "required"]
    rows: list[list[Any]] = [[2, "intro", "notes", "cut", 20, True], [None] * 6, [1, "job", "remark", None, None, "否"]]
    maps: list[list[Any]] = [
        ["name", "kind", "key", "value"],
        ["grade", "threshold", 90, "高"],
        ["grade", "threshold", None, "低"],
    ]
    read = publish.read_workbook(sheet(*rows, header=header, maps=maps))
    assert [(rule.target, rule.transform, rule.argument, rule.required) for rule in read.rules] == [
        ("job", "copy", "", False), ("intro", "cut", "20", True)]  # fmt: skip
    assert read.value_maps == (publish.NamedMap("grade", "threshold", "", (("90", "高"), ("", "低"))),)


def wrongs(data: bytes) -> list[tuple[str, int, str, str]]:
    read = publish.read_workbook if data.startswith(b"PK") else publish.read_json
    with pytest.raises(publish.FileWrong) as caught:
        read(data)
    return [(one.part, one.row, one.column, one.finding.code) for one in caught.value.wrongs]


@pytest.mark.parametrize(
    ("cells", "column", "code"),
    [
        ({"target": "nowhere"}, "target", "mapping.unknown_target"),
        ({"target": ""}, "target", "transfer.missing"),
        ({"source": "nix"}, "source", "mapping.bad_path"),
        ({"transform": "cut", "argument": "many"}, "argument", "mapping.bad_argument"),
        ({"policy": "sometimes"}, "policy", "transfer.not_one_of"),
        ({"applies_to": "all"}, "applies_to", "transfer.not_one_of"),
        ({"required": "perhaps"}, "required", "transfer.not_yes_or_no"),
        ({"position": "first"}, "position", "transfer.not_a_place"),
        ({"default": "x" * 501}, "default", "transfer.too_long"),
        ({"default": 7}, "default", "transfer.not_text"),
        ({"colour": "red"}, "colour", "transfer.unknown_column"),
    ],
)
def test_a_wrong_cell_is_told_by_row_and_column(cells: dict[str, Any], column: str, code: str) -> None:
    good = {"target": "job", "source": "remark"}
    whole = {"format": "zbsync.mapping/1", "rules": [good, {"target": "intro", "source": "notes", **cells}]}
    assert wrongs(json.dumps(whole).encode()) == [("rules", 2, column, code)]


def test_in_a_workbook_the_row_is_that_of_the_sheet() -> None:
    data = sheet(["job", "remark"], [], ["intro", "nix"], ["nowhere", "name"], ["job", "name"])
    assert wrongs(data) == [
        ("rules", 4, "source", "mapping.bad_path"),
        ("rules", 5, "target", "mapping.unknown_target"),
        ("rules", 6, "target", "mapping.duplicate_target"),
    ]


@pytest.mark.parametrize(
    ("maps", "found"),
    [
        ([["m", "threshold", "many", "x"]], [("value_maps", 2, "key", "mapping.bad_bound")]),
        ([["m", "exact", "a", "x"], ["m", "exact", "a", "y"]], [("value_maps", 2, "key", "mapping.pair_twice")]),
        ([["m", "exact", "a", ""]], [("value_maps", 2, "key", "mapping.pair_empty")]),
        ([["m", "odd", "a", "b"]], [("value_maps", 2, "key", "mapping.bad_map_kind")]),
        ([["no name", "exact", "a", "b"]], [("value_maps", 2, "name", "transfer.bad_name")]),
        ([["m", "exact", "a" * 201, "b"]], [("value_maps", 2, "key", "transfer.too_long")]),
    ],
)
def test_a_wrong_value_map_is_told_too(maps: list[list[str]], found: list[tuple[str, int, str, str]]) -> None:
    assert wrongs(sheet(["job", "remark"], maps=[["name", "kind", "key", "value"], *maps])) == found


def bomb() -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/big.xml", b"0" * (41 << 20))
    return kept.getvalue()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"{", "transfer.not_readable"),
        (b"\xff\xfe\x00", "transfer.not_readable"),
        (b"[" * 100_000, "transfer.not_readable"),
        (b"[]", "transfer.not_ours"),
        (b'{"format": "zbsync.mapping/2"}', "transfer.not_ours"),
        (b'{"format": "zbsync.mapping/1", "rules": {}}', "transfer.not_rows"),
        (b'{"format": "zbsync.mapping/1", "rules": []}', "publish.no_rules"),
        (b'{"format": "zbsync.mapping/1", "value_maps": [{"name": "m", "pairs": [["a"]]}]}', "transfer.bad_pairs"),
        (b"PK\x03\x04 broken", "transfer.not_readable"),
        (bomb(), "transfer.not_readable"),
    ],
)
def test_what_is_no_export_is_refused_as_a_whole(data: bytes, code: str) -> None:
    assert [found[-1] for found in wrongs(data)] == [code]


def test_more_than_a_mapping_can_have_is_refused() -> None:
    data = sheet(*[["job", "remark"] for _ in range(501)])
    assert ("", 0, "", "transfer.too_many") in wrongs(data)


def test_a_workbook_without_the_sheet_is_refused() -> None:
    kept = io.BytesIO()
    openpyxl.Workbook().save(kept)
    assert wrongs(kept.getvalue()) == [("", 0, "", "transfer.no_sheet")]


# ---------------------------------------------------------------- taking it in
def grades(value: str = "高") -> publish.Document:
    pairs = (("a", value), ("b", "低"))
    return publish.Document(
        (Rule("intro", "notes", position=1),), (publish.NamedMap("grades", "exact", "", pairs),), "neu"
    )


def test_an_import_is_a_draft_with_its_value_maps_and_a_trace() -> None:
    made = publish.take(grades(), someone("mapper"))
    assert (made.state, made.version, made.note) == ("draft", 2, "neu")
    assert dict(ValueMap.objects.get(name="grades").entries.values_list("key", "value")) == {"a": "高", "b": "低"}
    entry = Entry.objects.get(verb="mapping.import")
    assert entry.after == {"version": 2, "rules": 1, "value_maps": ["grades"], "replaced": []}
    assert Mapping.objects.get(state="published").version == 1


def test_a_value_map_in_force_is_only_replaced_when_that_is_said() -> None:
    publish.take(grades(), make.user())
    contact = make.contact(proposed_version=1)
    with pytest.raises(publish.FileWrong) as caught:
        publish.take(grades("更高"), make.user())
    assert caught.value.wrongs[0].finding.params == {"map": "grades"}
    assert Mapping.objects.count() == 2
    assert not Contact.objects.due().exists()
    row = ValueMap.objects.get(name="grades").entries.get(key="b")
    publish.take(grades("更高"), make.user(), replace_maps=True)
    entries = ValueMap.objects.get(name="grades").entries
    assert dict(entries.values_list("key", "value")) == {"a": "更高", "b": "低"}
    assert entries.get(key="b").pk == row.pk
    assert list(Contact.objects.due()) == [contact]


def test_the_same_value_map_again_changes_nothing() -> None:
    publish.take(grades(), make.user())
    make.contact(proposed_version=1)
    publish.take(grades(), make.user())
    assert not Contact.objects.due().exists()


@pytest.mark.parametrize("role", ["reviewer", "operator", "auditor"])
def test_who_may_not_change_the_mapping_imports_none(role: str) -> None:
    with pytest.raises(PermissionDenied):
        publish.take(grades(), someone(role))
    assert not ValueMap.objects.filter(name="grades").exists()
    assert Mapping.objects.count() == 1
