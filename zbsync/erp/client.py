"""The ERP, as the pipeline sees it: one `ErpClient` is one lane with one session and one call at a time.

Made by `pipeline.wiring`. Questions raise an `errors` leaf; a save never does for anything the ERP or the
network did: it answers an outcome. Reads are tried again here, briefly; a save never is, with one exception
that is none: when the ERP says that the session ran out, it has proved that it did not process the request.
"""

import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TypeVar

from zbsync.core.outcome import Accepted, Deferred, Outcome
from zbsync.core.redact import Redactor
from zbsync.erp.catalogue import VOCABULARIES
from zbsync.erp.commands import (
    Act,
    Allocate,
    Allocated,
    CustomerRecord,
    FormField,
    FormRecord,
    ListRows,
    Node,
    OptionRow,
    Page,
    ReadCustomer,
    ReadForm,
    ReadOptions,
    ReadTree,
    SaveCustomer,
    overlay,
)
from zbsync.erp.config import ErpConfig
from zbsync.erp.dialects.base import Call
from zbsync.erp.dialects.choice import ADD, DIALECTS, EDIT, Capabilities, Choice, Door, door_of
from zbsync.erp.dialects.entrance import Entrance
from zbsync.erp.dialects.request import known_kind
from zbsync.erp.errors import (
    Absent,
    EmptyAnswer,
    ErpError,
    Expired,
    Later,
    LoginFailed,
    LoginRefused,
    LostReply,
    NotSent,
    Reached,
    ServerFault,
)
from zbsync.erp.exchange import Exchange
from zbsync.erp.naming import Naming, Unnamed
from zbsync.erp.outcomes import outcome_of, rejected_option
from zbsync.erp.session import LoginGuard, Session
from zbsync.erp.transport import Inner, Transport

__all__ = [
    "DIALECTS",
    "Allocated",
    "Capabilities",
    "CustomerRecord",
    "Door",
    "ErpClient",
    "ErpConfig",
    "FormField",
    "FormRecord",
    "Inner",
    "LoginGuard",
    "Node",
    "OptionRow",
    "Page",
    "door_of",
    "outcome_of",
    "overlay",
]

R = TypeVar("R")

READ_PAUSES_S = (0.2, 0.8)
"""Seconds before the second and the third try of a read."""

LEAST_S = 1.0
"""Seconds a try of a read gets even when a slow login has used up its time."""

TRANSIENT = (NotSent, LostReply, Later, ServerFault, EmptyAnswer, LoginFailed)
"""Failures of a read that another try may cure."""

