"""Where the bars of a chart stand, as numbers for an SVG made by a template. No colours, no words, no queries."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 960, 240, 44, 24, 12
GAP = 0.3
"""Share of a day's width that stays free."""
STEPS = (1, 2, 3, 5, 10)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar, in the picture's own units; `row` and `column` say whose it is."""

    row: int
    column: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Bars:
    """Groups of bars: the bars, each line's height with its number, and where the middle of each group is."""

    bars: list[Bar]
    lines: list[tuple[float, int]]
    middles: list[float]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    base: int = HEIGHT - BOTTOM


def bars(rows: Sequence[Sequence[int]]) -> Bars:
    """One group per row, one bar per number; a bar that is not nothing is seen."""
    top = ceiling(max((number for row in rows for number in row), default=0))
    room = HEIGHT - BOTTOM - TOP
    each = (WIDTH - LEFT) / max(1, len(rows))
    made = []
    for row, numbers in enumerate(rows):
        wide = each * (1 - GAP) / max(1, len(numbers))
        for column, number in enumerate(numbers):
            high = max(2.0, room * number / top) if number else 0.0
            x = LEFT + each * (row + GAP / 2) + wide * column
            made.append(Bar(row, column, round(x, 1), round(HEIGHT - BOTTOM - high, 1), round(wide, 1), round(high, 1)))
    lines = [(round(HEIGHT - BOTTOM - room * part / 4, 1), round(top * part / 4)) for part in range(5)]
    return Bars(made, lines, [round(LEFT + each * (row + 0.5), 1) for row in range(len(rows))])


def ceiling(number: int) -> int:
    """The least round number that is not below this one and can be cut into four."""
    unit = 4
    while number > unit * STEPS[-1]:
        unit *= STEPS[-1]
    return next(unit * step for step in STEPS if number <= unit * step)
