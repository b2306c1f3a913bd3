"""What the forms of the decision screen ask for: each reads its input, asks one verb of `pipeline.review`, and tells.

The digest that was shown travels in every form. A value that cannot be read is answered with what would fit, and
what the person typed comes back with it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest
from django.utils.translation import gettext as _

from zbsync.admin.base import user_of
from zbsync.admin.forms import BindForm, EditForm, ReasonForm, complaints
from zbsync.core.findings import Finding
from zbsync.core.redact import unmask
from zbsync.models import Proposal
from zbsync.pipeline import review
from zbsync.sentences import mend, say


@dataclass(slots=True)
class Outcome:
    """What came of a verb: `done` moves on (`onward`: to the next proposal), else the page is shown again."""

    verb: str = ""
    done: bool = False
    onward: bool = False
    told: list[tuple[int, str]] = field(default_factory=list)
    typed: Mapping[str, Any] = field(default_factory=dict)
    status: int = HTTPStatus.OK


def ask(request: HttpRequest, row: Proposal) -> Outcome:
    """Ask the verb that the posted form names. Raises PermissionDenied, as the pipeline does."""
    verb = request.POST.get("verb", "")
    asked = _VERBS.get(verb)
    if asked is None:
        return _refused(request, verb, [_("This page does not know “%(verb)s”.") % {"verb": verb}])
    return asked(request, row, user_of(request))


def _approve(request: HttpRequest, row: Proposal, by: AbstractBaseUser) -> Outcome:
    decision = review.approve([row.pk], by, digests={row.pk: _digest(request)})
    return _told(request, decision, _("Approved: %(title)s") % {"title": row.title}, onward=True)


def _reject(request: HttpRequest, row: Proposal, by: AbstractBaseUser) -> Outcome:
    form = ReasonForm(request.POST, needed=True)
    if not form.is_valid():
        return _refused(request, "reject", complaints(form))
    reason = form.cleaned_data["reason"]
    decision = review.reject([row.pk], by, digests={row.pk: _digest(request)}, reason=reason)
    return _told(request, decision, _("Declined: %(title)s") % {"title": row.title}, onward=True)


def _edit(request: HttpRequest, row: Proposal, by: AbstractBaseUser) -> Outcome:
    form = EditForm(request.POST)
    if not form.is_valid():
        return _refused(request, "edit", complaints(form))
    given = form.cleaned_data
    value = unmask(given["value"], row.payload.get(given["field"], ""))  # the page may have shown it masked
    decision = review.edit(row.pk, given["field"], value, given["reason"], by, _digest(request))
    return _told(request, decision, _("Changed. Look once more, then approve."))


def _bind(request: HttpRequest, row: Proposal, by: AbstractBaseUser) -> Outcome:
    form = BindForm(request.POST)
    if not form.is_valid():
        return _refused(request, "bind", complaints(form))
    ord_, reason = form.cleaned_data["ord"], form.cleaned_data["reason"]
    decision = review.bind(row.pk, ord_, reason, by, _digest(request))
    return _told(request, decision, _("Customer %(ord)s is chosen. Look once more, then approve.") % {"ord": ord_})


def _not_same(request: HttpRequest, row: Proposal, by: AbstractBaseUser) -> Outcome:
    form = BindForm(request.POST)
    if not form.is_valid():
        return _refused(request, "not_same", complaints(form))
    ord_, reason = form.cleaned_data["ord"], form.cleaned_data["reason"]
    decision = review.not_same(row.pk, ord_, by, reason, _digest(request))
    return _told(request, decision, _("Customer %(ord)s is somebody else; this is remembered.") % {"ord": ord_})


def _create_anyway(request: HttpRequest, row: Proposal, by: AbstractBaseUser) -> Outcome:
    if row.digest != _digest(request):
        return _refused(request, "create_anyway", [say(Finding("review.moved"))], HTTPStatus.CONFLICT)
    decision = review.create_anyway([row.pk], by, request.POST.get("note", ""))
    return _told(request, decision, _("A new customer will be created. Look once more, then approve."))


def _undo(request: HttpRequest, row: Proposal, by: AbstractBaseUser) -> Outcome:
    decision = review.undo([row.pk], by, request.POST.get("note", ""))
    return _told(request, decision, _("Taken back. A new proposal appears when the contact has been judged again."))


_VERBS: Mapping[str, Callable[[HttpRequest, Proposal, AbstractBaseUser], Outcome]] = {
    "approve": _approve,
    "reject": _reject,
    "edit": _edit,
    "bind": _bind,
    "not_same": _not_same,
    "create_anyway": _create_anyway,
    "undo": _undo,
}


def _digest(request: HttpRequest) -> str:
    return request.POST.get("digest", "")


def _told(request: HttpRequest, decision: review.Decision, success: str, *, onward: bool = False) -> Outcome:
    """The verb's answer in words."""
    verb = request.POST.get("verb", "")
    if decision.done:
        return Outcome(verb, done=True, onward=onward, told=[(messages.SUCCESS, success)])
    said = [say(Finding(code)) for code in decision.left_out]
    said += [f"{say(one)} {mend(one)}".strip() for one in decision.findings]
    wrong_input = {"review.bad_value", "review.reason_missing", "review.unknown_field"} & decision.left_out.keys()
    return _refused(request, verb, said, HTTPStatus.UNPROCESSABLE_ENTITY if wrong_input else HTTPStatus.CONFLICT)


def _refused(
    request: HttpRequest, verb: str, said: list[str], status: int = HTTPStatus.UNPROCESSABLE_ENTITY
) -> Outcome:
    told = [(messages.ERROR, sentence) for sentence in said]
    return Outcome(verb, told=told, typed=request.POST.dict(), status=status)
