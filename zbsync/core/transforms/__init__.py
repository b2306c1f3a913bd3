"""Transforms: named ways to bring a hub value into an ERP field's shape.

A mapping rule names one with an argument. `compile_transform` reads the argument once; the step it gives is
run for every contact and returns text, "" for nothing, or raises TransformError with a finding's code.
Nothing here knows about fields, lengths or policies: that is `mapping`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from zbsync.core.records import ContactRecord, JSONValue
from zbsync.core.transforms import codes, text
from zbsync.core.transforms.tables import Tables, TransformError, ValueMap, check_value_map
from zbsync.core.transforms.text import Step, text_of

__all__ = [
    "TRANSFORMS",
    "Step",
    "Tables",
    "Transform",
    "TransformError",
    "ValueMap",
    "check_value_map",
    "compile_transform",
    "text_of",
    "transform",
]


@dataclass(frozen=True, slots=True)
class Transform:
    """One way. `reads_source` = a rule without a source path makes no sense; `origin` = what it reads
    instead."""

    compile: Callable[[str], Step]
    reads_source: bool = True
    origin: str = ""


TRANSFORMS: Mapping[str, Transform] = {
    "copy": Transform(text.copy),
    "strip": Transform(text.strip),
    "first_of": Transform(text.first_of, reads_source=False),
    "template": Transform(text.template, reads_source=False),
    "mobile": Transform(text.mobile),
    "digits": Transform(text.only_digits),
    "cut": Transform(text.cut),
    "option": Transform(codes.option),
    "source_code": Transform(codes.source_code),
    "value_map": Transform(codes.value_map),
    "constant": Transform(text.constant, reads_source=False),
    "khid": Transform(codes.khid, reads_source=False, origin="source_id"),
    "stage": Transform(codes.stage, reads_source=False, origin="connection.sort1"),
    "join_interactions": Transform(text.join_interactions, reads_source=False, origin="interactions"),
    "date": Transform(text.date),
    "upper": Transform(text.upper),
    "lower": Transform(text.lower),
}


def compile_transform(name: str, argument: str) -> Step:
    """The step of `name` with its argument read.

    Raises TransformError: `mapping.unknown_transform`, `mapping.bad_argument`, `mapping.argument_unused`,
    `mapping.bad_path`.
    """
    known = TRANSFORMS.get(name)
    if known is None:
        raise TransformError("mapping.unknown_transform", transform=name, known=", ".join(TRANSFORMS))
    return known.compile(argument)


def transform(name: str, value: JSONValue, argument: str, record: ContactRecord, tables: Tables) -> str:
    """One value, once (the editor's preview); raises TransformError."""
    return compile_transform(name, argument)(value, record, tables)
