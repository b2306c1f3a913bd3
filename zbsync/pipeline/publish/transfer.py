"""A version as a file and back: its rules and the value maps they name, as JSON or as a workbook.

What is written is read back exactly. A file becomes a draft, or nothing of it is stored and every fault is told by its
row and column. Value maps are no part of a version: they are in force at once, so one that stands here and differs is
only replaced when the person says so.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from zbsync.core.findings import Finding
from zbsync.core.mapping import COLUMNS, Policy, Rule, TooLong, check_value_map
from zbsync.core.records import JSONObject
from zbsync.models import AppliesTo, MappingRule
from zbsync.models import Mapping as MappingRow
from zbsync.pipeline import audit, tables
from zbsync.pipeline.publish.maps import VALUE_MAPS, NamedMap, read_maps, same_map, store_map
from zbsync.pipeline.publish.versions import PERMISSION, all_again, faults, fields_of, in_order, store

FORMAT = "zbsync.mapping/1"
RULES, MAPS = "rules", "value_maps"
MAP_COLUMNS = ("name", "kind", "note", "key", "value")
MOST_RULES, MOST_PAIRS = 500, 20_000
_CHOICES: Mapping[str, Sequence[str]] = {
    "applies_to": AppliesTo.values,
    "policy": [str(one) for one in Policy],
    "too_long": [str(one) for one in TooLong],
}
_MAY_BE_EMPTY = ("argument", "source", "default")
_YES, _NO = {"true", "1", "yes", "是"}, {"false", "0", "no", "否", ""}


@dataclass(frozen=True, slots=True)
class Wrong:
    """One fault of a file: in which part (`rules`, `value_maps`, "" for the file itself), row and column."""

    part: str
    row: int
    column: str
    finding: Finding


class FileWrong(ValueError):
    """A file that cannot become a draft; `wrongs` has every fault, in the order of the file."""

    def __init__(self, wrongs: Iterable[Wrong]) -> None:
        self.wrongs = list(wrongs)
        super().__init__(f"{len(self.wrongs)} faults")


@dataclass(frozen=True, slots=True)
class Document:
    """A version apart from the database: rules in their order with the rows they stand in, and the value maps."""

    rules: tuple[Rule, ...]
    value_maps: tuple[NamedMap, ...] = ()
    note: str = ""
    version: int = 0
    rows: tuple[int, ...] = field(default=(), compare=False)


Cells = tuple[int, Mapping[str, Any]]
"""One row of a file: its number and what stands in each column."""


def document_of(mapping: MappingRow) -> Document:
    """A version with the value maps that its rules name; three statements."""
    rules = tables.read_rules(mapping)
    names = {rule.argument.partition(":")[0].strip() for rule in rules if rule.transform == "value_map"}
    return Document(rules, tuple(read_maps(names)), mapping.note, mapping.version)


def as_json(document: Document) -> str:
    """The document as JSON, indented, in an order that does not depend on chance."""
    whole = {
        "format": FORMAT,
        "version": document.version,
        "note": document.note,
        RULES: [fields_of(rule) for rule in document.rules],
        MAPS: [
            {"name": one.name, "kind": one.kind, "note": one.note, "pairs": [list(pair) for pair in one.pairs]}
            for one in document.value_maps
        ],
    }
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def read_json(data: bytes) -> Document:
    """The document in a JSON file; raises FileWrong. Rows are counted from 1 in each part."""
    try:
        whole = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise FileWrong([_of_file("transfer.not_readable")]) from None
    if not isinstance(whole, dict) or whole.get("format") != FORMAT:
        raise FileWrong([_of_file("transfer.not_ours", format=FORMAT)])
    rules, maps = _rows(whole, RULES), _rows(whole, MAPS)
    pairs: list[Cells] = []
    for row, one in maps:
        told = {name: one[name] for name in ("name", "kind", "note") if name in one}
        given = one.get("pairs", [])
        whole_pairs = isinstance(given, list) and all(isinstance(pair, list) and len(pair) == 2 for pair in given)
        listed = given if whole_pairs and given else [["", ""]]
        pairs += [(row, {**told, "key": pair[0], "value": pair[1]}) for pair in listed]
        if not whole_pairs or one.keys() - {"name", "kind", "note", "pairs"}:
            raise FileWrong([Wrong(MAPS, row, "pairs", Finding("transfer.bad_pairs"))])
    return build(rules, pairs, note=str(whole.get("note", "")))


def build(rules: Sequence[Cells], pairs: Sequence[Cells], *, note: str = "") -> Document:
    """A document of the rows of a file; raises FileWrong with every cell that is wrong."""
    wrongs: list[Wrong] = []
    if len(rules) > MOST_RULES or len(pairs) > MOST_PAIRS:
        wrongs.append(_of_file("transfer.too_many", rules=MOST_RULES, pairs=MOST_PAIRS))
    made = [_rule(row, cells, wrongs) for row, cells in rules[:MOST_RULES]]
    if not made:
        wrongs.append(_of_file("publish.no_rules"))
    maps = _grouped(pairs[:MOST_PAIRS], wrongs)
    if not wrongs:
        placed = sorted(zip(made, (row for row, _cells in rules), strict=True), key=lambda pair: pair[0].position)
        document = Document(
            tuple(in_order([rule for rule, _row in placed])), tuple(maps), note[:500], 0, tuple(r for _, r in placed)
        )
        wrongs += _cannot_work(document)
    if wrongs:
        raise FileWrong(wrongs)
    return document


def take(document: Document, by: AbstractBaseUser, *, replace_maps: bool = False) -> MappingRow:
    """A new draft with the rules of a document; its value maps are made where there are none of that name.

    Raises PermissionDenied and FileWrong: a value map of the same name that differs, unless `replace_maps` asks for it
    to be replaced; then every contact goes through it again.
    """
    actor = audit.permit(by, PERMISSION)
    with transaction.atomic():
        tables.lock_rules()
        here = {one.name: one for one in read_maps({one.name for one in document.value_maps})}
        made = [one for one in document.value_maps if one.name not in here]
        other = [one for one in document.value_maps if one.name in here and not same_map(here[one.name], one)]
        if made or (other and replace_maps):
            audit.permit(by, VALUE_MAPS)
        if other and not replace_maps:
            raise FileWrong(Wrong(MAPS, one.row, "name", Finding("transfer.map_differs", params={"map": one.name}))
                            for one in other)  # fmt: skip
        version = (MappingRow.objects.aggregate(last=Max("version"))["last"] or 0) + 1
        draft = MappingRow.objects.create(version=version, note=document.note)
        store(draft, document.rules)
        for one in (*made, *other):
            store_map(one)
        after = {"version": version, "rules": len(document.rules), "value_maps": [one.name for one in made]}
        line = audit.Line("mapping", draft.pk, after={**after, "replaced": [one.name for one in other]})
        audit.write(audit.new_act(), actor, "mapping.import", [line], now=timezone.now())
        if other:
            all_again(actor, "rules.reconsider", audit.Line("contact"), timezone.now(), f"v{version}")
    return draft


def _of_file(code: str, **params: Any) -> Wrong:
    return Wrong("", 0, "", Finding(code, params=params))


def _rows(whole: JSONObject, part: str) -> list[Cells]:
    given = whole.get(part, [])
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise FileWrong([Wrong(part, 0, "", Finding("transfer.not_rows", params={"part": part}))])
    return list(enumerate(given, start=1))


def _rule(row: int, cells: Mapping[str, Any], wrongs: list[Wrong]) -> Rule:
    """The rule of one row; what is wrong with a cell is added, and its default stands in."""
    values: dict[str, Any] = {}
    for column in [name for name in cells if name not in COLUMNS]:
        params = {"column": column, "known": ", ".join(COLUMNS)}
        wrongs.append(Wrong(RULES, row, column, Finding("transfer.unknown_column", params=params)))
    for column in COLUMNS:
        if column not in cells:
            continue
        read = _position if column == "position" else _flag if column == "required" else _text
        found = read(column, cells[column])
        if isinstance(found, Finding):
            wrongs.append(Wrong(RULES, row, column, found))
        else:
            values[column] = found
    if not values.get("target") and not any(one.row == row and one.part == RULES for one in wrongs):
        wrongs.append(Wrong(RULES, row, "target", Finding("transfer.missing", params={"column": "target"})))
    given: dict[str, Any] = {name: value for name, value in values.items() if value != "" or name in _MAY_BE_EMPTY}
    for name, enum in (("policy", Policy), ("too_long", TooLong)):
        if name in given:
            given[name] = enum(given[name])
    return Rule(**{"target": "", **given})


def _text(column: str, given: Any) -> str | Finding:
    if not isinstance(given, str) or "\0" in given:
        return Finding("transfer.not_text", params={"value": str(given)})
    if column in _CHOICES:
        if given and given not in _CHOICES[column]:
            return Finding("transfer.not_one_of", params={"value": given, "known": ", ".join(_CHOICES[column])})
        return given
    most = MappingRule._meta.get_field(column).max_length or 0  # type: ignore[union-attr]
    if len(given) > most:
        return Finding("transfer.too_long", params={"length": len(given), "max": most})
    return given


def _flag(_column: str, given: Any) -> bool | Finding:
    said = str(given).strip().lower()
    if said not in _YES | _NO:
        return Finding("transfer.not_yes_or_no", params={"value": str(given)})
    return said in _YES


def _position(_column: str, given: Any) -> int | Finding:
    said = str(given).strip()
    if not (said.isascii() and said.isdecimal() and int(said) < 32768) and said:
        return Finding("transfer.not_a_place", params={"value": said})
    return int(said or 32767)


def _grouped(pairs: Sequence[Cells], wrongs: list[Wrong]) -> list[NamedMap]:
    """The value maps that rows of pairs make up; a row without a pair only names its map."""
    maps: dict[str, NamedMap] = {}
    for row, cells in pairs:
        if bad := [column for column in cells if column not in MAP_COLUMNS or not isinstance(cells[column], str)]:
            wrongs.append(Wrong(MAPS, row, bad[0], Finding("transfer.not_text", params={"value": str(cells[bad[0]])})))
            continue
        name, kind, note, key, value = (str(cells.get(column, "")) for column in MAP_COLUMNS)
        if found := _bad_map(name, key, value):
            wrongs.append(Wrong(MAPS, row, *found))
            continue
        known = maps.setdefault(name, NamedMap(name, kind or "exact", note, (), row))
        if key or value:
            maps[name] = replace(known, pairs=(*known.pairs, (key, value)))
    for one in maps.values():
        wrongs += [Wrong(MAPS, one.row, "key", finding) for finding in check_value_map(one.name, one.kind, one.pairs)]
    return list(maps.values())


def _bad_map(name: str, key: str, value: str) -> tuple[str, Finding] | None:
    if not name or not all(char.isascii() and (char.isalnum() or char in "-_") for char in name):
        return "name", Finding("transfer.bad_name", params={"value": name})
    for column, text, most in (("name", name, 50), ("key", key, 200), ("value", value, 200)):
        if len(text) > most:
            return column, Finding("transfer.too_long", params={"length": len(text), "max": most})
    return None


def _cannot_work(document: Document) -> list[Wrong]:
    """Rules that do not compile, at the row and column where they are mended."""
    return [
        Wrong(RULES, document.rows[place], column, finding)
        for place, found in sorted(faults(document.rules).items())
        for column, finding in found
    ]
