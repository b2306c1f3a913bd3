"""The decision screen as a page: shown on GET, and on POST one verb is asked and told.

After a decision the next proposal of the same list opens, so that a morning's work is one click a contact. What was
refused is shown again with what the person typed, beside the fresh state of the proposal. Triage by keyboard sends the
same forms and only wants to know what came of it.
"""

import copy
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zbsync.admin.base import DeskAdmin, user_of
from zbsync.admin.forms import EDIT_REASONS, REJECT_REASONS
from zbsync.admin.proposal import phones, presence, verbs
from zbsync.admin.proposal.alike import alike
from zbsync.admin.proposal.decision import Sheet, sheet
from zbsync.admin.render import MATCH_TONES, PROPOSAL_TONES
from zbsync.admin.timeline import history
from zbsync.core.findings import Finding
from zbsync.core.follow.operations import (
    APPLY,
    APPROVE,
    ASSIGN,
    CUSTOMER,
    FOLLOW_UP,
    PERSON,
    PROTECT,
    REVIEW,
    SHARE,
    TAKE_BACK,
    UNPROTECT,
    WAITS,
)
from zbsync.core.lifecycle import ProposalEvent, proposal_sources
from zbsync.models import MatchChoice, Proposal, ProposalStateChoice, Push
from zbsync.models.within import within
from zbsync.pipeline.judgement import TWIN
from zbsync.pipeline.review.legal import AMBIGUOUS, TARGET_GONE, with_refusal
from zbsync.sentences import say
from zbsync.sentences.names import OPERATIONS, called

NEAR = 1000
"""How far into a list of another order than by age its neighbours are looked for."""
PERMISSIONS = {
    "approve": "approve_proposal",
    "reject": "reject_proposal",
    "edit": "edit_proposal",
    "bind": "bind_proposal",
    "create_anyway": "bind_proposal",
    "not_same": "bind_proposal",
}


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The list that the person came from, around this proposal."""

    query: str
    previous: int | None = None
    next: int | None = None
    count: int = 0
    capped: bool = False

    def url(self, proposal_id: int | None) -> str:
        """The screen of a neighbour, in the same list; the list itself where there is none."""
        if proposal_id is None:
            address = reverse("admin:zbsync_proposal_changelist")
            return f"{address}?{self.query}" if self.query else address
        address = reverse("admin:zbsync_proposal_change", args=[proposal_id])
        return f"{address}?{urlencode({'_changelist_filters': self.query})}" if self.query else address


def respond(model_admin: DeskAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    """The page, or after a verb that succeeded the way to the next one. Raises Http404 and PermissionDenied."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    row = _proposal(request, object_id)
    around = neighbours(model_admin, request, row)
    if request.method != "POST":
        return _page(model_admin, request, row, around, verbs.Outcome())
    if "leaving" in request.POST or "presence" in request.GET:
        return presence.heard(request, row)
    if phones.asked(request):
        phones.show(request, row.contact)
        return _page(model_admin, request, row, around, verbs.Outcome())
    outcome = verbs.ask(request, row)
    if request.headers.get("X-Requested-With") == "fetch":
        return JsonResponse({"done": outcome.done, "told": [text for _level, text in outcome.told]})
    for level, text in outcome.told:
        messages.add_message(request, level, text)
    if outcome.done:
        return HttpResponseRedirect(around.url(around.next if outcome.onward else row.pk))
    return _page(model_admin, request, _proposal(request, object_id), around, outcome)


def _proposal(request: HttpRequest, object_id: str) -> Any:
    """The proposal with `refusal`: why approving would be refused to this person now, "" when it would not."""
    key = unquote(object_id)
    related = Proposal.objects.select_related("contact", "hub", "connection", "mapping", "decided_by")
    rows = within(request.user, with_refusal(related, by=user_of(request)))
    found = rows.filter(pk=int(key)).first() if key.isdecimal() else None
    if found is None:
        raise Http404(_("There is no proposal %(id)s.") % {"id": key})
    return found


def _page(
    model_admin: DeskAdmin, request: HttpRequest, row: Any, around: Neighbours, outcome: verbs.Outcome
) -> HttpResponse:
    laid_out = sheet(row)
    typed_at = outcome.typed.get("field", "") if outcome.verb == "edit" else ""
    for line in laid_out.lines:
        line.typed = outcome.typed if line.target == typed_at else None
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.model._meta,
        "title": title_of(row),
        "proposal": row,
        "sheet": laid_out,
        "headline": headline(laid_out),
        "phones": phones.offered(request, row.contact),
        "state_tone": PROPOSAL_TONES[row.state],
        "match_tone": MATCH_TONES[row.match_kind],
        "may": may(request, row),
        "refusal": _refused(row),
        "push": Push.objects.filter(proposal=row).first(),
        "history": history(row),
        "alike": alike(row, request.user),
        "others": presence.others(row, user_of(request).pk, timezone.now()),
        "around": around,
        "previous_url": around.url(around.previous) if around.previous else "",
        "next_url": around.url(around.next) if around.next else "",
        "list_url": around.url(None),
        "outcome": outcome,
        "adding": bool(typed_at) and not any(line.typed for line in laid_out.lines),
        "reject_reasons": [str(one) for one in REJECT_REASONS],
        "edit_reasons": [str(one) for one in EDIT_REASONS],
        "post_url": request.get_full_path(),
    }
    return TemplateResponse(request, "zbsync/decision.html", context, status=outcome.status)


def title_of(row: Proposal) -> str:
    """Whose proposal it is; what follows a customer says first what it is."""
    name = row.title or f"#{row.pk}"
    return name if row.operation == CUSTOMER else f"{called(OPERATIONS, row.operation)} · {name}"


