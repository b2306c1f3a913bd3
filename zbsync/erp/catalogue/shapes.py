"""The shapes of the catalogue: an operation, a field of it, a dictionary.

Every table of this package is made of these. `mark` says how sure the fact sheet is: R seen at a real ERP, V the
vendor's help, S how its pages behave in general, G inference.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from zbsync.core.payload import FieldSpec

REQUEST, ANSWER = "request", "answer"

PAGING = frozenset({"pagesize", "pageindex", "page_size", "page_index"})
"""Fields of a list that choose the page and filter nothing."""

_WIRE = {
    "text": "string",
    "pair": "string",
    "int": "int",
    "option": "int",
    "decimal": "decimal",
    "date": "datetime",
    "yes": "int",
}


@dataclass(frozen=True, slots=True)
class Param:
    """One field of an operation.

    `type` is text, int, decimal, date, option or pair, as in `core.payload`; `wire` the vendor's word for it.
    `vocabulary` names the dictionary of the ERP that its codes come from, `enum` the fixed list in `ENUMS`.
    `when` names the value of another field without which this one is not sent. `fuzzy`: a filter that finds more than
    it is asked for.
    """

    name: str
    caption: str
    type: str = "text"
    max_length: int | None = None
    required: bool = False
    vocabulary: str = ""
    enum: str = ""
    direction: str = REQUEST
    when: str = ""
    fuzzy: bool = False
    wire: str = ""

    @property
    def wire_type(self) -> str:
        """string, int, decimal or datetime, as the help says."""
        return self.wire or _WIRE[self.type]


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing the ERP does.

    `paths` has an address per dialect that has it; `cmdkey` is the command word of a ZBDocument request; `answer`
    names the shape: header, bill, message, table, options, trees or v3. `family` groups operations for readers.
    """

    name: str
    caption: str
    family: str
    paths: Mapping[str, str]
    answer: str
    cmdkey: str = ""
    fields: tuple[Param, ...] = ()
    write: bool = False
    mark: str = "V"

    @property
    def asked(self) -> Mapping[str, Param]:
        """What may be said, by id."""
        return {one.name: one for one in self.fields if one.direction == REQUEST}

    @property
    def answered(self) -> Mapping[str, Param]:
        """What is known to come back, by id; an ERP may answer more."""
        return {one.name: one for one in self.fields if one.direction == ANSWER}

    @property
    def filters(self) -> frozenset[str]:
        """Ids that narrow a list. The ERP ignores every other one in silence and answers with everybody."""
        return frozenset(self.asked.keys() - PAGING)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """One dictionary of the ERP: which operation reads it, flat or as a tree, and its number over there."""

    name: str
    operation: str
    tree: bool
    enumid: int | None = None


def text(name: str, caption: str, length: int | None = 50, **more: Any) -> Param:
    """A text of at most so many characters."""
    return Param(name, caption, "text", length, **more)


def field(name: str, caption: str, kind: str, **more: Any) -> Param:
    """A field of another type."""
    return Param(name, caption, kind, **more)


def fuzzy(name: str, caption: str) -> Param:
    """A filter that finds whatever contains the text."""
    return Param(name, caption, fuzzy=True)


def answered(*columns: tuple[str, str]) -> tuple[Param, ...]:
    """Columns of an answer; the cells are texts."""
    return tuple(Param(name, caption, direction=ANSWER) for name, caption in columns)


def of_spec(spec: FieldSpec, kind: str, enums: Mapping[str, str]) -> Param:
    """A customer field as the form of this kind has it."""
    return Param(
        spec.name,
        spec.caption,
        spec.type,
        spec.max_length,
        required=spec.required_for(kind),
        vocabulary=spec.vocabulary,
        enum=enums.get(spec.name, ""),
    )


def as_answer(params: tuple[Param, ...]) -> tuple[Param, ...]:
    """The same fields coming back."""
    return tuple(replace(one, direction=ANSWER, required=False) for one in params)


ORD = field("ord", "数据标识", "int")
PAGED = (field("pagesize", "每页记录数", "int"), field("pageindex", "数据页标", "int"))
SORTED = (text("_rpt_sort", "排序字段", None), *PAGED)
