"""What can be asked of the ERP and what it answers, in words of no dialect.

Written by `client`, read by the dialects (which turn a command into bytes and bytes into an answer) and by
the pipeline. Plain values: nothing here talks, checks or decides. Facts: ERP protocol fact sheet §3 and §4.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Allocate:
    """Reserve an id for a new customer of this kind. Each call burns an id."""

    kind: str


@dataclass(frozen=True, slots=True)
class SaveCustomer:
    """Write the whole form of customer `ord`: on a fresh id this creates, on a known one it changes.

    `ord` None creates where no id is handed out first. `labels` has the name of each option by field id, for dialects
    that say names.
    """

    kind: str
    ord: int | None
    fields: Mapping[str, str]
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Act:
    """Any other write, by its name in `catalogue.ACTS`; `ord` None or 0 where it makes something new."""

    operation: str
    ord: int | None
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ReadCustomer:
    """The form of one customer with its raw values."""

    ord: int


@dataclass(frozen=True, slots=True)
class ReadForm:
    """One record as a form, by the name of the operation that opens it."""

    operation: str
    ord: int


@dataclass(frozen=True, slots=True)
class ListRows:
    """One page of a list; text filters are fuzzy, so every hit wants an exact comparison."""

    operation: str
    filters: Mapping[str, str] = field(default_factory=dict)
    page: int = 1
    size: int = 100


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """The entries of a flat vocabulary, by its name in `catalogue.VOCABULARIES`."""

    vocabulary: str


@dataclass(frozen=True, slots=True)
class ReadTree:
    """The nodes of a vocabulary that is a tree."""

    vocabulary: str


@dataclass(frozen=True, slots=True)
class OptionRow:
    """One entry of a vocabulary: the `code` that is saved and the `label` people read."""

    code: str
    label: str


@dataclass(frozen=True, slots=True)
class Node:
    """One node of a tree."""

    code: str
    label: str
    children: "tuple[Node, ...]" = ()

    def walk(self, above: "tuple[Node, ...]" = ()) -> "Iterator[tuple[Node, ...]]":
        """Every path from this node down, each as (top, …, node)."""
        path = (*above, self)
        yield path
        for child in self.children:
            yield from child.walk(path)


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of the ERP's form: `value` is raw and goes back as it is, `text` is what people see."""

    id: str
    caption: str
    value: str
    text: str
    post: bool
    required: bool
    max_length: int | None


@dataclass(frozen=True, slots=True)
class Allocated:
    """A reserved id with the number the ERP pre-filled ("" when it numbers nothing) and the empty form."""

    ord: int
    khid: str
    form: tuple[FormField, ...] = ()


@dataclass(frozen=True, slots=True)
class CustomerRecord:
    """One customer as the ERP holds it: raw `values`, shown `labels` and `captions` by field id, and the form."""

    ord: int
    values: dict[str, str]
    labels: dict[str, str]
    captions: dict[str, str]
    kind: str
    form: tuple[FormField, ...]

    @property
    def saved(self) -> bool:
        """Whether it is more than a reserved id: a draft has no name yet, and a name is always required."""
        return bool(self.values.get("name", "").strip())


@dataclass(frozen=True, slots=True)
class FormRecord:
    """Any other record: raw `values`, shown `labels` and `captions` by field id. What has lines of its own has them
    flattened: `contractlist.1.Title`.
    """

    ord: int
    values: dict[str, str]
    labels: dict[str, str]
    captions: dict[str, str]
    form: tuple[FormField, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list; each row maps column id to text. Counts are 0 when the list is empty."""

    rows: list[dict[str, str]]
    page: int
    page_count: int
    record_count: int

    def renamed(self, names: Mapping[str, str]) -> "Page":
        """The same page with some columns under other names."""
        if not names:
            return self
        rows = [{names.get(column, column): cell for column, cell in row.items()} for row in self.rows]
        return Page(rows, self.page, self.page_count, self.record_count)


def overlay(record: CustomerRecord, changes: Mapping[str, str]) -> dict[str, str]:
    """The whole form to post for an update: what the ERP has, with `changes` on top.

    A save blanks every field it is not given (fact sheet §6.11), so every posted field of the form goes back.
    An empty change never blanks a value the ERP has.
    """
    fields = {known.id: known.value for known in record.form if known.post and known.id != "ord"}
    for target, value in changes.items():
        if value or not fields.get(target):
            fields[target] = value
    return fields
