"""How values look: states as pills, findings as sentences, JSON as readable text. No queries, no decisions."""

import json
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from zbsync.core.findings import Finding
from zbsync.erp.catalogue import FIELDS
from zbsync.sentences import say
from zbsync.sentences.names import Names, called
from zbsync.templatetags.zbsync_ui import pill

NOTHING = SafeString("–")
PROPOSAL_TONES = {
    "blocked": "warn",
    "mapped": "mute",
    "ready": "info",
    "approved": "ok",
    "rejected": "bad",
    "superseded": "mute",
}
PUSH_TONES = {
    "queued": "mute",
    "leased": "info",
    "sending": "info",
    "in_doubt": "warn",
    "accepted": "info",
    "verified": "ok",
    "drifted": "warn",
    "rejected": "bad",
    "dead": "bad",
    "cancelled": "mute",
    "buried": "mute",
}
MATCH_TONES = {"bound": "ok", "unique": "info", "ambiguous": "warn", "absent": "mute", "": "mute"}
SEVERITY_TONES = {"error": "bad", "warning": "warn", "info": "info"}
_ASKS = {"bad": _("mend"), "warn": _("look"), "info": _("hint")}
"""What a finding that names no field asks for."""
UPLOAD_TONES = {
    "staged": "info",
    "queued": "mute",
    "running": "info",
    "done": "ok",
    "failed": "bad",
    "discarded": "mute",
}


ACT_TONES = {"waiting": "warn", "queued": "mute", "running": "info", "done": "ok", "cancelled": "mute"}


def state_pill(text: Any, state: str, tones: Mapping[str, str]) -> SafeString:
    """The state's own words in its tone."""
    return pill(text, tones.get(state, "mute"))


def finding_sentences(findings: Iterable[Mapping[str, Any]]) -> list[tuple[str, str, str]]:
    """Stored findings as (tone, field, sentence)."""
    read = [Finding.from_json(stored) for stored in findings]
    return [(SEVERITY_TONES[finding.severity], finding.field, say(finding)) for finding in read]


def finding_list(findings: Iterable[Mapping[str, Any]]) -> SafeString:
    """Stored findings as a list of pills and sentences; a dash when there are none."""
    sentences = finding_sentences(findings)
    if not sentences:
        return NOTHING
    return format_html_join(
        "",
        '<div class="zb-finding">{} <span>{}</span></div>',
        ((pill(caption(field) if field else _ASKS[tone], tone), sentence) for tone, field, sentence in sentences),
    )


def pretty_json(value: Any) -> SafeString:
    """A JSON value, indented, in a box that scrolls."""
    if value in (None, "", {}, []):
        return NOTHING
    return format_html('<pre class="zb-mono">{}</pre>', json.dumps(value, ensure_ascii=False, indent=2))


def plain(value: Any, column: Any = None, names: Names = MappingProxyType({})) -> str:
    """A value of one of our own columns as a person reads it: yes and no, the words of a choice of `column`,
    "name: value" of a JSON object whose keys `names` may know; a dash when there is none.
    """
    chosen: Any = getattr(column, "flatchoices", ())
    if value not in (None, "") and chosen:
        return str(dict(chosen).get(value, value))
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, Mapping):
        said = ((called(names, name), plain(one)) for name, one in value.items())
        return " · ".join(gettext("%(name)s: %(value)s") % {"name": name, "value": one} for name, one in said) or "–"
    if isinstance(value, list):
        return "、".join(map(plain, value)) or "–"
    return "–" if value in (None, "") else str(value)


def caption(target: str) -> str:
    """An ERP field as the ERP calls it."""
    return FIELDS[target].caption if target in FIELDS else target


def field_list(
    values: Mapping[str, Any],
    word: Callable[[str, str], str] = lambda _target, value: value,
    called: Callable[[str], str] = caption,
) -> SafeString:
    """{ERP field: value} by the ERP's own captions, codes by `word`; a dash when there are none."""
    if not values:
        return NOTHING
    named = ((called(name), word(name, value) or "–") for name, value in values.items())
    return format_html('<dl class="zb-facts">{}</dl>', format_html_join("", "<dt>{}</dt><dd>{}</dd>", named))


def body_text(text: str) -> SafeString:
    """The body of an exchange: JSON is indented, anything else is shown as it came."""
    try:
        return pretty_json(json.loads(text, strict=False))
    except ValueError:
        return format_html('<pre class="zb-mono">{}</pre>', text or "–")
