"""Which connections jobs may talk to, and who talks in bulk now."""

import contextlib
import time
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from zbsync.conf import conf
from zbsync.models import ErpConnection, Slot
from zbsync.pipeline.wiring.config import WiringError


@contextlib.contextmanager
def each_usable(connection: ErpConnection | None = None) -> Iterator["Rounds"]:
    """Work through one connection or all usable ones; one that cannot be wired stops the others only at the end.

    `with each_usable() as rounds: for one in rounds: with rounds.trying(): …`. Raises the first WiringError on leaving.
    """
    with each([connection] if connection is not None else usable()) as rounds:
        yield rounds


@contextlib.contextmanager
def each(connections: list[ErpConnection]) -> Iterator["Rounds"]:
    """The same for these connections, whether jobs may talk to them or not."""
    rounds = Rounds(connections)
    yield rounds
    if rounds.error is not None:
        raise rounds.error


class Rounds:
    """The connections of `each_usable`, and the first of their errors."""

    def __init__(self, connections: list[ErpConnection]) -> None:
        self._connections = connections
        self.error: WiringError | None = None

    def __iter__(self) -> Iterator[ErpConnection]:
        return iter(self._connections)

    @contextlib.contextmanager
    def trying(self) -> Iterator[None]:
        """Hold a WiringError back until the others have had their turn."""
        try:
            yield
        except WiringError as error:
            self.error = self.error or error


def usable() -> list[ErpConnection]:
    """The connections that jobs may talk to: active and not paused, by id."""
    return list(ErpConnection.objects.filter(is_active=True, paused_at__isnull=True).order_by("pk"))


class Hold:
    """A slot as `slot` hands it out: true when it is ours."""

    def __init__(self, connection: ErpConnection, token: uuid.UUID | None) -> None:
        self.connection = connection
        self.token = token
        self._renewed = time.monotonic()

    def __bool__(self) -> bool:
        return self.token is not None

    def keep(self) -> bool:
        """`renew` when a third of the lease has passed: to be asked in every round of a long piece of work."""
        if self and time.monotonic() - self._renewed > conf().lease_s / 3:
            return self.renew()
        return bool(self)

    def renew(self) -> bool:
        """Hold on for another lease; False when it was lost meanwhile, and then the work must stop."""
        kept = self.token is not None and bool(
            Slot.objects.filter(connection=self.connection, token=self.token).update(until=_until())
        )
        self._renewed = time.monotonic()
        if not kept:
            self.token = None
        return kept


@contextlib.contextmanager
def slot(connection: ErpConnection) -> Iterator[Hold]:
    """Be the only one who talks to this ERP in bulk, on however many machines; yields a false Hold when
    somebody is.

    It is a lease: a holder that dies frees it after `conf().lease_s`, one that works longer must `renew`.
    """
    token = uuid.uuid4()
    with transaction.atomic():
        Slot.objects.bulk_create([Slot(connection=connection)], ignore_conflicts=True)
        free = Q(token__isnull=True) | Q(until__lt=timezone.now())
        mine = Slot.objects.filter(free, connection=connection).update(token=token, until=_until())
    hold = Hold(connection, token if mine else None)
    try:
        yield hold
    finally:
        if hold:
            Slot.objects.filter(connection=connection, token=hold.token).update(token=None, until=None)


def _until() -> datetime:
    return timezone.now() + timedelta(seconds=conf().lease_s)
