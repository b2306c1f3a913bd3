"""The page where a person orders an operation on a contact's customer: first which, then its own fields.

GET shows, POST asks `pipeline.review.order`. What comes of it is a proposal, and its decision screen opens.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zbsync.admin.base import user_of
from zbsync.admin.forms import REASON_LENGTH
from zbsync.core.findings import Finding
from zbsync.core.follow.operations import ORDERED
from zbsync.core.payload import UNIT, FieldSpec
from zbsync.models import Binding, Proposal
from zbsync.models.within import within
from zbsync.pipeline import following, review, tables
from zbsync.sentences import say
from zbsync.sentences.names import OPERATIONS, called

LONG = 200
"""Texts the ERP takes more than this of are written in a box of several lines."""


class OrderForm(forms.Form):
    """The fields of one operation, as the ERP's catalogue has them, and why."""

    note = forms.CharField(required=False, max_length=REASON_LENGTH, label=gettext_lazy("reason"))

    def __init__(self, operation: str, target: tables.Target, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = following.options(target.tables.options)
        for name, spec in following.specs(operation, UNIT).items():
            self.fields[name] = _field(spec, known.get(spec.vocabulary, {}) if spec.vocabulary else {})
        self.order_fields([*(name for name in self.fields if name != "note"), "note"])

    @property
    def values(self) -> dict[str, str]:
        """The operation's own fields."""
        return {name: value for name, value in self.cleaned_data.items() if name != "note"}


def _field(spec: FieldSpec, options: Mapping[str, str]) -> forms.Field:
    """An option is chosen, everything else is written."""
    told: dict[str, Any] = {"label": spec.caption, "required": spec.required_unit}
    if options:
        choices = [("", "–"), *((code, name) for name, code in options.items())]
        return forms.ChoiceField(choices=choices, **told)
    widget = forms.Textarea(attrs={"rows": 3}) if (spec.max_length or 0) > LONG else forms.TextInput()
    return forms.CharField(max_length=spec.max_length, widget=widget, **told)


@dataclass(slots=True)
class _Asked:
    """What came of a POST: the proposal that was made, or why there is none."""

    made: int | None = None
    told: list[str] = field(default_factory=list)
    status: int = HTTPStatus.OK


def respond(site: AdminSite, request: HttpRequest, object_id: str) -> HttpResponse:
    """The page, or after an order its proposal. Raises Http404 and PermissionDenied."""
    if not request.user.has_perm("zbsync.order_proposal"):
        raise PermissionDenied
    key = unquote(object_id)
    rows = within(request.user, Binding.objects.filter(contact=int(key))) if key.isdecimal() else Binding.objects.none()
    bound = rows.select_related("connection", "contact").order_by("pk").first()
    if bound is None:
        raise Http404(_("This contact is not bound to an ERP customer."))
    operation = request.POST.get("operation") or request.GET.get("operation", "")
    form, asked = None, _Asked()
    if operation in ORDERED:
        form = OrderForm(operation, tables.targets([bound.connection])[0], request.POST or None)
        if request.method == "POST":
            asked = _ask(request, operation, bound, form)
    if asked.made is not None:
        messages.success(request, _("Ordered. Look once more, then approve."))
        return HttpResponseRedirect(reverse("admin:zbsync_proposal_change", args=[asked.made]))
    context = {
        **site.each_context(request),
        "title": called(OPERATIONS, operation) if form else _("Order an operation"),
        "contact": bound.contact,
        "ord": bound.ord,
        "operation": operation if form else "",
        "offered": [(name, called(OPERATIONS, name)) for name in ORDERED],
        "form": form,
        "told": asked.told,
    }
    return TemplateResponse(request, "zbsync/order.html", context, status=asked.status)


def _ask(request: HttpRequest, operation: str, bound: Binding, form: OrderForm) -> _Asked:
    if not form.is_valid():
        return _Asked(status=HTTPStatus.UNPROCESSABLE_ENTITY)
    note = form.cleaned_data["note"]
    decision = review.order(operation, [bound.contact_id], form.values, user_of(request), note)
    if decision.done:
        waiting = Proposal.objects.for_review().filter(contact=bound.contact_id, operation=operation)
        return _Asked(made=waiting.latest("pk").pk)
    told = [say(finding) for finding in decision.findings] or [say(Finding(code)) for code in decision.left_out]
    return _Asked(told=told, status=HTTPStatus.CONFLICT)
