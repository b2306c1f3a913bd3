"""From the ERP's sentences to fields, and from an operation to the specs that payload checks want."""

from collections.abc import Iterable, Mapping
from functools import cache

from zbsync.core.payload import KINDS, FieldSpec
from zbsync.erp.catalogue.customers import fields_for
from zbsync.erp.catalogue.operations import OPERATIONS


def captions_of(about: str) -> Mapping[str, str]:
    """Field id → caption of a kind of customer or of an operation; {} for another word."""
    if about in KINDS:
        return {name: spec.caption for name, spec in fields_for(about).items()}
    operation = OPERATIONS.get(about)
    return {name: one.caption for name, one in operation.asked.items()} if operation else {}


def specs_of(operation: str) -> Mapping[str, FieldSpec]:
    """The fields of an operation as payload checks want them, without the id; a fixed list is the vocabulary `ENUMS`
    has it under. Raises KeyError for an unknown operation.
    """
    return {
        name: FieldSpec(
            name=name,
            caption=one.caption,
            type=one.type,
            max_length=one.max_length,
            vocabulary=one.vocabulary or one.enum if one.type in ("option", "pair") else "",
            required_unit=one.required and not one.when,
            required_individual=one.required and not one.when,
        )
        for name, one in OPERATIONS[operation].asked.items()
        if name != "ord"
    }


def fields_named_in(sentence: str, about: str = "") -> tuple[str, ...]:
    """Ids of the fields whose captions a sentence names, in its order; a longer caption hides those inside it.

    `about` is the operation it answers; "" reads it as an answer about a customer.
    """
    left = _bare(sentence)
    found: list[tuple[int, str]] = []
    for caption, name in _by_caption(about if about in OPERATIONS else ""):
        at = left.find(caption)
        if at >= 0:
            found.append((at, name))
            left = left.replace(caption, "\0" * len(caption))
    return tuple(dict.fromkeys(name for _, name in sorted(found)))


@cache
def _by_caption(about: str) -> tuple[tuple[str, str], ...]:
    """Captions, the longest first. Two banks share their captions, so theirs name nothing."""
    known = captions_of(about).items() if about else (pair for kind in KINDS for pair in captions_of(kind).items())
    pairs = {(_bare(caption), name) for name, caption in known if not name.startswith("bank") and name != "ord"}
    return _longest_first(pairs)


def _longest_first(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(pairs, key=lambda pair: (-len(pair[0]), pair)))


def _bare(text: str) -> str:
    return "".join(text.split())
