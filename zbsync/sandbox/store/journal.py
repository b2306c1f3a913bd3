"""What the ERP saw: every call with its effect, so that "exactly once" can be proved from this side too."""

from collections import Counter
from dataclasses import asdict, dataclass, fields
from typing import Any

from zbsync.sandbox import operations
from zbsync.sandbox.documents import Reply
from zbsync.sandbox.request import Call
from zbsync.sandbox.store.database import Database

WRITES = ("created", "modified")
"""Effects that changed a customer."""

CHANGES = (*WRITES, "person_created", "person_modified", "appended", "changed")
"""Effects that changed anything a person would miss."""

KEPT_READS = 200_000
"""Calls that changed nothing are forgotten when so many came after them; all others are kept."""

_FORGOTTEN = ("read", "listed", "none", "expired", "login", "logout")


@dataclass(frozen=True, slots=True)
class Seen:
    """One call. `effect` as in `documents.Reply`; `status` 0: nobody was answered; `at` in epoch seconds.

    `operation` as in `operations`, `digest` is of the raw body, `content` of the data alone (equal when the
    same is said in another session). `took_at` is when a change took effect, later than `at` for a late one.
    """

    seq: int
    at: float
    method: str
    path: str
    query: str
    cmdkey: str
    session: str
    ord: int | None
    khid: str
    digest: str
    effect: str
    status: int
    faults: str
    dialect: str
    operation: str
    mobile: str
    content: str
    took_at: float | None

    @property
    def answered(self) -> bool:
        """Whether the caller was told anything."""
        return self.status != 0

    def as_json(self) -> dict[str, Any]:
        """The row as `GET /__sandbox__/log` shows it, without the session."""
        shown = {name: value for name, value in asdict(self).items() if name != "session"}
        return shown | {"answered": self.answered}


_FILTERS = frozenset(field.name for field in fields(Seen)) - {"at", "took_at"}
_MARKS = ", ".join("?" * (len(fields(Seen)) - 1))


class Journal(Database):
    """The part of the store that remembers calls."""

    def note(self, call: Call, reply: Reply, faults: tuple[str, ...] = (), *, answered: bool = True) -> int:
        """Write a call down, with what it did; returns its number."""
        request, now = call.request, self.clock()
        path, _, query = request.target.partition("?")
        ord_ = reply.ord if reply.ord is not None else _number(call.data.get("ord", ""))
        args = (
            now,
            request.method,
            path,
            query,
            call.command,
            call.session,
            ord_,
            reply.khid or call.data.get("khid", ""),
            call.digest,
            reply.effect,
            reply.status if answered else 0,
            ",".join(faults),
            call.dialect,
            call.operation,
            call.data.get("mobile", ""),
            call.content,
            now if reply.effect in CHANGES else None,
        )
        with self.transaction():
            self.run(f"INSERT INTO call VALUES (NULL, {_MARKS})", args=args)
            row = self.row("SELECT last_insert_rowid() AS seq")
            seq = int(row["seq"]) if row else 0
            if seq % 1000 == 0:
                self._forget(seq - KEPT_READS)
        return seq

    def _forget(self, before: int) -> None:
        marks = ", ".join("?" * len(_FORGOTTEN))
        self.run(f"DELETE FROM call WHERE seq < ? AND effect IN ({marks})", args=(before, *_FORGOTTEN))

    def amend(self, seq: int, reply: Reply) -> None:
        """A call that was pending has come to its end."""
        took_at = self.clock() if reply.effect in CHANGES else None
        self.run(
            "UPDATE call SET effect = ?, ord = coalesce(?, ord), khid = coalesce(nullif(?, ''), khid), took_at = ?",
            "WHERE seq = ?",
            args=(reply.effect, reply.ord, reply.khid, took_at, seq),
        )

    def log(self, since: int = 0, limit: int = -1, **equal: Any) -> list[Seen]:
        """Calls after number `since`, oldest first; `equal` compares columns, for example `effect="created"`.

        Raises ValueError for a column a call does not have.
        """
        unknown = sorted(set(equal) - _FILTERS)
        if unknown:
            raise ValueError(f"a call has no {', '.join(unknown)}; filter by {', '.join(sorted(_FILTERS))}")
        where = [f"AND {name} = ?" for name in equal]
        args = (since, *equal.values(), limit)
        rows = self.rows("SELECT * FROM call WHERE seq > ?", *where, "ORDER BY seq LIMIT ?", args=args)
        return [Seen(*row) for row in rows]

    def writes(self, **equal: Any) -> list[Seen]:
        """The calls that changed a customer: `writes(khid="WX1")` has length 1 when it took effect once."""
        return [seen for seen in self.log(**equal) if seen.effect in WRITES]

    def changes(self, **equal: Any) -> list[Seen]:
        """The calls that changed anything: customers, persons, follow-ups, owners, shares."""
        return [seen for seen in self.log(**equal) if seen.effect in CHANGES]

    def tally(self) -> dict[str, Any]:
        """For whoever counts: effects of each write operation, what went unanswered, numbers that stand twice."""
        counted: dict[str, Counter[str]] = {name: Counter() for name in sorted(operations.WRITES)}
        for row in self.rows("SELECT operation, effect, count(*) AS n FROM call GROUP BY operation, effect"):
            if row["operation"] in counted:
                counted[row["operation"]][row["effect"]] = row["n"]
        silent = self.row("SELECT count(*) AS n FROM call WHERE status = 0")
        twice = "SELECT khid, count(*) AS n FROM customer WHERE del = 1 AND khid <> '' GROUP BY khid HAVING n > 1"
        again = (
            "SELECT operation, ord, content, count(*) AS n FROM call WHERE effect = 'appended'"
            " GROUP BY operation, ord, content HAVING n > 1"
        )
        return {
            "operations": {name: dict(effects) for name, effects in counted.items() if effects},
            "unanswered": int(silent["n"]) if silent else 0,
            "khid_twice": {row["khid"]: row["n"] for row in self.rows(twice)},
            "appended_twice": [dict(row) for row in self.rows(again)],
        }

    def calls(self) -> int:
        """How many calls there were; those forgotten count too."""
        row = self.row("SELECT coalesce(max(seq), 0) AS n FROM call")
        return int(row["n"]) if row else 0


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 19 else None
