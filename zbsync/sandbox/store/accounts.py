"""Who may come in: accounts, sessions, and the failures counted per device serial (fact sheet 1.1, 1.4)."""

import secrets
from dataclasses import dataclass

from zbsync.sandbox.store.database import Database


@dataclass(frozen=True, slots=True)
class User:
    """One account. `sees` false means: its lists come back empty, without an error."""

    uid: int
    name: str
    login: str
    word: str
    dept: int
    mobile: bool
    frozen: bool
    sees: bool


class Accounts(Database):
    """The part of the store that knows people and sessions."""

    def user(self, uid: int) -> User | None:
        """The account with this number."""
        row = self.row("SELECT * FROM account WHERE uid = ?", args=(uid,))
        return User(*row) if row else None

    def user_named(self, login: str) -> User | None:
        """The account with this login name."""
        row = self.row("SELECT * FROM account WHERE login = ?", args=(login,))
        return User(*row) if row else None

    def freeze(self, uid: int, *, frozen: bool = True) -> None:
        """Freeze or thaw an account; its sessions stay."""
        self.run("UPDATE account SET frozen = ? WHERE uid = ?", args=(frozen, uid))

    def failures(self, serial: str) -> int:
        """Failed logins in a row from this device."""
        row = self.row("SELECT failures FROM serial WHERE serial = ?", args=(serial,))
        return int(row["failures"]) if row else 0

    def captcha(self, serial: str) -> str:
        """The text on the picture this device must copy; "" when none is wanted. For human eyes."""
        row = self.row("SELECT failures, captcha FROM serial WHERE serial = ?", args=(serial,))
        wanted = row is not None and row["failures"] >= self.policy("login_attempts")
        return str(row["captcha"]) if row is not None and wanted else ""

    def count_failure(self, serial: str, failures: int = 1) -> None:
        """Note failed logins of a device; a new picture each time."""
        self.run(
            "INSERT INTO serial VALUES (?1, ?2, ?3)",
            "ON CONFLICT (serial) DO UPDATE SET failures = failures + ?2, captcha = ?3",
            args=(serial, failures, secrets.token_hex(2)),
        )

    def forgive(self, serial: str) -> None:
        """Forget the failures of a device."""
        self.run("DELETE FROM serial WHERE serial = ?", args=(serial,))

    def open_session(self, uid: int, serial: str = "", session: str = "") -> str:
        """A new session of a user; `session` fixes its id."""
        session = session or secrets.token_hex(16)
        if self.policy("single_login"):
            self.run("DELETE FROM session WHERE uid = ?", args=(uid,))
        self.run("INSERT OR REPLACE INTO session VALUES (?, ?, ?, ?)", args=(session, uid, serial, self.clock()))
        return session

    def session_user(self, session: str) -> User | None:
        """Whose session this is, and slide its end; None when unknown or idle for too long."""
        row = self.row(
            "SELECT account.*, seen FROM session JOIN account USING (uid) WHERE session.id = ?",
            args=(session,),
        )
        if row is None:
            return None
        if self.clock() - row["seen"] > 60 * self.policy("session_minutes"):
            self.drop_session(session)
            return None
        self.run("UPDATE session SET seen = ? WHERE id = ?", args=(self.clock(), session))
        return User(*tuple(row)[:-1])

    def caller(self, session: str) -> User | None:
        """Who is calling: without a token check anybody is the first account."""
        return self.session_user(session) or (None if self.policy("token_required") else self.user(1))

    def may(self, user: User, operation: str, *, writes: bool) -> bool:
        """Whether the policies leave a user the right to an operation."""
        denied = self.policy("denied").get(user.login, ())
        return operation not in denied and not (writes and "*" in denied)

    def sees(self, user: User) -> bool:
        """Whether lists show this user anything at all."""
        return user.sees and user.login not in self.policy("blind")

    def drop_session(self, session: str) -> None:
        """Log one session out."""
        self.run("DELETE FROM session WHERE id = ?", args=(session,))

    def kill_sessions(self) -> int:
        """Log everybody out; returns how many sessions there were."""
        return self.run("DELETE FROM session")
