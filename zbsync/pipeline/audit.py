"""Who acts, and the one place that writes it down. Called by every verb and stage inside its own transaction.

Names of acts are codes (`proposal.approve`, `push.settle`); `zbsync.sentences` makes prose of them when shown.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin
from django.core.exceptions import PermissionDenied
from django.db import transaction

from zbsync.models import Entry
from zbsync.pipeline import bulk


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person, or a job by its name."""

    name: str
    user_id: int | None = None

    @classmethod
    def of(cls, user: AbstractBaseUser) -> "Actor":
        """A person."""
        return cls(user.get_username(), user.pk)

    @classmethod
    def job(cls, name: str) -> "Actor":
        """A background job or a command."""
        return cls(f"job:{name}")


@dataclass(frozen=True, slots=True)
class Line:
    """One subject of an act. `subject` is the model's name in lower case; before and after are JSON values."""

    subject: str
    subject_id: int | None = None
    contact_id: int | None = None
    before: Any = None
    after: Any = None


def permit(by: AbstractBaseUser, permission: str) -> Actor:
    """The person as an actor; raises PermissionDenied (naming the permission, such as `zbsync.approve_proposal`) when
    they may not.
    """
    if not (by.is_active and isinstance(by, PermissionsMixin) and by.has_perm(permission)):
        raise PermissionDenied(f"{by.get_username()} lacks the permission {permission}")
    return Actor.of(by)


def new_act() -> uuid.UUID:
    """The id that all entries of one act share."""
    return uuid.uuid4()


def write(act: uuid.UUID, actor: Actor, verb: str, lines: Iterable[Line], *, now: datetime, reason: str = "") -> None:
    """Write one entry per line; raises RuntimeError outside a transaction, where entry and deed could part."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError(f"audit of {verb} outside a transaction")
    said = list(lines)
    same = {"act": act, "at": now, "actor_id": actor.user_id, "actor_name": actor.name, "verb": verb}
    same["reason"] = reason[:500]
    own = ("subject", "subject_id", "contact_id", "before", "after")
    bulk.insert_columns(
        Entry,
        {name: [value] * len(said) for name, value in same.items()}
        | {name: [getattr(line, name) for line in said] for name in own},
    )
