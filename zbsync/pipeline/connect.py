"""Connect: make or change the row of a hub or an ERP, checked before it is stored.

Called by the commands `connect_hub` and `connect_erp`; the admin's form of a connection asks `erp_options` too. What
is wrong is told with its place and the mend, and then nothing is stored. Secrets never come by here: a connection
knows the names of variables.
"""

import json
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_unicode_slug
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from zbsync.conf import conf
from zbsync.core.defaults import DEFAULT_SOURCE_CODES
from zbsync.core.findings import Finding
from zbsync.core.follow.operations import CUSTOMER
from zbsync.core.lifecycle import PROPOSAL_OPEN
from zbsync.erp.client import DIALECTS
from zbsync.erp.config import PARTS, ErpConfig
from zbsync.erp.errors import ErpError, LoginFailed, NotSent, Unsaid
from zbsync.models import ErpConnection, HubConnection, HubKind, Proposal
from zbsync.pipeline import audit, doorbell, tables, worklist

_ACTOR = audit.Actor.job("connect")
_PAIR = re.compile(r"\d+,\d+|[^/]+/[^/]+")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SECRET = re.compile(r"(password|secret|token|key)$")
LANES_MAX = 64


class ConnectError(Exception):
    """What a connection cannot be made of; `finding` says it (`connect.*`), `str()` for logs."""

    def __init__(self, code: str, field: str, **params: Any) -> None:
        self.finding = Finding(code, field, params={"field": field, **params})
        super().__init__(f"{code}: {dict(self.finding.params)}")


