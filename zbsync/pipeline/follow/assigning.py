"""Who gets a customer that we made: by score, in turn. A turn is taken in the transaction that proposes it.

Whoever works out turns holds the rules of the connection, so that nobody else gives the same one.
"""

from collections.abc import Mapping

from zbsync.core.findings import Finding
from zbsync.core.follow.assignment import AssignRule, rule_for, whose_turn
from zbsync.core.follow.operations import ASSIGN
from zbsync.models import AssignmentRule, Contact
from zbsync.pipeline import bulk, following, tables
from zbsync.pipeline.follow.wanted import Wanted

CREATED = "created"
"""The subject of what we assign by ourselves: once for each customer we made."""

EVERYBODY, NAMED = "1", "0"
"""`member1`: open to all users, or given to those of `member2` (fact sheet §4.4)."""

USERS = "users"


class Turns:
    """The rules of one connection, locked, with the turns taken so far; `store` keeps them."""

    def __init__(self, target: tables.Target) -> None:
        rows = AssignmentRule.objects.filter(connection=target.connection)
        self._rows = list(rows.order_by("position", "id").select_for_update())
        self._rules = [AssignRule(row.min_score, tuple(row.users), row.open_to_all) for row in self._rows]
        self._options: Mapping[str, str] = target.tables.options.get(USERS, {})
        self._moved: dict[int, AssignmentRule] = {}

    def wanted(self, contact: Contact) -> Wanted | None:
        """Who gets this contact's customer; None when no rule speaks of it, or when its list was never filled: that is
        one finding on the rule and not one on every customer. A turn is taken only by who is known.
        """
        at = rule_for(contact.score, self._rules)
        if at is None:
            return None
        row, rule = self._rows[at], self._rules[at]
        if rule.open_to_all:
            return _assign({"member1": EVERYBODY}, str(row), "")
        user = whose_turn(rule.users, row.turn)
        if not user:
            return None
        code, _ = following.coded(ASSIGN, "member2", user, {USERS: self._options})
        if code == user:
            caption = following.specs(ASSIGN, "unit")["member2"].caption
            missing = "mapping.not_an_option" if self._options else "mapping.vocabulary_missing"
            found = Finding(missing, "member2", params={"caption": caption, "value": user, "vocabulary": USERS})
            return _assign({"member1": NAMED}, str(row), "", found)
        row.turn += 1
        self._moved[row.pk] = row
        return _assign({"member1": NAMED, "member2": code}, str(row), user)

    def store(self) -> None:
        """Keep the turns that were taken."""
        bulk.update(list(self._moved.values()), ("turn",))


def _assign(payload: dict[str, str], rule: str, user: str, *found: Finding) -> Wanted:
    fields = following.origins(payload, dict.fromkeys(payload, rule), {"member2": user})
    return Wanted(ASSIGN, CREATED, payload, fields, list(found))
