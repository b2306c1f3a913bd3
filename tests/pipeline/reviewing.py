"""Rows for the tests of review, story and export: one hub, one ERP connection, contacts with proposals to review."""

import itertools
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import Permission, User
from django.utils import timezone

from zbsync.core.diff import changes
from zbsync.core.mapping import Policy
from zbsync.core.matching import Candidate, ErpView, MatchKind
from zbsync.core.sought import index_text
from zbsync.models import (
    Action,
    Contact,
    ErpConnection,
    ErpRecord,
    HubConnection,
    Mapping,
    Option,
    Proposal,
    Push,
    Vocabulary,
)
from zbsync.pipeline import judgement

PERMISSIONS = (
    "approve_proposal", "reject_proposal", "edit_proposal", "bind_proposal", "requeue_push", "bury_push", "cancel_push",
)  # fmt: skip
SOME_TIME = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
VALUES = {"name": "王小明", "khid": "WX1", "mobile": "13800000001", "sort1": "3,7", "intro": "wants a quote"}
POLICIES = {"khid": Policy.ON_CREATE, "sort1": Policy.ON_CREATE, "intro": Policy.APPEND}
_numbers = itertools.count(1)


def person(name: str = "wang", permissions: tuple[str, ...] = PERMISSIONS) -> User:
    """A user with these permissions of zbsync; the object is read afresh, for Django keeps them on it."""
    user, _ = User.objects.get_or_create(username=name)
    wanted = Permission.objects.filter(codename__in=permissions, content_type__app_label="zbsync")
    assert len(wanted) == len(permissions)
    user.user_permissions.set(wanted)
    return User.objects.get(pk=user.pk)


def hub() -> HubConnection:
    return HubConnection.objects.get_or_create(name="file", defaults={"kind": "file"})[0]


def erp() -> ErpConnection:
    defaults = {"base_url": "http://erp.example", "username_env": "ERP_USER", "password_env": "ERP_PASSWORD"}
    return ErpConnection.objects.get_or_create(name="erp", defaults=defaults)[0]


def mapping() -> Mapping:
    return Mapping.objects.get_or_create(version=1, defaults={"state": "published"})[0]


def option(vocabulary: str, path: str, code: str) -> None:
    """One entry of an ERP dictionary, as a survey would have left it."""
    owner, _ = Vocabulary.objects.get_or_create(connection=erp(), name=vocabulary)
    Option.objects.create(vocabulary=owner, code=code, label=path.rpartition("/")[2], path=path)


def contact(**values: Any) -> Contact:
    """A contact whose present version has been proposed."""
    number = next(_numbers)
    told = {"hub": hub(), "source_id": f"c{number}", "digest": "d" * 64, "name": f"王{number}", "changed_at": SOME_TIME}
    return Contact.objects.create(**{**told, "proposed_version": 1, "eligible": True, "score": 80.0, **values})


def record(ord: int, **values: str) -> ErpRecord:  # noqa: A002 - the ERP's own word
    """An ERP customer read in full."""
    return ErpRecord.objects.create(
        connection=erp(),
        ord=ord,
        name=values.get("name", ""),
        khid=values.get("khid", ""),
        mobile=values.get("mobile", ""),
        values=values,
        seen_at=SOME_TIME,
        detailed_at=SOME_TIME,
    )


def candidate(ord: int, *rules: str, **view: str) -> dict[str, Any]:  # noqa: A002 - the ERP's own word
    return Candidate(ord, rules or ("mobile",), ErpView(ord, **view)).as_json()


def proposal(about: Contact | None = None, **more: Any) -> Proposal:
    """A proposal to review: to create a customer, or, with `target_ord` and `erp_values`, to change one."""
    about = about or contact()
    ord_, current = more.get("target_ord"), more.get("erp_values")
    values = more.pop("payload", VALUES | {"khid": f"WX{about.source_id}"})
    made = changes(values, POLICIES, current)
    kind = MatchKind.UNIQUE if ord_ else MatchKind.ABSENT
    action = Action.CREATE if ord_ is None else Action.UPDATE if any(one.written for one in made) else Action.LINK
    fields = [
        {"target": name, "value": value, "label": "", "source": name, "transform": "copy",
         "policy": str(POLICIES.get(name, Policy.ALWAYS)), "edited_by": ""}
        for name, value in values.items()
    ]  # fmt: skip
    told: dict[str, Any] = {
        "contact": about,
        "hub": about.hub,
        "connection": erp(),
        "contact_version": about.version,
        "mapping": mapping(),
        "state": "ready",
        "kind": "individual",
        "payload": values,
        "fields": fields,
        "match_kind": kind.value,
        "action": action,
        "changes": [one.as_json() for one in made],
        "title": about.name,
        "mobile": values.get("mobile", ""),
        "score": about.score,
        "created_at": SOME_TIME,
        "touched_at": SOME_TIME,
    }
    row = Proposal(**{**told, **more})
    row.sought = index_text(row.title, row.person)
    row.digest = more.get("digest") or judgement.digest_of(row)
    row.save()
    return row


def ambiguous(**more: Any) -> Proposal:
    """A proposal with two candidates, 11 and 12, nobody chose between."""
    finding = {"code": "match.ambiguous", "field": "", "severity": "error", "params": {"count": 2, "ords": "11, 12"}}
    told: dict[str, Any] = {
        "match_kind": "ambiguous",
        "action": "",
        "changes": [],
        "candidates": [candidate(11, mobile="13800000001"), candidate(12, mobile="13800000001")],
        "findings": [finding],
        "has_errors": True,
        "cause": "match.ambiguous",
    }
    return proposal(**{**told, **more})


def push(about: Proposal | None = None, **more: Any) -> Push:
    """A push of an approved proposal, in any state."""
    by = person()
    now = timezone.now()
    about = about or proposal(state="approved", decided_by=by, decided_at=now)
    told: dict[str, Any] = {
        "proposal": about,
        "contact": about.contact,
        "connection": about.connection,
        "action": "create",
        "kind": about.kind,
        "payload": about.payload,
        "digest": about.digest,
        "key": f"key-{about.pk}",
        "not_before": now,
        "created_at": now,
        "title": about.title,
        "approved_by": by,
    }
    return Push.objects.create(**{**told, **more})
