"""What is done with a customer: owners, applications, reviews, shares, protection, follow-ups (fact sheet 4.4, 4.5)."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from zbsync.sandbox.store.customers import Customers

APPLIED, NEW = "apply", "new"
"""Values of `waiting`: somebody wants the customer; it was made and nobody has looked at it yet."""

EVERYBODY = 0
"""The `uid` of a share with all users."""


class Relations(Customers):
    """The part of the store that keeps who has to do with a customer, and what was said to it."""

    def release(self, ord_: int) -> None:
        """Back into the pool."""
        self.run("UPDATE customer SET cateid = NULL, claimed = '' WHERE ord = ?", args=(ord_,))

    def wait(self, ord_: int, kind: str, uid: int | None = None) -> None:
        """Let a customer wait for a decision; `kind` is APPLIED or NEW."""
        self.run("UPDATE customer SET waiting = ?, applicant = ? WHERE ord = ?", args=(kind, uid, ord_))

    def decide(self, ord_: int, uid: int, intro: str = "", *, agreed: bool) -> None:
        """End the waiting. An application that is agreed to makes the applicant the owner."""
        row = self.record(ord_)
        if row is None:
            return
        if agreed and row["applicant"]:
            self.assign(ord_, row["applicant"])
        self.wait(ord_, "")
        noted = (ord_, row["waiting"], agreed, uid, intro, self.stamp())
        self.run("INSERT INTO approval VALUES (NULL, ?, ?, ?, ?, ?, ?)", args=noted)

    def approvals(self, ord_: int) -> list[dict[str, Any]]:
        """The decisions on a customer, oldest first."""
        return [dict(row) for row in self.rows("SELECT * FROM approval WHERE customer = ? ORDER BY ord", args=(ord_,))]

    def protect(self, ord_: int, *, protected: bool = True) -> None:
        """Protect a customer, or give that up."""
        self.run("UPDATE customer SET protected = ? WHERE ord = ?", args=(protected, ord_))

    def protected_name(self, name: str, ord_: int) -> bool:
        """Whether another protected customer has this name."""
        clause = "SELECT 1 FROM customer WHERE name = ? AND protected = 1 AND del = 1 AND ord <> ?"
        return self.row(clause, args=(name, ord_)) is not None

    def share(self, ord_: int, sharer: int, uids: Iterable[int], rights: Mapping[str, str]) -> None:
        """Share a customer with these users (EVERYBODY for all), in place of what was shared before."""
        self.run("DELETE FROM share WHERE customer = ?", args=(ord_,))
        for uid in dict.fromkeys(uids):
            self.run("INSERT INTO share VALUES (?, ?, ?, ?)", args=(ord_, uid, sharer, json.dumps(dict(rights))))

    def shares(self, ord_: int) -> list[dict[str, Any]]:
        """With whom a customer is shared."""
        found = self.rows("SELECT * FROM share WHERE customer = ? ORDER BY uid", args=(ord_,))
        return [dict(row) | {"rights": json.loads(row["rights"])} for row in found]

    def follow_up(self, row: Mapping[str, Any]) -> int:
        """Append a follow-up: `datatype`, `target`, `company`, `uid`, `intro`, `sort`, and what it has besides."""
        ord_ = self.next_id("reply")
        empty = {"date": self.stamp(), "lead": 0, "plantype": 0, "plan": ""}
        values = {"ord": ord_} | empty | dict(row)
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        self.run(f"INSERT INTO reply ({names}) VALUES ({marks})", args=tuple(values.values()))
        return ord_

    def follow_ups(self, **equal: Any) -> list[dict[str, Any]]:
        """All follow-ups, oldest first; `equal` compares columns, for example `company=1207`."""
        where = [f'AND "{name}" = ?' for name in equal]
        found = self.rows("SELECT * FROM reply WHERE 1", *where, "ORDER BY ord", args=tuple(equal.values()))
        return [dict(row) for row in found]
