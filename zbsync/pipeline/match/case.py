"""One proposal being matched: what is looked for, and what was found so far."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from zbsync.core.matching import ErpView, Query
from zbsync.models import Proposal


@dataclass(frozen=True, slots=True)
class Told:
    """The ERP's refusal of a push of the same contact: another record has the value of `field` ("" = it named none)."""

    field: str
    caption: str
    sentence: str


@dataclass(slots=True)
class Case:
    """A customer counts only once it was read in full: `full` holds its view, `values` its fields, by ord.

    `hints` are customers that may count once they are read; `persons` are further contact persons of a customer,
    whose numbers its own record does not tell; `gone` are ords the ERP says are deleted. `error` is the code of
    what failed while looking; `open` says that looking has not ended, and then the proposal is left alone. `again` asks
    for somebody to be looked for whatever was decided: an approved create, before it is sent. `told` is what the ERP
    refused as a duplicate: then nothing but the ERP itself is asked. `persons_unread`: nobody could be looked for among
    the contact persons of companies.
    """

    row: Proposal
    query: Query
    bound: int | None = None
    full: dict[int, ErpView] = field(default_factory=dict)
    values: dict[int, dict[str, str]] = field(default_factory=dict)
    hints: set[int] = field(default_factory=set)
    persons: list[ErpView] = field(default_factory=list)
    gone: set[int] = field(default_factory=set)
    error: str = ""
    open: bool = False
    again: bool = False
    told: Told | None = None
    persons_unread: bool = False

    @property
    def target(self) -> int | None:
        """The customer that is meant, whatever looks alike: bound, or chosen by a person."""
        if self.bound is not None:
            return self.bound
        return self.row.target_ord if self.row.target_chosen else None

    @property
    def decided(self) -> bool:
        """Whether there is nothing to search for: bound, or a person has chosen ("create" is a choice too)."""
        return not self.again and (self.bound is not None or self.row.target_chosen)

    def wants(self) -> set[int]:
        """Customers that have to be read in full."""
        wanted = self.hints | {one.ord for one in self.persons}
        if self.target is not None:
            wanted.add(self.target)
        return wanted - self.full.keys() - self.gone

    def learn(self, view: ErpView, values: dict[str, str]) -> None:
        """A customer in full."""
        self.full[view.ord], self.values[view.ord] = view, values

    def views(self) -> Iterator[ErpView]:
        """Everything that counts."""
        yield from self.full.values()
        yield from (one for one in self.persons if one.ord in self.full)
