"""The preview of a draft: how far it is, what would change, and examples; asked for and cancelled here.

The page reloads itself while the job runs. What stands in an example is worked out when it is shown, so that it is
masked as everywhere and nothing of a contact is kept in the preview.
"""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from zbsync.admin.base import user_of
from zbsync.admin.filters import ANY
from zbsync.admin.render import caption
from zbsync.core.findings import Finding
from zbsync.core.mapping import MappingError
from zbsync.models import Mapping, MappingState, Preview, PreviewState, ProposalStateChoice
from zbsync.pipeline import publish
from zbsync.sentences import say

RELOAD_S = "2"
PAGE = "zbsync/preview.html"
TONES = {"queued": "mute", "running": "info", "done": "ok", "cancelled": "warn", "failed": "bad"}
SIGNS = {"gained": "ok", "lost": "bad", "new": "ok", "gone": "bad", "changed": "warn"}


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of change: its code, its name and tone, how many contacts, and whether it is being looked at."""

    code: str
    words: str
    tone: str
    count: int
    current: bool


@dataclass(frozen=True, slots=True)
class Example:
    """One contact before and after: only the fields that differ, as (caption, before, after)."""

    moved: publish.Moved
    words: str
    tone: str
    cells: list[tuple[str, str, str]]
    before: list[str]
    after: list[str]


def respond(context: dict[str, Any], request: HttpRequest, draft: Mapping) -> HttpResponse:
    """The page; a POST asks for a preview or cancels it. `context` is what every page knows."""
    if request.method == "POST":
        return _act(request, draft)
    preview = publish.preview_of(draft)
    chosen = request.GET.get("kind", "")
    shown = {
        **context,
        "step": _("Preview"),
        "preview": preview,
        "drafted": draft.state == MappingState.DRAFT,
        **(figures(preview, chosen) if preview else {}),
    }
    if preview and preview.state == PreviewState.DONE:
        shown["examples"] = [_example(kind, one) for kind, one in publish.examples(preview, request.user, chosen)]
    answer = TemplateResponse(request, PAGE, shown)
    if preview and preview.state in publish.OPEN:
        answer.headers["Refresh"] = RELOAD_S  # every browser obeys it, with and without JavaScript
    return answer


def start(request: HttpRequest, draft: Mapping) -> HttpResponse:
    """Ask for a preview and show it, or why there is none."""
    try:
        publish.start_preview(draft, user_of(request))
    except publish.PublishError as error:
        messages.error(request, say(Finding(error.code)))
    except MappingError as error:
        for finding in error.findings:
            messages.error(request, say(finding))
    return HttpResponseRedirect(reverse("admin:zbsync_mapping_preview", args=[draft.pk]))


def _act(request: HttpRequest, draft: Mapping) -> HttpResponse:
    if not request.user.has_perm(publish.PERMISSION):
        raise PermissionDenied
    if "cancel" not in request.POST:
        return start(request, draft)
    if publish.cancel_preview(draft, user_of(request)):
        messages.info(request, _("The preview was cancelled."))
    return HttpResponseRedirect(reverse("admin:zbsync_mapping_preview", args=[draft.pk]))


def figures(preview: Preview, chosen: str = "") -> dict[str, Any]:
    """The numbers of a preview as the page and the confirmation of publishing show them."""
    counts = preview.counts
    kinds = [
        Kind(code, words(code), SIGNS.get(code.partition(" ")[0], "info"), counts[f"kind:{code}"], code == chosen)
        for code in (name.removeprefix("kind:") for name in counts if name.startswith("kind:"))
    ]
    states = dict(ProposalStateChoice.choices)
    stale = [(states[state], counts[f"stale:{state}"]) for state in states if counts.get(f"stale:{state}")]
    ids = ",".join(map(str, preview.stale))
    return {
        "figures": counts,
        "kinds": sorted(kinds, key=lambda kind: (" " in kind.code, -kind.count)),
        "gained": counts.get("kind:gained", 0),
        "lost": counts.get("kind:lost", 0),
        "stale": stale,
        "stale_total": sum(count for _state, count in stale),
        "stale_edited": counts.get("stale:edited", 0),
        "stale_queued": counts.get("stale:queued", 0),
        "stale_url": f"{reverse('admin:zbsync_proposal_changelist')}?state__exact={ANY}&id__in={ids}" if ids else "",
        "stands": publish.preview_stands(preview),
        "percent": min(100, preview.done * 100 // preview.total) if preview.total else 0,
        "left_s": round(preview.seconds / preview.done * (preview.total - preview.done)) if preview.done else None,
        "rate": round(preview.done / preview.seconds) if preview.seconds else 0,
        "preview_pill": (preview.get_state_display(), TONES[preview.state]),
        "problem": say(Finding(preview.error)) if preview.error else "",
        "chosen_kind": words(chosen) if chosen else "",
    }


def words(kind: str) -> str:
    """A kind of change as people call it."""
    how, _space, target = kind.partition(" ")
    said = {
        "gained": _("may go from now on"),
        "lost": _("may no longer go"),
        "new": _("%(field)s: filled from now on"),
        "gone": _("%(field)s: no longer filled"),
        "changed": _("%(field)s: another value"),
    }
    return said.get(how, kind) % {"field": caption(target)} if target else said.get(how, kind)


def _example(kind: str, one: publish.Moved) -> Example:
    before, after = one.before, one.after
    targets = [name for name in dict.fromkeys([*after.values, *before.values])
               if after.values.get(name) != before.values.get(name)]  # fmt: skip
    cells = [(caption(name), _value(before, name), _value(after, name)) for name in targets]
    stopped = [say(finding) for finding in before.stops if finding not in after.stops]
    stops = [say(finding) for finding in after.stops if finding not in before.stops]
    return Example(one, words(kind), SIGNS.get(kind.partition(" ")[0], "info"), cells, stopped, stops)


def _value(said: publish.Said, target: str) -> str:
    """An option by its name, anything else as it is."""
    value = said.values.get(target, "")
    return said.labels.get(target) or value
