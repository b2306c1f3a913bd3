"""Logging in: how a lane gets its session, and the guard that keeps a wrong password from locking the
account.

A session is renewed on the ERP's word that it ran out, never by the clock (fact sheet §1.4). Failures are
counted over there per serial number, which all lanes share, and after three of them it asks for a captcha
(§1.1): so all lanes of a connection share one guard, which lets one login through at a time until one has worked,
and closes after two refusals.
"""

import threading
import time
from collections.abc import Callable, Generator, Sequence

from zbsync.erp.dialects.base import Call
from zbsync.erp.dialects.entrance import Entrance
from zbsync.erp.errors import CaptchaDemanded, LoginFailed, LoginRefused, WrongPath

PROVED_S = 10.0
"""Seconds for which a login that worked vouches for the account: so long, other lanes need not wait for each other."""


class LoginGuard:
    """Shared by the lanes of one connection; thread-safe.

    `refused` counts refusals in a row; at `limit` every login raises LoginRefused without a word to the ERP,
    until a person has mended the account and `reset` it.
    """

    def __init__(self, limit: int = 2, refused: int = 0) -> None:
        self.limit = limit
        self.refused = refused
        self._one = threading.Lock()
        self._counting = threading.Lock()
        self._proved_at: float | None = None

    @property
    def closed(self) -> bool:
        """Whether no login is tried any more."""
        return self.refused >= self.limit

    def login(self, attempt: Callable[[], str], patience_s: float = -1) -> str:
        """The session `attempt` brings. A lost or broken login counts neither way.

        One at a time until one has worked: a wrong password would else be tried by every lane at once. Waits for other
        lanes' logins up to `patience_s` seconds (-1: for ever), then raises LoginFailed: at an ERP that hangs, the last
        of many lanes would otherwise wait longer than its lease.
        """
        if not self._one.acquire(timeout=patience_s):
            raise LoginFailed("another lane is still waiting for its login")
        try:
            if not self._proved():
                return self._login(attempt)
        finally:
            self._one.release()
        return self._login(attempt)

    def _proved(self) -> bool:
        return self._proved_at is not None and time.monotonic() - self._proved_at < PROVED_S

    def _login(self, attempt: Callable[[], str]) -> str:
        if self.closed:
            raise LoginRefused(f"refused {self.refused} times; no further try before a person has looked")
        try:
            session = attempt()
        except LoginRefused as error:
            with self._counting:
                more = self.refused + 1
                self.refused = max(self.limit, more) if isinstance(error, CaptchaDemanded) else more
                self._proved_at = None
            raise
        with self._counting:
            self.refused, self._proved_at = 0, time.monotonic()
        return session

    def reset(self) -> None:
        """A person says that the account is in order."""
        self.refused = 0


def login_flow(entrance: Entrance, paths: Sequence[str]) -> Generator[Call[str], str, tuple[str, str]]:
    """The login without I/O: yields calls, is sent each one's session or thrown its WrongPath; returns
    session, path.

    A page that does not exist was asked in vain and costs nothing; any other failure ends the flow.
    """
    *older, last = paths
    for path in older:
        try:
            return (yield entrance.login(path)), path
        except WrongPath:
            continue
    return (yield entrance.login(last)), last


class Session:
    """One lane's session. `ask` sends one call; it may raise any ErpError.

    Safe between threads: when two of them find the same session expired, one renews it and the other takes what came.
    """

    def __init__(
        self, entrance: Entrance, guard: LoginGuard, ask: Callable[[Call[str]], str], patience_s: float = -1
    ) -> None:
        self.value = ""
        self._patience_s = patience_s
        self._entrance = entrance
        self._guard = guard
        self._ask = ask
        self._paths = entrance.paths()
        self._renewing = threading.Lock()

    def current(self) -> str:
        """The session, got by a login when there is none yet."""
        return self.value or self.renew("")

    def renew(self, stale: str) -> str:
        """A session other than `stale`: a new one, unless another thread has got it meanwhile."""
        with self._renewing:
            if not self.value or self.value == stale:
                self.value = ""
                self.value = self._guard.login(self._login, self._patience_s)
            return self.value

    def way_out(self) -> Call[str]:
        """The logout that belongs to the login that worked."""
        return self._entrance.logout(self._paths[0])

    def forget(self) -> str:
        """The session, which is nobody's from now on."""
        with self._renewing:
            value, self.value = self.value, ""
            return value

    def _login(self) -> str:
        flow = login_flow(self._entrance, self._paths)
        call = next(flow)
        while True:
            try:
                try:
                    session = self._ask(call)
                except WrongPath as error:
                    call = flow.throw(error)
                else:
                    call = flow.send(session)
            except StopIteration as done:
                session, path = done.value
                self._paths = (path,)
                return str(session)
