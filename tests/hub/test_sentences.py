"""Whatever is wrong with a row is said in a sentence with what stood there, and a mend that works."""

from typing import Any

import pytest
from django.utils import translation

from zbsync import sentences
from zbsync.core.findings import Finding
from zbsync.hub.normalize import FIELDS, normalise
from zbsync.sentences.intake import INTAKE, MENDS

DEEP: Any = "x"
for _ in range(25):
    DEEP = [DEEP]

BAD: dict[str, list[tuple[dict[str, Any], dict[str, Any]]]] = {
    # code -> (what was written, the same mended)
    "intake.source_id_missing": [({"source_id": " "}, {"source_id": "c1"})],
    "intake.spoiled_number": [
        ({"phone": "1.38E+10"}, {"phone": "13800138000"}),
        ({"source_id": 2.0**60}, {"source_id": "c1"}),
    ],
    "intake.not_text": [({"name": ["张三"]}, {"name": "张三"}), ({"notes": {"a": 1}}, {"notes": "a 1"})],
    "intake.too_long": [({"name": "长" * 501}, {"name": "长" * 500}), ({"email": "e" * 300}, {"email": "e@a.example"})],
    "intake.too_deep": [({"级别": DEEP}, {"级别": "x"})],
    "intake.not_yes_or_no": [
        ({"phone_verified": "maybe"}, {"phone_verified": "是"}),
        ({"deleted": 2}, {"deleted": "否"}),
    ],
    "intake.not_a_number": [
        ({"score": "85,5"}, {"score": "85.5"}),
        ({"score": "gut"}, {"score": 85}),
        ({"extra": {"n": float("nan")}}, {"extra": {"n": 1}}),
    ],
    "intake.not_a_percentage": [
        ({"confidence": "0.8"}, {"confidence": "80"}),
        ({"confidence": 101}, {"confidence": 100}),
    ],
    "intake.not_a_kind": [({"kind": "外星人"}, {"kind": "公司"}), ({"kind": "x"}, {"kind": ""})],
    "intake.not_a_list_name": [({"list": "紫名单"}, {"list": "白名单"})],
    "intake.not_a_date": [
        ({"updated_at": "5/1/2026"}, {"updated_at": "2026-01-05"}),
        ({"first_deal_at": "gestern"}, {"first_deal_at": "2026-01-05 08:30"}),
    ],
    "intake.not_interactions": [({"interactions": "问过价格"}, {"interactions": []})],
    "intake.bad_interaction": [
        ({"interactions": [{"content": "x"}]}, {"interactions": [{"source_id": "m1", "content": "x"}]}),
        (
            {"interactions": [{"source_id": "m1", "at": "x"}]},
            {"interactions": [{"source_id": "m1", "at": "2026-01-05"}]},
        ),
        ({"interactions": ["x"]}, {"interactions": [{"source_id": "m1"}]}),
    ],
}
CASES = [(code, bad, good) for code, pairs in BAD.items() for bad, good in pairs]
OF_LINES: dict[str, dict[str, Any]] = {
    "intake.not_json": {"value": "{", "place": 1},
    "intake.not_an_object": {"value": "[]"},
    "intake.broken_bytes": {"value": "\ufffd"},
    "intake.broken_quotes": {"value": '"a'},
    "intake.too_many_cells": {"value": "a,b", "cells": 2, "columns": 1},
}
"""Faults of a whole line, which the readers tell."""


def found(row: dict[str, Any]) -> list[Finding]:
    return normalise({"source_id": "c1", **row}).findings


@pytest.mark.parametrize(("code", "bad", "good"), CASES)
def test_what_is_wrong_is_named_and_the_mend_mends_it(code: str, bad: dict[str, Any], good: dict[str, Any]) -> None:
    [finding] = found(bad)
    assert finding.code == code
    assert finding.field == next(iter(bad))
    assert found(good) == []


@pytest.mark.parametrize(("code", "bad", "good"), CASES)
def test_it_is_said_in_a_sentence_with_nothing_missing(code: str, bad: dict[str, Any], good: dict[str, Any]) -> None:
    [finding] = found(bad)
    with translation.override("en"):
        told, mend = sentences.say(finding), sentences.mend(finding)
    assert sentences.UNKNOWN not in told + mend
    assert told.endswith(".")
    assert mend.endswith(".")
    assert code not in told


@pytest.mark.parametrize("code", OF_LINES)
def test_a_line_that_cannot_be_read_has_its_sentence_and_mend(code: str) -> None:
    finding = Finding(code, params=OF_LINES[code])
    with translation.override("en"):
        assert sentences.say(finding).endswith(".")
        assert sentences.mend(finding).endswith(".")


def test_every_mend_is_tried_here() -> None:
    assert set(MENDS) == set(BAD) | set(OF_LINES)
    assert set(MENDS) <= set(INTAKE)


def test_every_fault_of_a_row_is_told_at_once() -> None:
    row: dict[str, Any] = {name: [] for name in FIELDS if name != "interactions"} | {"interactions": 7}
    assert {one.field for one in normalise(row).findings} == set(FIELDS)
