"""The hash chain over audit rows: each link names the one before, so no row can change or vanish unnoticed.

`pipeline.seal` links, `audit_verify` verifies (from an export too, without a database). Checkpoints outside
the database are the seal's business.
"""

import hashlib
from collections.abc import Iterable, Mapping

from zbsync.core.keys import canonical
from zbsync.core.records import JSONValue

PRUNE = "exchange.prune"
"""The verb of the entry that announces which exchanges go: `after` has `last_id`, up to which, and the `hash` of the
seal there. The entry is in the chain itself, so what is missing was either announced or taken.
"""

START = "0" * 64
"""What the first link of a chain names as its predecessor."""


def link(previous: str, row: Mapping[str, JSONValue]) -> str:
    """The hash of `row` after `previous`: 64 hexadecimal digits. The row must be JSON (times as text)."""
    return hashlib.sha256(f"{previous}\n{canonical(dict(row))}".encode()).hexdigest()


def verify(rows: Iterable[tuple[Mapping[str, JSONValue], str]], start: str = START) -> int | None:
    """The index of the first row whose hash is not what the chain says; None when all hold. Constant
    memory."""
    previous = start
    for index, (row, claimed) in enumerate(rows):
        previous = link(previous, row)
        if previous != claimed:
            return index
    return None
