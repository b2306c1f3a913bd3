"""v3: the newer door, `/webapi/v3/<module>/…`, flat JSON, session in a header (fact sheet §2, §4.6).

It adds and changes customers and lists users, stock and contracts; it reads no customer. It wants names where the older
doors want ids, and tells no id of what it added: that is found afterwards by exact comparison. What becomes of a field
that a change leaves out is not known, so a change says the whole form, as far as v3 has the fields.
"""

from collections.abc import Callable, Mapping
from typing import Any, NoReturn, TypeVar

from zbsync.core.payload import INDIVIDUAL, UNIT
from zbsync.erp import errors
from zbsync.erp.catalogue import CARRIED, FIELDS, NAMED_FIELDS, OPERATIONS, SPELLED, Operation
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
from zbsync.erp.config import ErpConfig
from zbsync.erp.dialects import documents, reading, request
from zbsync.erp.dialects.base import Call
from zbsync.erp.dialects.codes import check_code, has_code
from zbsync.erp.dialects.envelope import check_header, sentence
from zbsync.erp.naming import Unnamed, halves
from zbsync.erp.phrases import Meaning, Phrases
from zbsync.erp.wire import WireAnswer, WireRequest

R = TypeVar("R")

TOKEN = "ZBAPI-Token"  # noqa: S105 - the name of a header
_SAVES = ("save_unit", "save_individual")
_STAGE = ("sort", "sort1")


class V3:
    """The codec of one connection. See `base.Dialect`."""

    reserves_ids = False
    answers_id = False
    carries = CARRIED

    def __init__(self, config: ErpConfig) -> None:
        self._phrases = Phrases(config.phrases)
        self.wants_names = config.names == "names"
        self._headers = request.headers("application/json")

    def has(self, operation: str) -> bool:
        """Its own operations, and the saves it says as add and edit."""
        return operation in _SAVES or "v3" in OPERATIONS[operation].paths

    def save(self, command: SaveCustomer) -> Call[str]:
        """Add without an id, change with one. An individual is its own contact person, whom v3 requires (G).

        Raises Unnamed for an option whose name nobody gave.
        """
        kind = request.known_kind(command.kind)
        if command.ord is not None and command.ord <= 0:
            raise ValueError(f"ord: {command.ord} is no id")
        operation = OPERATIONS["add_customer" if command.ord is None else "edit_customer"]
        fields = {name: request.said(value) for name, value in command.fields.items()}
        if kind == INDIVIDUAL and "name" in fields:
            fields.setdefault("person_name", fields["name"])
        body: dict[str, Any] = {} if command.ord is None else {"ord": command.ord}
        body["sort2"] = 1 if kind == UNIT else 2
        body |= self._stage(fields, command.labels)
        for name, value in fields.items():
            if name in SPELLED:
                body[SPELLED[name]] = self._value(operation, name, value, command.labels)
        return self._call(operation, body, lambda document, text: self._success(operation, document, text))

    def _stage(self, fields: Mapping[str, str], labels: Mapping[str, str]) -> dict[str, str]:
        """Category and stage apart, which are a pair elsewhere."""
        if not fields.get("sort1"):
            return {}
        pair = self._named("sort1", fields["sort1"], labels) if self.wants_names else fields["sort1"]
        parts = halves(pair)
        if not parts:
            raise Unnamed("sort1", fields["sort1"], FIELDS["sort1"].vocabulary)
        return dict(zip(_STAGE, parts, strict=True))

    def _value(self, operation: Operation, name: str, value: str, labels: Mapping[str, str]) -> str | int:
        if self.wants_names and value and name in NAMED_FIELDS:
            return request.said(self._named(name, value, labels))
        whole = operation.asked[SPELLED[name]].type == "int" and value.isdecimal()
        return int(value) if whole else value

    def _named(self, name: str, code: str, labels: Mapping[str, str]) -> str:
        if not labels.get(name, "").strip():
            raise Unnamed(name, code, FIELDS[name].vocabulary)
        return labels[name]

    def _success(self, operation: Operation, document: reading.JSONObject, text: str) -> str:
        """The code says yes; a sentence beside it that does not agree is doubt."""
        if not text or self._phrases.of(operation.name).of_message(text) is Meaning.SUCCESS:
            return text
        raise errors.UnknownAnswer(f"Code {document.get('Code')}: {text}")

    def rows(self, command: ListRows) -> Call[Page]:
        """Columns come as ids or as captions, rows as arrays or as objects."""
        operation = OPERATIONS.get(command.operation)
        if operation is None or "page_index" not in operation.asked:
            raise ValueError(f"{command.operation!r} is no list of v3")
        filters = dict(request.known_filters(command))
        body = {**filters, "page_size": command.size, "page_index": command.page}
        return self._call(operation, body, lambda document, _: _page(document, operation))

    def form(self, command: ReadForm) -> Call[FormRecord]:
        """A contract with its lines flattened."""
        operation = OPERATIONS.get(command.operation)
        if operation is None or "v3" not in operation.paths or "Ord" not in operation.answered:
            raise ValueError(f"{command.operation!r} opens nothing in v3")

        def read(document: reading.JSONObject, _: str) -> FormRecord:
            data = document.get("Data")
            if not isinstance(data, dict):
                raise errors.UnknownAnswer("Data is no object")
            values = dict(_flattened(data))
            if values.get("Ord") != str(command.ord):
                raise errors.UnknownAnswer(f"asked for {command.ord}, got {values.get('Ord')}")
            captions = {name: one.caption for name, one in operation.answered.items() if name in values}
            return FormRecord(command.ord, values, dict(values), captions)

        return self._call(operation, {"ord": command.ord}, read)

    def _call(
        self, operation: Operation, body: Mapping[str, object], read: Callable[[reading.JSONObject, str], R]
    ) -> Call[R]:
        phrases = self._phrases.of(operation.name)
        path, content = operation.paths["v3"], request.packed(body)

        def encode(session: str) -> WireRequest:
            headers = {**self._headers, TOKEN: session}
            return WireRequest(operation.name, path, content, headers, write=operation.write)

        def decode(answer: WireAnswer) -> R:
            document = _open(answer, phrases, operation.name)
            return read(document, check_code(document, phrases, operation.name))

        return Call(encode, decode, operation.write)

    def allocate(self, command: Allocate) -> Call[Allocated]:
        """No ids are handed out."""
        _lacks("allocate")

    def act(self, command: Act) -> Call[str]:
        """Saving a customer is all it does."""
        _lacks(command.operation)

    def read(self, command: ReadCustomer) -> Call[CustomerRecord]:
        """No customer can be read."""
        _lacks("read_customer")

    def options(self, command: ReadOptions) -> Call[list[OptionRow]]:
        """No dictionaries."""
        _lacks("options")

    def tree(self, command: ReadTree) -> Call[list[Node]]:
        """No trees."""
        _lacks(command.vocabulary)


