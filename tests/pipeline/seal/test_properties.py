"""Any change to any record of a sealed stream is seen, through either file format. No database: streams are values."""

import copy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zbsync.core.chain import START, link
from zbsync.pipeline import export, seal

AT = "2026-03-01T08:00:00+00:00"
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
scalars = (
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | texts
)
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3))


def entry(number: int, reason: str = "", after: Any = None) -> dict[str, Any]:
    return {
        "id": number, "act": f"{number:032x}", "at": AT, "actor_id": None, "actor_name": "王", "verb": "proposal.edit",
        "subject": "proposal", "subject_id": number, "contact_id": 7, "before": None, "after": after, "reason": reason,
    }  # fmt: skip


def exchange(number: int, body: str = "") -> dict[str, Any]:
    return {
        "id": number, "connection_id": 1, "push_id": None, "attempt_id": None, "proposal_id": None, "at": AT,
        "operation": "save", "method": "POST", "url": "http://erp.example/", "request_headers": {"A": body},
        "request_body": body, "status": 200, "response_headers": {}, "response_body": body, "elapsed_ms": 1.5,
        "error": "", "digest": "d" * 64,
    }  # fmt: skip


def sealed(rows: dict[str, list[dict[str, Any]]], run: int = 1) -> list[seal.Record]:
    """A stream as `seal.records` would tell it, with `run` rows per seal."""
    told: list[seal.Record] = [("export", {"format": 1, "since": None})]
    ends = {}
    for name in seal.TABLES:
        hash_, of_name = START, rows.get(name, [])
        for start in range(0, len(of_name), run):
            part, previous = of_name[start : start + run], hash_
            for row in part:
                hash_ = link(hash_, row)
            ends_at = {"first_id": part[0]["id"], "last_id": part[-1]["id"], "count": len(part)}
            told.append(("seal", {"of": name, **ends_at, "previous": previous, "hash": hash_, "at": AT}))
            told += [(name, row) for row in part]
        last = of_name[-1]["id"] if of_name else 0
        ends[name] = {"count": len(of_name), "last_id": last, "hash": hash_}
    return [*told, ("end", ends)]


STREAM = sealed({"entry": [entry(number) for number in (1, 2, 5, 6)], "exchange": [exchange(3), exchange(4)]})
HOLDS = [index for index, (kind, _) in enumerate(STREAM) if kind in seal.TABLES]


@quick
@given(index=st.sampled_from(HOLDS), new=values, data=st.data())
def test_no_value_of_any_row_can_change(index, new, data) -> None:
    told = copy.deepcopy(STREAM)
    kind, row = told[index]
    column = data.draw(st.sampled_from(sorted(row)))
    same = row[column] == new and type(row[column]) is type(new)
    row[column] = new
    report = seal.verify(told)
    assert report.ok is same
    if not same and column != "id":
        assert (report.why, report.table, report.id) == ("chain.row_altered", kind, row["id"])


@quick
@given(index=st.integers(0, len(STREAM) - 1))
def test_no_record_can_vanish(index) -> None:
    told = STREAM[:index] + STREAM[index + 1 :]
    # Without its head a whole stream is still a whole stream.
    assert seal.verify(told).ok is (index == 0)


@quick
@given(index=st.sampled_from(HOLDS), at=st.integers(1, len(STREAM) - 1))
def test_no_row_can_come_twice_or_elsewhere(index, at) -> None:
    told = [*STREAM[:at], STREAM[index], *STREAM[at:]]
    report = seal.verify(told)
    assert not report.ok
    assert report.why in {"chain.row_added", "chain.row_missing"}


@quick
@given(order=st.permutations(range(1, len(STREAM) - 1)))
def test_no_two_records_can_change_places(order) -> None:
    told = [STREAM[0], *(STREAM[index] for index in order), STREAM[-1]]
    by_table = [[one for one in told if one[0] == name or one[1].get("of") == name] for name in seal.TABLES]
    kept = [[one for one in STREAM if one[0] == name or one[1].get("of") == name] for name in seal.TABLES]
    # Entries and exchanges are two chains: how they are told in turns means nothing.
    assert seal.verify(told).ok is (by_table == kept)


@pytest.mark.parametrize("run", [1, 2, 3, 10])
def test_longer_runs_hold_as_well_and_name_the_run(run) -> None:
    told = sealed({"entry": [entry(number) for number in range(1, 11)]}, run)
    assert seal.verify(told).checked == {"entry": 10, "exchange": 0, "seal": -(-10 // run)}
    spoiled = [(kind, row | {"reason": "x"} if row.get("id") == 6 else row) for kind, row in told]
    report = seal.verify(spoiled)
    first = (6 - 1) // run * run + 1
    assert (report.why, report.id) == ("chain.row_altered", first)


@quick
@given(reason=texts, after=values, body=texts)
@pytest.mark.parametrize("format_", export.FORMATS)
def test_any_text_and_any_value_survive_a_file(tmp_path: Path, format_, reason, after, body) -> None:
    told = sealed({"entry": [entry(1, reason, after)], "exchange": [exchange(1, body)]})
    path = tmp_path / "audit"
    export.write(path, format_, told)
    again = list(export.read(path))
    assert again == told
    assert seal.verify(again).ok


@quick
@given(cell=texts)
def test_a_guarded_cell_is_no_formula_and_comes_back(cell) -> None:
    guarded = export.guard(cell)
    assert not guarded.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert guarded.removeprefix("'") == cell


@quick
@given(cut=st.floats(0.0, 0.999))
@pytest.mark.parametrize("format_", export.FORMATS)
def test_a_file_cut_anywhere_is_never_taken_for_whole(tmp_path: Path, format_, cut) -> None:
    path = tmp_path / "audit"
    export.write(path, format_, STREAM)
    text = path.read_bytes()
    path.write_bytes(text[: int((len(text) - 1) * cut)])
    try:
        whole = seal.verify(export.read(path)).ok
    except export.ExportError:
        whole = False
    assert not whole
