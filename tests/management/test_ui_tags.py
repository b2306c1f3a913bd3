"""The template helpers of the desk, as a template calls them."""

import pytest
from django.template import Context, Template
from django.utils.safestring import mark_safe
from hypothesis import given
from hypothesis import strategies as st

from zbsync.templatetags.zbsync_ui import SHAPES


def rendered(source: str, **values: object) -> str:
    return Template("{% load zbsync_ui %}" + source).render(Context(values))


@pytest.mark.parametrize(
    ("cell", "header", "shown"),
    [
        ('<td class="field-name">A</td>', {"text": "Name"}, '<td data-label="Name" class="field-name">A</td>'),
        ("<td>A</td>", {"text": "Name"}, '<td data-label="Name">A</td>'),
        ('<th class="x">A > B</th>', {"text": "Name"}, '<th scope="row" data-label="Name" class="x">A > B</th>'),
        ("<td>A > B</td>", {"text": "Name"}, '<td data-label="Name">A > B</td>'),
        ("<td>A</td>", {"text": '<input type="checkbox">'}, '<td data-label="">A</td>'),
        ("<td>A</td>", {"text": 'say "hi" <b>'}, '<td data-label="say &quot;hi&quot; &lt;b&gt;">A</td>'),
        ("<td>A</td>", "", '<td data-label="">A</td>'),
    ],
)
def test_a_cell_carries_the_name_of_its_column(cell: str, header: object, shown: str) -> None:
    assert rendered("{{ cell|with_label:header }}", cell=mark_safe(cell), header=header) == shown


@given(st.text(max_size=20))
def test_no_column_can_break_out_of_its_label(text: str) -> None:
    told = rendered("{{ cell|with_label:header }}", cell=mark_safe("<td>A</td>"), header={"text": text})
    assert told.startswith('<td data-label="')
    assert told.endswith('">A</td>')
    inside = told.removeprefix('<td data-label="').removesuffix('">A</td>')
    assert not set(inside) & set('"<>')


def test_an_empty_cell_says_so_and_a_dash_in_a_text_does_not() -> None:
    for cell, empty in (('<td class="field-why">–</td>', True), ("<td>–</td>", True), ("<td>9–17</td>", False)):
        told = rendered("{{ cell|with_label:header }}", cell=mark_safe(cell), header={"text": "why"})
        assert ("data-none" in told) is empty, cell


@pytest.mark.parametrize("tone", SHAPES)
def test_a_pill_says_its_tone_by_a_sign_of_its_own(tone: str) -> None:
    told = rendered("{% pill 'ready' tone %}", tone=tone)
    assert f'class="zb-pill zb-pill--{tone}"' in told
    assert f">{SHAPES[tone]}</i>ready</span>" in told
    assert list(SHAPES.values()).count(SHAPES[tone]) == 1


def test_a_tone_that_is_none_is_mute() -> None:
    assert f">{SHAPES['mute']}</i>" in rendered("{% pill 'ready' 'loud' %}")


@pytest.mark.parametrize(
    ("text", "shown"), [("<b>", "&lt;b&gt;"), (mark_safe("<b>x</b>"), "<b>x</b>"), (7, "7"), ("王", "王")]
)
def test_a_pill_escapes_what_people_wrote(text: object, shown: str) -> None:
    assert rendered("{% pill text %}", text=text).endswith(f"</i>{shown}</span>")


@pytest.mark.parametrize(
    ("sequence", "index", "found"),
    [([1, 2], 1, "2"), ([1, 2], 2, ""), ({"a": 1}, 0, ""), (None, 0, ""), ("ab", 0, "a")],
)
def test_an_item_past_the_end_is_nothing(sequence: object, index: int, found: str) -> None:
    assert rendered("{{ sequence|at:index }}", sequence=sequence, index=index) == found
