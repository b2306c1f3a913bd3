"""What a person chose on the desk of failures: one verb of `pipeline.review` or a pause, then what came of it."""

import uuid
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import AbstractBaseUser
from django.http import Http404, HttpRequest, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zbsync.admin.base import user_of
from zbsync.admin.failed.groups import Group, groups, rows_of
from zbsync.core.findings import Finding
from zbsync.models import ErpConnection, Push
from zbsync.models.within import within
from zbsync.pipeline import review
from zbsync.sentences import say

NEED_A_REASON = frozenset({"amend", "bury", "let_go", "call_off", "found", "absent", "bury_one"})


class ActForm(forms.Form):
    """What the buttons of the page send."""

    verb = forms.CharField(max_length=20)
    group = forms.CharField(required=False, max_length=16)
    upto = forms.IntegerField(required=False, min_value=0)
    value = forms.CharField(required=False, max_length=10_000)
    reason = forms.CharField(required=False, max_length=500)
    push = forms.IntegerField(required=False, min_value=1)
    ord = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    connection = forms.IntegerField(required=False, min_value=1)
    batch = forms.UUIDField(required=False)


def act(request: HttpRequest, sent: QueryDict) -> None:
    """Carry out what was sent, and tell. Raises PermissionDenied and Http404."""
    form = ActForm(sent)
    if not form.is_valid() or (form.cleaned_data["verb"] == "found" and form.cleaned_data["ord"] is None):
        messages.error(request, _("That cannot be read: an ERP id is a whole number, such as 1024."))
        return
    asked = form.cleaned_data
    if asked["verb"] in NEED_A_REASON and not asked["reason"].strip():
        messages.error(request, _("Say why: it is kept with what you do."))
    elif asked["verb"] in ("pause", "resume"):
        _brake(request, asked)
    else:
        tell(request, _decide(request, asked))


def _decide(request: HttpRequest, asked: dict[str, Any]) -> review.Decision:
    user, reason = user_of(request), asked["reason"].strip()
    if asked["verb"] in ("let_go", "call_off"):
        connection, batch = _connection(asked), asked["batch"] or uuid.UUID(int=0)
        verb = review.let_go if asked["verb"] == "let_go" else review.call_off
        return verb(connection, batch, user, reason)
    if asked["push"]:
        return _one(asked, user, reason)
    if asked["verb"] == "look_now":
        return review.look_now(within(user, Push.objects.in_doubt()), user, reason)
    group = _group(user, asked)
    if asked["verb"] == "amend":
        return review.amend(rows_of(user, group), group.about, asked["value"], reason, user)
    of_group: dict[str, Callable[..., review.Decision]] = {
        "remap": review.remap,
        "reopen": review.reopen,
        "requeue": review.requeue,
        "bury": review.bury,
    }
    if asked["verb"] not in of_group:
        raise Http404
    return of_group[asked["verb"]](rows_of(user, group), user, reason)


def _one(asked: dict[str, Any], user: Any, reason: str) -> review.Decision:
    """One push in doubt."""
    push_id: int = asked["push"]
    if asked["verb"] == "found":
        return review.say_found(push_id, asked["ord"], reason, user)
    of_push: dict[str, Callable[..., review.Decision]] = {
        "look_now": review.look_now,
        "absent": review.vouch_absent,
        "bury_one": review.bury,
    }
    if asked["verb"] not in of_push:
        raise Http404
    return of_push[asked["verb"]]([push_id], user, reason)


def _group(user: AbstractBaseUser, asked: dict[str, Any]) -> Group:
    """The group as it was shown; what came to it later is left for the next look."""
    for one in groups(user, wires=False):
        if one.key == asked["group"]:
            one.upto = min(one.upto, asked["upto"] or one.upto)
            return one
    raise Http404(_("Nothing is left of this group."))


def _connection(asked: dict[str, Any]) -> ErpConnection:
    found = ErpConnection.objects.filter(pk=asked["connection"] or 0).first()
    if found is None:
        raise Http404
    return found


def _brake(request: HttpRequest, asked: dict[str, Any]) -> None:
    """Pause or resume, at once: jobs look between two sends."""
    user, connection = user_of(request), _connection(asked)
    reason = asked["reason"].strip()
    if asked["verb"] == "pause":
        moved = review.pause(connection, user, reason)
        text = _("%(name)s is paused: nothing more is sent.")
    else:
        moved = review.resume(connection, user, reason)
        text = _("%(name)s goes on.")
    if moved:
        messages.success(request, text % {"name": connection.name})
    else:
        messages.warning(request, _("It was so already; somebody was faster."))


def tell(request: HttpRequest, decision: review.Decision) -> None:
    """How many were done, how many left out, and why."""
    if decision.done:
        text = ngettext("%(n)d push dealt with.", "%(n)d pushes dealt with.", decision.done) % {"n": decision.done}
        messages.success(request, text)
    for code, count in sorted(decision.left_out.items()):
        messages.warning(request, f"{_('Left out: %(n)d.') % {'n': count}} {say(Finding(code))}")
    for finding in decision.findings[:3]:
        messages.warning(request, say(finding))
    if not decision.done and not decision.left_out:
        messages.info(request, _("Nothing was left to do."))
