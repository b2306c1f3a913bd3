"""The pause of a connection: set by a person, by a refused account, or by the breaker; and what ends it.

A pause keeps every job off the ERP. One of the breaker's also ends with a good probe, which puts the connection on
trial: a few pushes are sent, and what becomes of them decides.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from zbsync.erp.errors import CaptchaDemanded, LoginRefused
from zbsync.erp.session import LoginGuard
from zbsync.models import ErpConnection
from zbsync.pipeline import audit

LOGIN_LIMIT = LoginGuard().limit
"""Refused logins in a row after which only a person goes on; the ERP itself asks for a captcha after three.
"""

LOGIN_REFUSED, CAPTCHA, BY_HAND = "login_refused", "captcha", "by_hand"
"""Causes of a pause that only a person ends: "pause.login_refused", "pause.captcha", "pause.by_hand" as sentences."""

_COLUMNS = ("paused_at", "pause_cause", "pause_params", "probe_after", "probes", "half_open_since", "resumed_at")


def pause(
    connection: ErpConnection,
    cause: str,
    actor: audit.Actor,
    now: datetime,
    *,
    params: Mapping[str, Any] | None = None,
    probe_after: datetime | None = None,
    reason: str = "",
) -> bool:
    """Keep every job off this connection until a person resumes it, or, with `probe_after`, until a probe is good.

    `params` are the numbers its sentence names. A person's pause, and an account that is not let in, take the place of
    one that would end by itself. False when nothing changed.
    """
    rows = ErpConnection.objects.filter(pk=connection.pk)
    with transaction.atomic():
        values = {"pause_cause": cause[:60], "pause_params": dict(params or {}), "probe_after": probe_after}
        moved = rows.filter(paused_at__isnull=True).update(paused_at=now, half_open_since=None, **values)
        if not moved and probe_after is None:
            moved = rows.filter(probe_after__isnull=False).update(**values)
        if moved:
            line = audit.Line("erpconnection", connection.pk, after={"paused": True, "cause": cause, **(params or {})})
            audit.write(audit.new_act(), actor, "connection.pause", [line], now=now, reason=reason)
    connection.refresh_from_db(fields=_COLUMNS)
    return bool(moved)


def resume(connection: ErpConnection, actor: audit.Actor, now: datetime, reason: str = "") -> bool:
    """Lift the pause and forget the refused logins: a person says that all is in order. What failed before no longer
    counts against the connection.
    """
    return _lift(connection, "connection.resume", {"half_open_since": None, "probes": 0}, actor, now, reason)


def try_out(connection: ErpConnection, actor: audit.Actor, now: datetime) -> bool:
    """A probe was good: a few pushes may go. False when a person was faster."""
    return _lift(connection, "connection.try_out", {"half_open_since": now}, actor, now, "", probe_after__isnull=False)


def open_fully(connection: ErpConnection, actor: audit.Actor, now: datetime) -> bool:
    """The trial went well. False when it had ended already."""
    with transaction.atomic():
        half_open = ErpConnection.objects.filter(pk=connection.pk, half_open_since__isnull=False)
        moved = half_open.update(half_open_since=None, probes=0, resumed_at=now)
        if moved:
            line = audit.Line("erpconnection", connection.pk, before={"trial": True}, after={"trial": False})
            audit.write(audit.new_act(), actor, "connection.open", [line], now=now)
    connection.refresh_from_db(fields=_COLUMNS)
    return bool(moved)


def put_off(connection: ErpConnection, probe_after: datetime, probes: int) -> None:
    """Keep when the next probe is due, and how many failed by now."""
    paused = ErpConnection.objects.filter(pk=connection.pk, probe_after__isnull=False)
    paused.update(probe_after=probe_after, probes=probes)
    connection.refresh_from_db(fields=_COLUMNS)


def may_send(connection: ErpConnection) -> bool:
    """Whether nobody paused the connection or switched it off since the row was read: asked between sends."""
    return ErpConnection.objects.filter(pk=connection.pk, is_active=True, paused_at__isnull=True).exists()


def note_logins(
    connection: ErpConnection, refused: int, error: LoginRefused | None, actor: audit.Actor, now: datetime
) -> bool:
    """Keep what the lanes learnt about the account: refusals in a row, and a pause when only a person can go
    on.

    Answers whether the connection is paused now. Every stage calls it when its lanes have ended.
    """
    if connection.login_refusals != refused:
        ErpConnection.objects.filter(pk=connection.pk).update(login_refusals=refused)
        connection.login_refusals = refused
    if isinstance(error, CaptchaDemanded):
        pause(connection, CAPTCHA, actor, now)
    elif error is not None and refused >= LOGIN_LIMIT:
        pause(connection, LOGIN_REFUSED, actor, now)
    return connection.paused_at is not None


def _lift(
    connection: ErpConnection,
    verb: str,
    values: dict[str, Any],
    actor: audit.Actor,
    now: datetime,
    reason: str,
    **still: Any,
) -> bool:
    rows = ErpConnection.objects.filter(pk=connection.pk, paused_at__isnull=False, **still)
    with transaction.atomic():
        lifted: dict[str, Any] = {"paused_at": None, "pause_cause": "", "pause_params": {}, "probe_after": None}
        moved = rows.update(login_refusals=0, resumed_at=now, **lifted, **values)
        if moved:
            before = {"paused": True, "cause": connection.pause_cause}
            line = audit.Line("erpconnection", connection.pk, before=before, after={"paused": False})
            audit.write(audit.new_act(), actor, verb, [line], now=now, reason=reason)
    connection.refresh_from_db(fields=(*_COLUMNS, "login_refusals"))
    return bool(moved)
