"""What the pretend ERP keeps: people and sessions, customers and persons, and a journal of every call.

Used by the pages, the faults and the control door, and by tests that want to see the truth from the ERP's
side. Thread-safe; with a file it survives the end of its process.
"""

from typing import Any

from zbsync.sandbox.store.accounts import Accounts, User
from zbsync.sandbox.store.customers import DRAFT, LIVE
from zbsync.sandbox.store.database import checked_policies
from zbsync.sandbox.store.journal import Journal, Seen
from zbsync.sandbox.store.relations import Relations
from zbsync.sandbox.store.search import Search
from zbsync.sandbox.store.trade import Trade

__all__ = ["Seen", "Store", "User", "checked_policies"]


class Store(Accounts, Relations, Search, Trade, Journal):
    """Everything in one SQLite database: `Store()` in memory, `Store("erp.sqlite3")` in a file."""

    def state(self) -> dict[str, Any]:
        """Counts for a look from outside (customers, drafts, calls, effects…), and the policies."""

        def count(*parts: str, args: tuple[Any, ...] = ()) -> int:
            row = self.row("SELECT count(*) AS n FROM", *parts, args=args)
            return int(row["n"]) if row else 0

        effects = self.rows("SELECT effect, count(*) AS n FROM call GROUP BY effect ORDER BY effect")
        return {
            "customers": count("customer WHERE del = ?", args=(LIVE,)),
            "drafts": count("customer WHERE del = ?", args=(DRAFT,)),
            "persons": count("person WHERE del = 1"),
            "follow_ups": count("reply"),
            "contracts": count("contract"),
            "sessions": count("session"),
            "calls": self.calls(),
            "effects": {row["effect"]: row["n"] for row in effects},
            "policies": self.policies(),
        }
