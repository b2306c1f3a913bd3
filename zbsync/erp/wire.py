"""One request and one reply as bytes: what a dialect makes, what the transport carries, what becomes
evidence.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class WireRequest:
    """`path` starts with a slash, query included; `write` says that it may change something over there."""

    operation: str
    path: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "POST"
    write: bool = False


@dataclass(frozen=True, slots=True)
class WireAnswer:
    """A whole reply; header names are in lower case, `body` is as sent after content decoding."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as people would read it: UTF-8, else the code page of the older pages, never an error."""
        try:
            return self.body.decode("utf-8-sig")
        except UnicodeDecodeError:
            return self.body.decode("gb18030", "replace")