SECRET_MIN = 8
"""Characters from which a session is struck out by value, too; a shorter one would eat half an answer."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class ErpClient:
    """One lane. Not to be shared between threads; a lock keeps one call at a time per session all the same.

    `record` gets an Exchange for every request, lost ones and logins included. Commands that do not fit, or that no
    dialect of the connection says, raise ValueError before anything is sent.
    """

    def __init__(
        self,
        config: ErpConfig,
        guard: LoginGuard,
        record: Callable[[Exchange], None],
        *,
        transport: Inner | None = None,
        now: Callable[[], datetime] = _utc_now,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._config = config
        self._choice = Choice(config)
        self._naming = Naming(self.options, self.tree)
        self._transport = Transport(config, transport)
        self._session = Session(
            Entrance(config), guard, lambda call: self._exchange(call, "", config.timeout_s), config.timeout_s
        )
        self._record, self._now, self._sleep = record, now, sleep
        self._turn = threading.Lock()
        self._free_at = 0.0
        self._redacts = "", Redactor((config.password,))

    @property
    def capabilities(self) -> Capabilities:
        """What the flow may rely on at this ERP, as the connection reaches it."""
        return self._choice.capabilities

    def door(self, kind: str, *, creates: bool) -> Door:
        """By which door a customer of this kind is saved, new or changed."""
        return door_of(self._config.dialect, self._config.dialects, self._config.names, kind, creates=creates)

    def allocate(self, kind: str) -> Allocated:
        """A fresh id. Never tried again here: each try burns an id over there."""
        if not self._choice.speaker(f"save_{known_kind(kind)}", ADD).reserves_ids:
            raise ValueError("new customers are saved without an id here; see capabilities.reserves_ids")
        return self._ask(self._choice.speaker(f"allocate_{kind}", ADD).allocate(Allocate(kind)))

    def save(
        self,
        kind: str,
        ord: int | None,  # noqa: A002 - the ERP's word
        fields: Mapping[str, str],
        *,
        labels: Mapping[str, str] | None = None,
        creates: bool = False,
        start_by: float | None = None,
    ) -> Outcome:
        """Post exactly these fields under `ord`; what the form has and they leave out is blanked (see
        `overlay`). Not sent at all once `start_by` (time.monotonic) has passed: a login may have taken long.

        `ord` None makes a customer where no ids are reserved, and is answered `Accepted(None)`. `creates` says that
        `ord` was reserved for a new customer, which a connection may save by another door than a change. `labels` has
        the names of options by field, for a door that is told names; those it leaves out are looked up.

        Raises LoginRefused and CaptchaDemanded, for then the whole connection has to stop, and ValueError for
        a kind or an id that is none. Everything else is an outcome.
        """
        group = ADD if creates or ord is None else EDIT
        speaker = self._choice.speaker(f"save_{known_kind(kind)}", group)
        named = labels or {}
        try:
            if speaker.wants_names:
                named = self._naming.labels(fields, named)
            call = speaker.save(SaveCustomer(kind, ord, fields, named))
        except LoginRefused:
            raise
        except ErpError as error:
            return Deferred(error.cause, None, error.message)
        except Unnamed as unnamed:
            return rejected_option(unnamed)
        return self._write(call, ord, kind, start_by)

    def act(
        self,
        operation: str,
        ord: int | None,  # noqa: A002 - the ERP's word
        fields: Mapping[str, str],
        *,
        start_by: float | None = None,
    ) -> Outcome:
        """Any other write (`catalogue.ACTS`): outcomes and errors as of `save`. `ord` None or 0 makes a new person,
        whose id the ERP does not tell.
        """
        return self._write(
            self._choice.speaker(operation).act(Act(operation, ord, fields)), ord or None, operation, start_by
        )

    def read(self, ord: int) -> CustomerRecord | None:  # noqa: A002 - the ERP's word
        """One customer with raw values; None only when the ERP says that it is deleted.

        A reserved id that was never saved answers an empty form: `CustomerRecord.saved` is False then.
        """
        try:
            return self._read(self._choice.speaker("read_customer").read(ReadCustomer(ord)))
        except Absent:
            return None

    def form(self, operation: str, ord: int) -> FormRecord | None:  # noqa: A002 - the ERP's word
        """Any other record, by the operation that opens it (`read_person`, `read_contract`); None as for `read`."""
        try:
            return self._read(self._choice.speaker(operation).form(ReadForm(operation, ord)))
        except Absent:
            return None

    def rows(self, operation: str, filters: Mapping[str, str], page: int = 1, size: int | None = None) -> Page:
        """One page of any list. Raises ValueError for a filter the ERP would ignore in silence."""
        command = ListRows(operation, filters, page, size or self._config.page_size)
        found = self._read(self._choice.speaker(operation).rows(command))
        return found.renamed(self._config.columns_of(operation))

    def customers(self, filters: Mapping[str, str], page: int = 1, size: int | None = None) -> Page:
        """One page of customers."""
        return self.rows("list_customers", filters, page, size)

    def persons(self, filters: Mapping[str, str], page: int = 1, size: int | None = None) -> Page:
        """One page of contact persons."""
        return self.rows("list_persons", filters, page, size)

    def options(self, vocabulary: str) -> list[OptionRow]:
        """The entries of a flat vocabulary."""
        return self._read(self._choice.speaker("options").options(ReadOptions(vocabulary)))

    def tree(self, vocabulary: str) -> list[Node]:
        """The top nodes of a tree vocabulary."""
        known = VOCABULARIES.get(vocabulary)
        return self._read(self._choice.speaker(known.operation if known else "options").tree(ReadTree(vocabulary)))

    def check(self) -> dict[str, object]:
        """Log in, read one page of customers and the sources: `{"dialect", "customers": n, "ly": {label:
        code}}`.
        """
        first = self.customers({}, size=1)
        return {
            "dialect": self._config.dialect,
            "customers": first.record_count,
            "ly": {row.label: row.code for row in self.options("ly")},
        }

    def close(self) -> None:
        """Close the connection. The session is left to run out: a logout could hang a stopping worker."""
        self._transport.close()

    def logout(self) -> None:
        """End the session over there, if there is one. Raises what a question raises."""
        call = self._session.way_out()
        if session := self._session.forget():
            self._exchange(call, session, self._config.timeout_s)

    def _write(self, call: Call[str], ord_: int | None, about: str, start_by: float | None) -> Outcome:
        try:
            return Accepted(ord_, self._ask(call, start_by=start_by))
        except LoginRefused:
            raise
        except ErpError as error:
            return outcome_of(error, about)

    def _read(self, call: Call[R]) -> R:
        """A question, tried up to three times inside the time of one call, so that the clocks keep their order."""
        until = time.monotonic() + self._config.timeout_s
        for pause in READ_PAUSES_S:
            try:
                return self._ask(call, until)
            except TRANSIENT as error:
                wished = error.retry_after_s if isinstance(error, Later) else None
                wait = max(pause, wished or 0.0)
                if time.monotonic() + wait >= until:
                    raise
                self._sleep(wait)
        return self._ask(call, until)

    def _ask(self, call: Call[R], until: float | None = None, start_by: float | None = None) -> R:
        """One call, with one renewal when the ERP says that the session ran out."""
        session = self._logged_in(self._session.current)
        try:
            _in_time(start_by)
            return self._exchange(call, session, self._left(until))
        except Expired:
            session = self._logged_in(lambda: self._renew(session))
            _in_time(start_by)
            return self._exchange(call, session, self._left(until))

    def _renew(self, stale: str) -> str:
        self._transport.forget_cookies()
        return self._session.renew(stale)

    def _logged_in(self, login: Callable[[], str]) -> str:
        """A login that broke half-way says nothing about the request it was for, except that it never went out."""
        try:
            return login()
        except ErpError as error:
            if error.reached is Reached.NO:
                raise
            failed = LoginFailed(str(error))
            failed.evidence = error.evidence
            raise failed from error

    def _left(self, until: float | None) -> float:
        if until is None:
            return self._config.timeout_s
        return max(until - time.monotonic(), min(LEAST_S, self._config.timeout_s))

    def _exchange(self, call: Call[R], session: str, timeout_s: float) -> R:
        """Send, decode, keep the evidence, whatever happens, an interruption included."""
        request = call.encode(session)
        redactor = self._redactor(session)
        with self._turn:
            self._pace()
            at, began = self._now(), time.perf_counter()
            answer, error, failure = None, "interrupted", None
            try:
                answer = self._transport.send(request, timeout_s)
                result = call.decode(answer)
                error = ""
            except ErpError as failed:
                failed.message = redactor.text(failed.message)
                error, failure = failed.code, failed
                raise
            finally:
                elapsed = (time.perf_counter() - began) * 1000
                exchange = Exchange(redactor, at, self._config.base_url, request, answer, elapsed, error)
                if failure is not None:
                    failure.evidence = exchange
                self._free_at = time.monotonic() + self._config.pace_ms / 1000
                self._record(exchange)
            return result

    def _redactor(self, session: str) -> Redactor:
        """The user's name needs no place in it: it travels behind `txt:`, which is always struck out."""
        if self._redacts[0] != session:
            words = (self._config.password, session if len(session) >= SECRET_MIN else "")
            self._redacts = session, Redactor(words)
        return self._redacts[1]

    def _pace(self) -> None:
        wait = self._free_at - time.monotonic()
        if self._config.pace_ms and wait > 0:
            self._sleep(wait)


def _in_time(start_by: float | None) -> None:
    if start_by is not None and time.monotonic() > start_by:
        raise NotSent("the login took so long that the lease would end before the answer")