def _one_of(*words: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in words:
            raise ValueError(" | ".join(words))
        return text

    return read


def _stage(text: str) -> str:
    if not _PAIR.fullmatch(text):
        raise ValueError("意向客户/初步接触 | 3,7")
    return text


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise ValueError("0, 1, 2…")
    return int(text)


def _variable(text: str) -> str:
    if not _VARIABLE.fullmatch(text):
        raise ValueError("ERP_PROXY")
    return text


def _proxy(text: str) -> str:
    if "@" in text:
        raise ValueError("http://host:port; proxy_env=NAME")
    return text


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 3600:
        raise ValueError("5, 0.5…")
    return value


def _truth(text: str) -> bool:
    return _one_of("true", "false")(text.lower()) == "true"


def _table(text: str) -> dict[str, str]:
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
        raise ValueError('{"success": "成功"}')
    return value


ERP_OPTIONS: Mapping[str, Callable[[str], Any]] = {
    "sort1": _stage,
    "khid": _one_of("wx", "erp", "k_code"),
    "content_type": str,
    "login_path": str,
    "pace_ms": _whole,
    "page_size": _whole,
    "verify": _one_of("detail", "list"),
    "phrases": _table,
    "names": _one_of("ids", "names"),
    "dialects": _table,
    "follow_up_list": str,
    "columns": _table,
    "ca_file": str,
    **dict.fromkeys(PARTS, _seconds),
    "verify_tls": _truth,
    "proxy": _proxy,
    "proxy_env": _variable,
}
"""Option of an ERP connection → how its text is read; a ValueError says what would fit."""


def erp_options(given: Mapping[str, str]) -> dict[str, Any]:
    """The options with their types; one without a value is left out. Raises ConnectError."""
    read: dict[str, Any] = {}
    for name, text in given.items():
        reader = ERP_OPTIONS.get(name)
        if reader is None:
            raise ConnectError("connect.unknown_option", name, known=", ".join(ERP_OPTIONS))
        try:
            if text:
                read[name] = reader(text)
        except ValueError as error:
            shown = text if "@" not in text else "…"  # an address with an account in it
            raise ConnectError("connect.bad_option", name, value=shown, expects=str(error)) from None
    return read


def hub(name: str, kind: str, options: Mapping[str, str]) -> tuple[HubConnection, bool]:
    """Make or change a hub; returns it and whether it is new. Options that are not given stay as they are."""
    _check_name(name)
    if kind not in HubKind.values:
        raise ConnectError("connect.bad_value", "kind", value=kind, expects=" | ".join(HubKind.values))
    for option in options:
        if kind == HubKind.FILE:
            raise ConnectError("connect.no_options", option, kind=kind)
        if _SECRET.search(option):
            raise ConnectError("connect.secret_given", option, mend=f"{option}_env")
    with transaction.atomic():
        row = HubConnection.objects.select_for_update().filter(name=name).first() or HubConnection(name=name)
        if row.pk and row.kind != kind and row.contacts.exists():
            raise ConnectError("connect.kind_fixed", "kind", value=kind, kind=row.kind)
        is_new = _store(row, {"kind": kind, "options": _merged(row.options, dict(options), options)})
    return row, is_new


@dataclass(frozen=True, slots=True)
class ErpGiven:
    """What was said of an ERP connection; None = not said, so it stays or takes its default."""

    base_url: str
    dialect: str
    username_env: str
    password_env: str
    serialnum: str | None = None
    lanes: int | None = None
    timeout_s: float | None = None


def erp(name: str, given: ErpGiven, options: Mapping[str, str]) -> tuple[ErpConnection, bool]:
    """Make or change an ERP connection; returns it and whether it is new.

    The serial number is given or made once and then kept: the ERP counts failed logins and binds devices by it.
    Raises ConnectError.
    """
    _check_name(name)
    _check(given)
    read = erp_options(options)
    with transaction.atomic():
        row = ErpConnection.objects.select_for_update().filter(name=name).first() or ErpConnection(name=name)
        before = (row.dialect, row.options)
        values = {key: value for key in given.__slots__ if (value := getattr(given, key)) is not None}
        values["serialnum"] = given.serialnum or row.serialnum or f"zb{secrets.token_hex(8)}"
        values["options"] = _merged(row.options, read, options)
        values["base_url"] = given.base_url.strip().rstrip("/")
        _check_config(values)
        is_new = _store(row, values)
        if not is_new and (row.dialect, row.options) != before:
            judged_anew(row)  # which locks the rules, and comes before the source codes as everywhere
        tables.add_source_codes(row, {*DEFAULT_SOURCE_CODES, *tables.seen_channels()})
        if is_new:
            tables.add_follow_rules([row])
    return row, is_new


def judged_anew(row: ErpConnection) -> int:
    """Have contacts with an open proposal for this connection go through mapping and match again, for it was judged by
    settings that moved: what the door can say, what is sent by default. Returns how many; in the caller's transaction.
    """
    tables.lock_rules()
    open_ = Proposal.objects.filter(connection=row, operation=CUSTOMER, state__in=[one.value for one in PROPOSAL_OPEN])
    due = worklist.remap(Q(pk__in=open_.values("contact_id")))
    if due:
        doorbell.ring()
    return due


_CHECKED: Mapping[str, str] = {
    "erp.wrong_path": "check.wrong_path",
    "erp.not_json": "check.not_json",
    "erp.login_refused": "check.login_refused",
    "erp.captcha_demanded": "check.captcha",
    "erp.lost_reply": "check.lost_reply",
    "erp.server_fault": "check.server_fault",
    "erp.refused": "check.refused",
    "erp.unknown_answer": "check.unknown_answer",
}


_UNSAID: Mapping[Unsaid, str] = {
    Unsaid.TLS: "check.tls",
    Unsaid.PROXY: "check.proxy",
    Unsaid.NAME: "check.name",
    Unsaid.SILENT: "check.silent",
    Unsaid.CLOSED: "check.closed",
    Unsaid.LATE: "check.late",
}


def trouble(error: ErpError) -> Finding:
    """What a check found, with the address it was asked at and the ERP's own words; the sentence says the mend."""
    root = error.__cause__ if isinstance(error, LoginFailed) and isinstance(error.__cause__, ErpError) else error
    code = _UNSAID[root.why] if isinstance(root, NotSent) else _CHECKED.get(root.code, root.code)
    where = root.evidence.url if root.evidence else ""
    return Finding(code, params={"sentence": root.message or "–", "where": where or "–"})


def _check_name(name: str) -> None:
    try:
        validate_unicode_slug(name)
    except ValidationError:
        raise ConnectError("connect.bad_name", "name", value=name) from None


def _check(given: ErpGiven) -> None:
    if given.dialect not in DIALECTS:
        raise ConnectError("connect.bad_value", "dialect", value=given.dialect, expects=" | ".join(DIALECTS))
    for field in ("username_env", "password_env"):
        if not _VARIABLE.fullmatch(getattr(given, field)):
            raise ConnectError("connect.not_a_variable", field)
    if given.lanes is not None and not 1 <= given.lanes <= LANES_MAX:
        raise ConnectError("connect.bad_value", "lanes", value=given.lanes, expects=f"1…{LANES_MAX}")
    longest = conf().call_timeout_s
    if given.timeout_s is not None and not 0 < given.timeout_s <= longest:
        raise ConnectError("connect.bad_timeout", "timeout", value=given.timeout_s, max=longest)
    if given.serialnum and not (given.serialnum.isascii() and len(given.serialnum) <= 40):
        raise ConnectError("connect.bad_value", "serialnum", value=given.serialnum, expects="A–Z, 0–9, ≤ 20")


def _check_config(values: Mapping[str, Any]) -> None:
    """The client itself says what does not fit; the account is not asked for here."""
    options = values["options"]
    settings = {name: options[name] for name in options if name in ErpConfig.__dataclass_fields__}
    try:
        ErpConfig(base_url=values["base_url"], serialnum=values["serialnum"], **settings)
    except ValueError as error:
        place, _, problem = str(error).partition(":")
        raise ConnectError("connect.does_not_fit", place, problem=problem.strip()) from None


def _merged(stored: Mapping[str, Any], read: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    """What is stored with what is given on top; `name=` takes an option out."""
    kept = {name: value for name, value in stored.items() if name not in given}
    return kept | {name: value for name, value in read.items() if given[name]}


def _store(row: HubConnection | ErpConnection, values: Mapping[str, Any]) -> bool:
    """Set the values, with one entry of what changed; returns whether the row is new."""
    is_new = row.pk is None
    before = {name: getattr(row, name) for name in values}
    changed = {name: value for name, value in values.items() if is_new or before[name] != value}
    if changed:
        for name, value in changed.items():
            setattr(row, name, value)
        row.save()
        was = None if is_new else {name: before[name] for name in changed}
        line = audit.Line(row._meta.model_name or "", row.pk, before=was, after=dict(changed))
        audit.write(audit.new_act(), _ACTOR, "connection.set", [line], now=timezone.now())
    return is_new
