"""What a dialect is: a pure codec between commands and bytes, and a word on what its ERP door can do.

`client` talks to whichever dialect is chosen for an operation and knows no other. A dialect holds no session, does
no I/O and never decides whether something is tried again. How to log in is no dialect's: `entrance`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from zbsync.erp.commands import (
    Act,
    Allocate,
    Allocated,
    CustomerRecord,
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
)
from zbsync.erp.wire import WireAnswer, WireRequest

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Call(Generic[R]):
    """One command in a dialect: `encode(session)` makes the request, `decode(answer)` its meaning or an ErpError."""

    encode: Callable[[str], WireRequest]
    decode: Callable[[WireAnswer], R]
    write: bool = False


class Dialect(Protocol):
    """The codec. Commands that do not fit raise ValueError before anything is sent."""

    @property
    def reserves_ids(self) -> bool:
        """Whether an id is handed out before a customer is saved, so that a save under it can be repeated."""

    @property
    def answers_id(self) -> bool:
        """Whether it is known after a save which record was written."""

    @property
    def carries(self) -> frozenset[str]:
        """The fields of a customer that a save can say; it has no place for any other."""

    @property
    def wants_names(self) -> bool:
        """Whether a save is told the names of options besides their ids."""

    def has(self, operation: str) -> bool:
        """Whether this door does it."""

    def allocate(self, command: Allocate) -> Call[Allocated]:
        """Reserve an id."""

    def save(self, command: SaveCustomer) -> Call[str]:
        """Answers the ERP's own sentence of success; anything else is raised."""

    def act(self, command: Act) -> Call[str]:
        """The same for every other write."""

    def read(self, command: ReadCustomer) -> Call[CustomerRecord]:
        """Raises Absent when the ERP says that the record is gone."""

    def form(self, command: ReadForm) -> Call[FormRecord]:
        """The same for a record that is no customer."""

    def rows(self, command: ListRows) -> Call[Page]:
        """One page."""

    def options(self, command: ReadOptions) -> Call[list[OptionRow]]:
        """All entries."""

    def tree(self, command: ReadTree) -> Call[list[Node]]:
        """The top nodes with everything below."""
