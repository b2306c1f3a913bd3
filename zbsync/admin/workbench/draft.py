"""The page of a draft: its rules as forms, with what they would give for a few contacts beside them.

One form serves all: saved, or only tried (`_try`), and then nothing is kept. The script asks for the same and takes
the parts that changed out of the answer; without it the page is sent and comes back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zbsync.admin.base import user_of
from zbsync.admin.erp import catalogue, targets
from zbsync.admin.rules import unfit_options
from zbsync.admin.workbench import preview
from zbsync.admin.workbench.forms import RuleForm, RuleForms, rule_forms
from zbsync.core.findings import Finding
from zbsync.core.mapping import Rule, compare_rules, rules_digest
from zbsync.core.paths import SOURCES
from zbsync.core.redact import unmask
from zbsync.models import Contact, Mapping, MappingState
from zbsync.pipeline import publish, tables
from zbsync.sentences import say
from zbsync.sentences.names import hub_field
from zbsync.sentences.rules import TRANSFORMS as EXPLAINED

PART = "zbsync/parts/rule_results.html"
PAGE = "zbsync/draft.html"
NOTE_LENGTH = 500
_TEXTS = ("-argument", "-default")


@dataclass(frozen=True, slots=True)
class Line:
    """One rule on the page: its form, and what it gives for each contact; each result with its findings as text."""

    form: RuleForm
    results: list[tuple[publish.Tried, list[str]]]


def respond(context: dict[str, Any], request: HttpRequest, draft: Mapping) -> HttpResponse:
    """The page, what came of trying, or after saving the page again. `context` is what every page knows."""
    stored = tables.read_rules(draft)
    forms = rule_forms(stored, _whole(request.POST, stored) if request.method == "POST" else None)
    told: list[str] = []
    if request.method == "POST":
        sound = forms.is_valid()
        if sound and "_try" not in request.POST:
            try:
                return _save(request, draft, forms)
            except publish.PublishError as error:
                told = [say(Finding(error.code))]
        elif not sound and "_try" not in request.POST:
            told = [_("Nothing was kept: some rules cannot work. Each says beside its field what is wrong.")]
    contacts = publish.sample_contacts(request.user, _ids(request))
    shown = {**context, "lines": _lines(forms, contacts), "contacts": contacts, "errors": told}
    if request.GET.get("part") == "results":
        return TemplateResponse(request, PART, shown)
    return TemplateResponse(request, PAGE, {**shown, **_page(request, draft, forms, stored)})


def _save(request: HttpRequest, draft: Mapping, forms: RuleForms) -> HttpResponse:
    note, seen = request.POST.get("note", "").strip()[:NOTE_LENGTH], request.POST.get("seen", "")
    changed = publish.edit(draft, forms.rules(), user_of(request), seen=seen, note=note)
    said = ngettext("Draft saved: %(n)d rule changed.", "Draft saved: %(n)d rules changed.", changed) % {"n": changed}
    messages.success(request, said if changed else _("Draft saved."))
    if "_preview" in request.POST:
        return preview.start(request, draft)
    return HttpResponseRedirect(reverse("admin:zbsync_mapping_change", args=[draft.pk]) + _chosen(request))


def _page(request: HttpRequest, draft: Mapping, forms: RuleForms, stored: Sequence[Rule]) -> dict[str, Any]:
    """What the page shows around the rules."""
    known = targets.options()
    published = Mapping.objects.filter(state=MappingState.PUBLISHED).first()
    asked = request.GET.get("sought", "").strip()
    return {
        "forms": forms,
        "empty": forms.empty_form,
        "draft": draft,
        "note": request.POST.get("note", draft.note),
        "seen": request.POST.get("seen") or rules_digest(stored),
        "published": published,
        "differs": len(compare_rules(tables.read_rules(published), stored)) if published else len(stored),
        "chosen": ",".join(str(one) for one in _ids(request)),
        "sought": asked,
        "found": publish.find_contacts(request.user, asked),
        "sources": [(path, hub_field(path)) for path in SOURCES],
        "further": publish.further_sources(),
        "zb_transforms": EXPLAINED,
        "zb_findings": unfit_options(draft),
        "zb_targets": targets.offered(known),
        "zb_options": targets.suggested(known),
        "zb_catalogue": request.user.has_perm(catalogue.PERMISSION),
    }


def _whole(sent: QueryDict, stored: Sequence[Rule]) -> dict[str, str]:
    """What was sent, with numbers that stand in a rule and were shown masked as they are."""
    known = " ".join(f"{rule.argument} {rule.default}" for rule in stored)
    given = {name: str(sent[name]) for name in sent}
    return {name: unmask(text, known) if name.endswith(_TEXTS) else text for name, text in given.items()}


def _lines(forms: RuleForms, contacts: list[Contact]) -> list[Line]:
    tried = publish.try_rules([form.rule for form in forms], contacts)
    return [
        Line(form, [(one, [say(finding) for finding in one.findings]) for one in results])
        for form, results in zip(forms, tried, strict=True)
    ]


def _ids(request: HttpRequest) -> list[int]:
    """The contacts somebody chose to try the rules on."""
    given = request.GET.get("contacts", "").split(",")
    return [int(one) for one in given if one.isdecimal() and len(one) < 19][: publish.AT_ONCE]


def _chosen(request: HttpRequest) -> str:
    ids = _ids(request)
    return f"?contacts={','.join(map(str, ids))}" if ids else ""