def _refused(row: Any) -> str:
    """Why it cannot be approved now, "" when it can; of several candidates the headline says so already."""
    said = row.state == ProposalStateChoice.READY and row.refusal not in ("", AMBIGUOUS)
    return say(Finding(row.refusal)) if said else ""


def headline(laid_out: Sheet) -> str:
    """What approving would do, in one sentence."""
    row = laid_out.proposal
    if row.operation != CUSTOMER:
        return _headline_following(row, laid_out.to_write)
    if row.state == ProposalStateChoice.BLOCKED:
        return _("Held by the gate: it cannot go to the ERP as it is.")
    if row.state == ProposalStateChoice.MAPPED:
        return _("Not compared with the ERP's customers yet.")
    target = {"ord": row.target_ord, "name": (row.erp_values or {}).get("name", ""), "n": laid_out.to_write}
    sentences = {
        "create": _("Creates a new customer with %(n)s fields."),
        "update": _("Changes %(n)s fields of customer %(ord)s %(name)s."),
        "link": _("Links the contact to customer %(ord)s %(name)s; nothing is written."),
        "": _("Several customers may be meant. Choose one below, or create a new one."),
    }
    return sentences[row.action] % target


def _headline_following(row: Proposal, to_write: int) -> str:
    """The same of what follows a customer; while it waits, why."""
    if row.state == ProposalStateChoice.MAPPED and row.cause in WAITS:
        return say(Finding(row.cause))
    if row.state == ProposalStateChoice.MAPPED:
        return _("The contact is being looked for among the customer's contact persons.")
    if row.state == ProposalStateChoice.BLOCKED:
        return say(Finding.from_json(row.findings[0])) if row.findings else ""
    told = {"ord": row.target_ord, "person": row.person_ord, "n": to_write}
    what = _FOLLOWING[row.operation, row.action] if row.operation == PERSON else _FOLLOWING[row.operation, ""]
    return str(what) % told


_FOLLOWING: dict[tuple[str, str], str | Promise] = {
    (FOLLOW_UP, ""): gettext_lazy("Adds a follow-up to customer %(ord)s. The ERP cannot take it back."),
    (PERSON, "create"): gettext_lazy("Adds a contact person with %(n)s fields to customer %(ord)s."),
    (PERSON, "update"): gettext_lazy("Changes %(n)s fields of contact person %(person)s of customer %(ord)s."),
    (PERSON, "link"): gettext_lazy("The contact person %(person)s has all of it already."),
    (ASSIGN, ""): gettext_lazy("Assigns customer %(ord)s."),
    (APPLY, ""): gettext_lazy("Applies for customer %(ord)s."),
    (APPROVE, ""): gettext_lazy("Decides on the application for customer %(ord)s."),
    (REVIEW, ""): gettext_lazy("Reviews customer %(ord)s."),
    (TAKE_BACK, ""): gettext_lazy("Takes customer %(ord)s back from its owner."),
    (SHARE, ""): gettext_lazy("Shares customer %(ord)s."),
    (PROTECT, ""): gettext_lazy("Protects customer %(ord)s."),
    (UNPROTECT, ""): gettext_lazy("Gives up the protection of customer %(ord)s."),
}
"""What approving would do, by operation; of a contact person by action as well."""


def may(request: HttpRequest, row: Any) -> dict[str, bool]:
    """The verbs that this person may use and that are legal now. What is not here is not shown."""
    deciding = row.state in proposal_sources(ProposalEvent.REJECT)
    ready = row.state == ProposalStateChoice.READY
    unbound = row.operation == CUSTOMER and (row.match_kind != MatchChoice.BOUND or row.cause == TARGET_GONE)
    in_the_way = bool(row.candidates) or row.cause == TWIN or row.target_ord is not None
    settled = row.state in (ProposalStateChoice.APPROVED, ProposalStateChoice.REJECTED)
    legal = {
        "approve": ready and not row.refusal,
        "reject": deciding,
        "edit": deciding,
        "bind": deciding and unbound,
        "create_anyway": ready and unbound and in_the_way and not (row.target_chosen and row.target_ord is None),
        "not_same": deciding and unbound,
    }
    allowed = {verb: request.user.has_perm(f"zbsync.{permission}") for verb, permission in PERMISSIONS.items()}
    found = {verb: legal[verb] and allowed[verb] for verb in legal}
    undoes = {ProposalStateChoice.APPROVED: "approve", ProposalStateChoice.REJECTED: "reject"}
    found["undo"] = settled and allowed[undoes[row.state]]
    return found


def neighbours(model_admin: DeskAdmin, request: HttpRequest, row: Proposal) -> Neighbours:
    """Previous and next in the list whose filters stand in the address; a filter that makes no sense is dropped."""
    query = request.GET.get("_changelist_filters", "")
    asked = copy.copy(request)
    asked.GET = QueryDict(query)
    asked.method = "GET"
    try:
        listed = model_admin.get_changelist_instance(asked)
    except (IncorrectLookupParameters, DisallowedModelAdminLookup):
        query, asked.GET = "", QueryDict("")
        listed = model_admin.get_changelist_instance(asked)
    rows: QuerySet[Any] = listed.queryset
    counted = listed.result_count, listed.paginator.capped
    if not asked.GET.get("o"):
        newer = rows.filter(pk__gt=row.pk).order_by("pk").values_list("pk", flat=True).first()
        older = rows.filter(pk__lt=row.pk).order_by("-pk").values_list("pk", flat=True).first()
        return Neighbours(query, newer, older, *counted)
    ids = list(rows.values_list("pk", flat=True)[:NEAR])
    if row.pk not in ids:
        return Neighbours(query, None, ids[0] if ids else None, *counted)
    place = ids.index(row.pk)
    return Neighbours(query, ids[place - 1] if place else None, next(iter(ids[place + 1 :]), None), *counted)
