"""The stored rows as JSON: what `explain` prints of each."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Model

from zbsync.core.findings import Finding
from zbsync.core.records import JSONObject
from zbsync.models import Exchange, Proposal
from zbsync.sentences import say


def findings_of(stored: Iterable[Mapping[str, Any]]) -> list[Finding]:
    """Stored findings as values."""
    return [Finding.from_json(one) for one in stored]


def said(found: Iterable[Finding]) -> list[JSONObject]:
    """Findings as JSON, each with its sentence."""
    return [one.as_json() | {"sentence": say(one)} for one in found]


def plain(row: Model, columns: Iterable[str] = ()) -> JSONObject:
    """A row as JSON: these columns, or all; times in ISO 8601."""
    wanted = tuple(columns) or tuple(one.attname for one in row._meta.concrete_fields)
    values = ((name, getattr(row, name)) for name in wanted)
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values}


def match_json(row: Proposal) -> JSONObject:
    """What matching and people said about the ERP customer."""
    return {
        "kind": row.match_kind,
        "ord": row.target_ord,
        "chosen": row.target_chosen,
        "candidates": row.candidates,
        "not_same": row.not_same,
        "error": row.match_error,
    }


def proposal_json(row: Proposal) -> JSONObject:
    """The proposal with its decision."""
    columns = (
        "id", "state", "action", "kind", "operation", "subject", "contact_version", "digest", "cause", "payload",
        "edits", "changes", "created_at", "decided_at", "reason",
    )  # fmt: skip
    return plain(row, columns) | {
        "connection": row.connection.name,
        "decided_by": row.decided_by.get_username() if row.decided_by else None,
        "findings": said(findings_of(row.findings)),
    }


def exchange_json(row: Exchange) -> JSONObject:
    """One request and its reply, redacted as they were stored."""
    columns = ("id", "at", "operation", "method", "url", "status", "elapsed_ms", "error", "digest")
    return plain(row, columns) | {"request": row.request_body, "response": row.response_body}