def _lacks(operation: str) -> NoReturn:
    raise ValueError(f"{operation} has no address in v3")


def _open(answer: WireAnswer, phrases: Phrases, operation: str) -> reading.JSONObject:
    """A document with a code. The older doors' shapes come when the session or the page is at fault."""
    reading.check_status(answer, phrases)
    document = reading.parse(answer, phrases)
    if has_code(document):
        return document
    if "header" not in document and document.get("success") in (False, 0, "false", "0"):
        raise reading.refusal(reading.shown(document.get("msg")), phrases, operation)
    check_header(document, phrases)
    body = document.get("body")
    text = sentence(body) if isinstance(body, dict) else None
    if text is not None and phrases.of_message(text) is not Meaning.SUCCESS:
        raise reading.refusal(text, phrases, operation)
    raise errors.UnknownAnswer("a header where a code was expected")


def _page(document: reading.JSONObject, operation: Operation) -> Page:
    known = operation.answered
    by_caption = {one.caption: name for name, one in known.items()} | {name.lower(): name for name in known}
    numeric = {name for name, one in known.items() if one.type in ("int", "decimal")}

    def spelled(column: Any) -> str:
        text = "".join(reading.shown(column).split())
        return by_caption.get(text) or by_caption.get(text.lower()) or text

    cols, rows = document.get("Cols") or [], document.get("Rows") or []
    rows = [rows] if isinstance(rows, dict) else rows
    if "Rows" not in document or not isinstance(rows, list) or not isinstance(cols, list):
        raise errors.UnknownAnswer("Cols and Rows were expected")
    names = [spelled(column) for column in cols]
    found = [documents.row_of(_respelled(raw, spelled), names, numeric, at) for at, raw in enumerate(rows)]
    counts = document.get("Page")
    counts = counts if isinstance(counts, dict) else {}
    index, pages, records = (documents.count(counts.get(key)) for key in ("PageIndex", "PageCount", "RecordCount"))
    if records and not found and index <= pages:
        raise errors.UnknownAnswer(f"the table counts {records} records and shows none")
    return Page(found, index, pages, records)


def _respelled(raw: Any, spelled: Callable[[Any], str]) -> Any:
    """A row that is an object, under the ids of its columns."""
    if not isinstance(raw, dict) or isinstance(raw.get("value"), list):
        return raw
    return {spelled(name): value for name, value in raw.items()}


def _flattened(data: Any, above: str = "") -> "list[tuple[str, str]]":
    """Values by path; lines are counted from 1."""
    if isinstance(data, dict):
        pairs = [(f"{above}{name}", value) for name, value in data.items()]
    elif isinstance(data, list):
        pairs = [(f"{above}{at}", value) for at, value in enumerate(data, 1)]
    else:
        return [(above.removesuffix("."), reading.shown(data))]
    return [line for name, value in pairs for line in _flattened(value, f"{name}.")]
