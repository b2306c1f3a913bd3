"""Template helpers of the desk: cards on a phone, and pills."""

from typing import Any

from django import template
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from zbsync.core.follow.operations import CUSTOMER
from zbsync.sentences.names import OPERATIONS, called

register = template.Library()

SHAPES = {"ok": "✓", "warn": "!", "bad": "✕", "info": "●", "mute": "–"}
"""A pill says its tone by a sign as well as by a colour."""


@register.filter
def with_label(cell: str, header: Any) -> str:
    """Give a changelist cell (`<td …>` or `<th …>`) its column's name, which the card layout of a phone shows.

    The cell that names the row says so, which the stock leaves out; one with nothing in it says that (`data-none`), and
    takes no room on a phone.
    """
    text = str(header.get("text", "")) if isinstance(header, dict) else ""
    if "checkbox" in text:
        text = ""
    head, gap, rest = cell.partition(" ") if cell.startswith(("<td ", "<th ")) else cell.partition(">")
    scope = mark_safe(' scope="row"') if cell.startswith("<th") and "scope=" not in cell else ""
    none = mark_safe(" data-none") if cell.endswith(">–</td>") else ""
    label = format_html('{}{} data-label="{}"', scope, none, text)
    # `cell` was rendered, and escaped, by Django's own result list.
    return mark_safe(f"{head}{label}{gap}{rest}")  # noqa: S308


@register.filter
def person(user: Any) -> str:
    """A user's name as the reader writes names: a Chinese one surname first, in one word. "" when none was given."""
    if any("\u4e00" <= sign <= "\u9fff" for sign in user.last_name):
        return f"{user.last_name}{user.first_name}"
    return str(user.get_full_name())


@register.simple_tag
def pill(text: Any, tone: str = "mute") -> SafeString:
    """A rounded label with a sign before the text; `tone` is one of ok, warn, bad, info, mute."""
    sign = SHAPES.get(tone, SHAPES["mute"])
    return format_html(
        '<span class="zb-pill zb-pill--{}"><i aria-hidden="true">{}</i>{}</span>',
        tone,
        sign,
        conditional_escape(text),
    )


@register.simple_tag
def operation(row: Any) -> str:
    """What a proposal or a push does: to its customer, or which operation follows it."""
    return str(row.get_action_display()) if row.operation == CUSTOMER else called(OPERATIONS, row.operation)


@register.filter
def at(sequence: Any, index: int) -> Any:
    """The item of a list at `index`, or "" past its end."""
    try:
        return sequence[index]
    except (IndexError, KeyError, TypeError):
        return ""
