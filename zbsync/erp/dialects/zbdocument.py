"""The dialects that speak ZBDocument: `{session, cmdkey?, datas}` out, `{header, body}` back (fact sheet §2).

`legacy` and `ov1` are this at two sets of addresses. An id is allocated before the save, so a save can be repeated
under it. A save posts a whole form: what it leaves out is blanked.
"""

from collections.abc import Callable, Mapping
from typing import ClassVar, TypeVar

from zbsync.core.payload import INDIVIDUAL, UNIT
from zbsync.erp import errors
from zbsync.erp.catalogue import ACTS, FIELDS, OPERATIONS, UNIT_ONLY, VOCABULARIES
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
)
from zbsync.erp.config import ErpConfig
from zbsync.erp.dialects import documents, envelope, request
from zbsync.erp.dialects.base import Call
from zbsync.erp.dialects.reading import JSONObject
from zbsync.erp.phrases import Phrases
from zbsync.erp.wire import WireAnswer, WireRequest

R = TypeVar("R")
Read = Callable[[JSONObject], R]

_NAMES = ("name", "person_name")
"""Fields no saved record is without: shown but without raw value, the whole form is."""


class ZBDocument:
    """The codec of one connection at the addresses of `name`. See `base.Dialect`."""

    name: ClassVar[str]
    reserves_ids = True
    answers_id = True
    wants_names = False
    carries = frozenset(FIELDS)

    def __init__(self, config: ErpConfig) -> None:
        self._phrases = Phrases(config.phrases)
        self._headers = request.headers(config.content_type)
        self._paths = {op.name: op.paths[self.name] for op in OPERATIONS.values() if self.name in op.paths}
        if config.follow_up_list:
            self._paths["list_follow_ups"] = config.follow_up_list

    def has(self, operation: str) -> bool:
        """Whether there is an address for it."""
        return operation in self._paths

    def allocate(self, command: Allocate) -> Call[Allocated]:
        """A page load without id: the ERP draws a draft and tells its id and number (§3.1)."""
        operation = f"allocate_{request.known_kind(command.kind)}"
        datas: request.Datas = (("edit", ""), ("intsort", "1" if command.kind == UNIT else "2"))

        def read(body: JSONObject) -> Allocated:
            ord_, form = self._form(body, operation)
            return Allocated(ord_, next((known.value for known in form if known.id == "khid"), ""), form)

        return self._call(operation, datas, read)

    def save(self, command: SaveCustomer) -> Call[str]:
        """Draft to customer, or change of a customer: the same request."""
        operation = f"save_{request.known_kind(command.kind)}"
        if command.ord is None or command.ord <= 0:
            raise ValueError(f"ord: {command.ord} is no id; allocate one first")
        fields = [(name, request.said(value)) for name, value in command.fields.items() if name != "ord"]
        return self._message(operation, (("ord", command.ord), *fields))

    def act(self, command: Act) -> Call[str]:
        """Id and fields; 0 stands for what is to be made."""
        if command.operation not in ACTS:
            raise ValueError(f"{command.operation!r} is no act; use {', '.join(sorted(ACTS))}")
        fields = request.known_fields(command.operation, command.fields)
        return self._message(command.operation, (("ord", command.ord or 0), *fields))

    def read(self, command: ReadCustomer) -> Call[CustomerRecord]:
        """The form with raw values, which come only in edit mode."""
        operation = "read_customer"
        datas: request.Datas = (("edit", ""), ("intsort", ""), ("ord", command.ord))

        def read(body: JSONObject) -> CustomerRecord:
            form = self._form_of(body, operation, command.ord)
            values, labels, captions = _columns(form)
            return CustomerRecord(command.ord, values, labels, captions, _kind_of(values), form)

        return self._call(operation, datas, read)

    def form(self, command: ReadForm) -> Call[FormRecord]:
        """The same for a contact person."""
        known = OPERATIONS.get(command.operation)
        if known is None or known.answer != "bill" or known.write:
            raise ValueError(f"{command.operation!r} opens no form")

        def read(body: JSONObject) -> FormRecord:
            form = self._form_of(body, known.name, command.ord)
            return FormRecord(command.ord, *_columns(form), form)

        return self._call(known.name, (("edit", ""), ("ord", command.ord)), read)

    def rows(self, command: ListRows) -> Call[Page]:
        """`cmdkey` makes it answer rows; without it comes the skeleton of a page."""
        known = OPERATIONS.get(command.operation)
        if known is None or known.answer != "table":
            raise ValueError(f"{command.operation!r} is no list")
        filters = request.known_filters(command)
        datas: request.Datas = (*filters, ("pagesize", command.size), ("pageindex", command.page))
        read = documents.contact_book if known.name == "list_contact_book" else documents.table
        return self._call(known.name, datas, lambda body: read(self._source(body, known.name)))

    def options(self, command: ReadOptions) -> Call[list[OptionRow]]:
        """A dictionary by its number."""
        vocabulary = VOCABULARIES.get(command.vocabulary)
        if vocabulary is None or vocabulary.tree:
            raise ValueError(f"{command.vocabulary!r} is no flat vocabulary")
        operation = vocabulary.operation
        return self._call(
            operation,
            (),
            lambda body: documents.options(self._source(body, operation)),
            query=f"?enumid={vocabulary.enumid}",
        )

    def tree(self, command: ReadTree) -> Call[list[Node]]:
        """A tree by its own page."""
        vocabulary = VOCABULARIES.get(command.vocabulary)
        if vocabulary is None or not vocabulary.tree:
            raise ValueError(f"{command.vocabulary!r} is no tree")
        operation = vocabulary.operation
        return self._call(operation, (), lambda body: documents.tree(self._source(body, operation)))

    def _message(self, operation: str, datas: request.Datas) -> Call[str]:
        phrases = self._phrases.of(operation)
        return self._call(operation, datas, lambda body: envelope.success(body, phrases, operation))

    def _source(self, body: JSONObject, operation: str) -> JSONObject:
        return envelope.expect(body, "source", self._phrases.of(operation), operation)

    def _form(self, body: JSONObject, operation: str) -> tuple[int, tuple[FormField, ...]]:
        return documents.form(envelope.expect(body, "bill", self._phrases.of(operation), operation))

    def _form_of(self, body: JSONObject, operation: str, ord_: int) -> tuple[FormField, ...]:
        """The form of this very record, with raw values."""
        found, form = self._form(body, operation)
        if found != ord_:
            raise errors.UnknownAnswer(f"asked for {ord_}, got {found}")
        if any(known.id in _NAMES and known.text and not known.value for known in form):
            raise errors.UnknownAnswer("the form came without raw values: not in edit mode")
        return form

    def _call(self, operation: str, datas: request.Datas, read: Read[R], query: str = "") -> Call[R]:
        known = OPERATIONS[operation]
        if operation not in self._paths:
            raise ValueError(f"{operation} has no address in {self.name}")
        path = self._paths[operation] + query
        content = request.datas(datas)
        phrases = self._phrases.of(operation)

        def encode(session: str) -> WireRequest:
            head = {"session": session, "cmdkey": known.cmdkey} if known.cmdkey else {"session": session}
            body = request.packed({**head, "datas": content})
            return WireRequest(operation, path, body, self._headers, write=known.write)

        def decode(answer: WireAnswer) -> R:
            _, body = envelope.open_document(answer, phrases, operation)
            return read(body)

        return Call(encode, decode, known.write)


def _columns(form: tuple[FormField, ...]) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """Raw values, shown texts and captions by id."""
    return (
        {known.id: known.value for known in form},
        {known.id: known.text for known in form},
        {known.id: known.caption for known in form},
    )


def _kind_of(values: Mapping[str, str]) -> str:
    """The form says it by its fields: those of a firm are on no individual's form."""
    told = {"1": UNIT, "2": INDIVIDUAL}.get(values.get("intsort", ""))
    return told or (UNIT if UNIT_ONLY & values.keys() else INDIVIDUAL)
