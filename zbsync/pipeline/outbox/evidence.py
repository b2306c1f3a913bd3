"""Evidence: what was said on the wire, as rows. Made here for every stage that asks the ERP something."""

from collections.abc import Iterable

from zbsync.core import keys
from zbsync.erp import exchange as erp
from zbsync.models import Attempt, ErpConnection, Exchange, Proposal, Push

_SIGNED = ("operation", "method", "url", "request_headers", "request_body", "status", "response_headers")


def exchange_rows(
    connection: ErpConnection,
    exchanges: Iterable[erp.Exchange],
    *,
    push: Push | None = None,
    attempt: Attempt | None = None,
    proposal: Proposal | None = None,
) -> list[Exchange]:
    """Unsaved evidence rows; `digest` is taken over the whole stored row, so that a changed one shows."""
    rows = []
    for said in exchanges:
        row = Exchange(
            connection=connection,
            push=push,
            attempt=attempt,
            proposal=proposal,
            at=said.at,
            operation=said.operation[:40],
            method=said.method[:10],
            url=said.url[:500],
            request_headers=said.request_headers,
            request_body=storable(said.request_body),
            status=said.status,
            response_headers=said.response_headers,
            response_body=storable(said.response_body),
            elapsed_ms=said.elapsed_ms,
            error=said.error[:500],
        )
        row.digest = exchange_digest(row)
        rows.append(row)
    return rows


def storable(text: str) -> str:
    """The text without NUL, which PostgreSQL cannot keep: a visible mark stands for it."""
    return text.replace("\x00", "\u2400")


def exchange_digest(row: Exchange) -> str:
    """SHA-256 over what was said and when, as `core.keys.digest` spells it."""
    said = {name: getattr(row, name) for name in _SIGNED}
    return keys.digest(said | {"at": row.at.isoformat(), "response_body": row.response_body, "error": row.error})
