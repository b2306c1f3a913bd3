"""How one ERP is reached: everything the fact sheet leaves to the installation (§9), as one value.

`pipeline.wiring` builds it from a connection row and the environment; client, session and dialects read it.
"""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from zbsync.erp.catalogue import OPERATIONS
from zbsync.erp.phrases import Phrases

PAGE_SIZE_MAX = 500
"""Rows a page: 500 worked on real ERPs, more was never seen for customers (fact sheet §6.13)."""


CONTENT_TYPES = ("application/json", "application/zsml")
"""What the ERP answers data to (fact sheet §2.1)."""

DIALECT_NAMES = ("legacy", "ov1", "v3")
"""The doors of the ERP (fact sheet §2)."""

PARTS = ("connect_timeout_s", "read_timeout_s", "write_timeout_s", "pool_timeout_s")
"""The parts of one call that have a bound of their own."""

GROUPS = ("customer.add", "customer.edit")
"""Words for the operations that make and that change a customer, where a dialect is chosen for them."""

_KINDS: Mapping[str, tuple[type | tuple[type, ...], str]] = {
    "timeout_s": ((int, float), "a number of seconds"),
    "pace_ms": ((int, float), "a number of milliseconds"),
    "page_size": (int, "a whole number"),
    "connect_timeout_s": ((int, float), "a number of seconds"),
    "read_timeout_s": ((int, float), "a number of seconds"),
    "write_timeout_s": ((int, float), "a number of seconds"),
    "pool_timeout_s": ((int, float), "a number of seconds"),
    "verify_tls": (bool, "true or false"),
    "dialects": (Mapping, "a table of operations and dialects"),
    "columns": (Mapping, "a table of columns and what we call them"),
    "names": (str, "ids or names"),
    "follow_up_list": (str, "a path"),
    "proxy": (str, "an address"),
    "ca_file": (str, "the name of a file"),
    "phrases": (Mapping, "a table of pattern names and regular expressions"),
}
"""Settings that are no text: options of a connection come from a keyboard, and a text "0" would count as true."""


@dataclass(frozen=True)
class ErpConfig:
    """Settings of one connection. Times: `timeout_s` bounds one call in seconds, `pace_ms` parts two calls of
    a lane. Inside one call, `connect_`, `read_`, `write_` and `pool_timeout_s` bound its parts; 0 leaves a part to the
    whole.

    `ca_file` has the authorities that vouch for the server instead of the public ones; `proxy` is an address with its
    user and password if it wants them.

    `dialects` chooses another dialect for some operations or `GROUPS`; `names` is what v3 is told of an option, its
    name or its id; `follow_up_list` the path of a page that lists follow-ups, which no help describes;
    `columns` names columns of lists whose real names were never seen.
    `serialnum` must stay the same for good: failures and captchas are counted per serial number, and an ERP
    may bind serial numbers to accounts (fact sheet §1.1). Raises ValueError that names the setting and the
    mend.
    """

    base_url: str
    dialect: str = "legacy"
    username: str = ""
    password: str = field(default="", repr=False)
    serialnum: str = "zbsync01"
    timeout_s: float = 20.0
    content_type: str = "application/json"
    login_path: str = "/webapi/v3/ov1/login"
    pace_ms: int = 0
    page_size: int = 100
    connect_timeout_s: float = 5.0
    read_timeout_s: float = 0.0
    write_timeout_s: float = 0.0
    pool_timeout_s: float = 0.0
    verify_tls: bool = True
    ca_file: str = ""
    proxy: str = field(default="", repr=False)
    phrases: Mapping[str, str] = field(default_factory=dict)
    dialects: Mapping[str, str] = field(default_factory=dict)
    names: str = "names"
    follow_up_list: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, (kinds, word) in _KINDS.items():
            value = getattr(self, name)
            if not isinstance(value, kinds) or (isinstance(value, bool) and kinds is not bool):
                raise ValueError(f"{name}: {value!r} is not {word}")
        object.__setattr__(self, "base_url", self.base_url.strip().rstrip("/"))
        self._check_phrases()
        self._check_address()
        self._check_paths()
        self._check_dialects()
        self._check_columns()
        self._check_bounds()
        self._check_way()
        if not self.serialnum.strip():
            raise ValueError("serialnum: choose up to 20 letters or digits and never change them")
        if self.content_type not in CONTENT_TYPES:
            raise ValueError(f"content_type: use {' or '.join(CONTENT_TYPES)}; others get a page for people")

    def _check_phrases(self) -> None:
        unknown = sorted(Phrases(self.phrases).operations - OPERATIONS.keys())
        if unknown:
            raise ValueError(f"phrases: {', '.join(unknown)} is no operation")

    def _check_paths(self) -> None:
        for name in ("login_path", "follow_up_list"):
            path = getattr(self, name)
            if not path.startswith("/") and (path or name == "login_path"):
                raise ValueError(f"{name}: {path!r} must start with a slash")

    def _check_bounds(self) -> None:
        for name in PARTS:
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must not be below 0; 0 leaves it to timeout_s")
        if self.timeout_s <= 0 or self.pace_ms < 0:
            raise ValueError("timeout_s must be above 0 and pace_ms not below 0")
        if not 1 <= self.page_size <= PAGE_SIZE_MAX:
            raise ValueError(f"page_size: {self.page_size} is not between 1 and {PAGE_SIZE_MAX}")

    def _check_dialects(self) -> None:
        chosen = {f"dialects: {operation}": name for operation, name in self.dialects.items()}
        for place, name in {"dialect": self.dialect, **chosen}.items():
            if name not in DIALECT_NAMES:
                raise ValueError(f"{place}: {name!r} is not known; use {', '.join(DIALECT_NAMES)}")
        unknown = sorted(set(self.dialects) - set(GROUPS) - set(OPERATIONS))
        if unknown:
            raise ValueError(f"dialects: {', '.join(unknown)} is no operation, nor {' or '.join(GROUPS)}")
        if self.names not in ("ids", "names"):
            raise ValueError(f"names: {self.names!r} is not ids or names")

    def _check_way(self) -> None:
        """The proxy and the file of authorities: a wrong one would stop every lane with a riddle."""
        if self.proxy and urlsplit(self.proxy).scheme not in {"http", "https", "socks5", "socks5h"}:
            raise ValueError("proxy: write it as http://host:port")
        if self.ca_file:
            try:
                ssl.create_default_context(cafile=self.ca_file)
            except OSError as error:
                raise ValueError(f"ca_file: {error.strerror or error} in {self.ca_file}; it wants PEM") from None

    def columns_of(self, operation: str) -> dict[str, str]:
        """What this installation calls a column of a list → what the catalogue calls it."""
        split = ((*key.rpartition("."), name) for key, name in self.columns.items())
        return {column: name for listed, _, column, name in split if listed == operation}

    def _check_columns(self) -> None:
        for key, name in self.columns.items():
            operation = OPERATIONS.get(key.rpartition(".")[0])
            if operation is None or name not in operation.answered:
                raise ValueError(f'columns: {key} → {name} does not fit; write {{"list_persons.pid": "ord"}}')

    def _check_address(self) -> None:
        try:
            url = urlsplit(self.base_url)
            _ = url.port
        except ValueError as error:
            raise ValueError(f"base_url: {error}; write it as http://host or https://host:port") from None
        if url.scheme not in {"http", "https"} or not url.hostname:
            raise ValueError("base_url: write it as http://host or https://host, with a port if it has one")
        if url.username or url.password or url.query or url.fragment:
            raise ValueError("base_url: leave out user, password and query; the account has settings of its own")
