"""The hash chain: whoever alters, removes, adds or swaps a row is found."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zbsync.core.chain import START, link, verify

ROWS: list[dict[str, Any]] = [{"id": number, "act": "proposal.approve", "who": "王"} for number in range(5)]


def chained(rows: list[dict[str, Any]], start: str = START) -> list[tuple[dict[str, Any], str]]:
    linked, previous = [], start
    for row in rows:
        previous = link(previous, row)
        linked.append((row, previous))
    return linked


def test_an_untouched_chain_holds() -> None:
    assert verify(chained(ROWS)) is None
    assert verify([]) is None


@pytest.mark.parametrize("place", range(5))
def test_an_altered_row_is_named(place: int) -> None:
    rows = chained(ROWS)
    rows[place] = ({**rows[place][0], "who": "李"}, rows[place][1])
    assert verify(rows) == place


@pytest.mark.parametrize("place", range(4))
def test_a_removed_row_is_noticed_at_its_place(place: int) -> None:
    rows = chained(ROWS)
    del rows[place]
    assert verify(rows) == place


def test_a_swapped_and_an_inserted_row_are_noticed() -> None:
    rows = chained(ROWS)
    assert verify([rows[1], rows[0], *rows[2:]]) == 0
    assert verify([*rows[:2], rows[1], *rows[2:]]) == 2


def test_a_forged_hash_is_noticed_at_once() -> None:
    rows = chained(ROWS)
    rows[3] = (rows[3][0], "f" * 64)
    assert verify(rows) == 3


def test_a_chain_goes_on_from_a_checkpoint() -> None:
    rows = chained(ROWS)
    assert verify(rows[2:], start=rows[1][1]) is None
    assert verify(rows[2:]) == 0


def test_removing_the_tail_is_only_seen_by_a_checkpoint() -> None:
    rows = chained(ROWS)
    assert verify(rows[:3]) is None
    assert rows[2][1] != rows[4][1]


def test_rows_are_read_one_by_one() -> None:
    read = []

    def stream() -> Iterator[tuple[dict[str, Any], str]]:
        for row, claimed in chained(ROWS):
            read.append(row["id"])
            yield row, "x" if row["id"] == 1 else claimed

    assert verify(stream()) == 1
    assert read == [0, 1]


def test_a_row_that_is_not_json_is_refused() -> None:
    with pytest.raises(TypeError):
        link(START, {"at": object()})


@given(st.dictionaries(st.text(max_size=4), st.text(max_size=4) | st.integers(), min_size=1))
def test_a_link_does_not_depend_on_the_order_of_columns(row: dict[str, Any]) -> None:
    assert link(START, row) == link(START, dict(reversed(row.items())))
    assert len(link(START, row)) == 64
