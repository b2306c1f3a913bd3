"""Transforms that end in an ERP code: looked up by name at every run, never written down."""

import re

from zbsync.core.keys import KHID_MAX, khid_for
from zbsync.core.records import ContactRecord, JSONValue
from zbsync.core.transforms.tables import Tables, TransformError
from zbsync.core.transforms.text import Step, text_of

_PAIR = re.compile(r"[0-9]+,[0-9]+")
_SLASH = re.compile(r"\s*[/／]\s*")


def option(argument: str) -> Step:
    """An option of the vocabulary named by the argument, given by label (or already by code)."""
    vocabulary = argument.strip()
    if not vocabulary:
        raise TransformError("mapping.bad_argument", argument=argument, expects="ly, jz, trade…")

    def run(value: JSONValue, record: ContactRecord, tables: Tables) -> str:
        text = text_of(value).strip()
        return tables.code_for(vocabulary, text) if text else ""

    return run


def source_code(argument: str) -> Step:
    """A hub channel through the table of source codes to an option, by default of `ly`."""
    vocabulary = argument.strip() or "ly"

    def run(value: JSONValue, record: ContactRecord, tables: Tables) -> str:
        channel = text_of(value).strip()
        if not channel:
            return ""
        label = tables.source_codes.get(channel)
        if not label:
            raise TransformError("mapping.channel_unmapped", channel=channel)
        return tables.code_for(vocabulary, label)

    return run


def value_map(argument: str) -> Step:
    """A value map by name, and the vocabulary its results are options of: `score_to_jz:jz`."""
    name, _, vocabulary = (part.strip() for part in argument.partition(":"))
    if not name:
        raise TransformError("mapping.bad_argument", argument=argument, expects="map:vocabulary")

    def run(value: JSONValue, record: ContactRecord, tables: Tables) -> str:
        text = text_of(value).strip()
        if not text:
            return ""
        known = tables.value_maps.get(name)
        if known is None:
            raise TransformError("mapping.value_map_missing", map=name)
        found = known.find(text)
        return tables.code_for(vocabulary, found) if vocabulary else found

    return run


def khid(argument: str) -> Step:
    """The customer number by the connection's rule: `wx` (ours, the argument is the prefix), `erp` or
    `k_code`."""
    prefix = argument.strip() or "WX"

    def run(value: JSONValue, record: ContactRecord, tables: Tables) -> str:
        rule = tables.settings.get("khid") or "wx"
        if rule == "wx":
            return khid_for(record.source_id, prefix)
        if rule == "erp":
            return ""
        if rule != "k_code":
            raise TransformError("mapping.bad_setting", option="khid", value=rule, expects="wx, erp, k_code")
        if not record.k_code:
            raise TransformError("mapping.k_code_missing")
        if len(record.k_code) > KHID_MAX:
            raise TransformError("mapping.k_code_long", value=record.k_code, length=len(record.k_code), max=KHID_MAX)
        return record.k_code

    return run


def stage(argument: str) -> Step:
    """Category and stage as the pair the ERP wants: the source's value when there is one, else the
    connection's.

    Either names (`意向客户/初步接触`, through the vocabulary `stage`) or ids (`3,7`).
    """
    vocabulary = argument.strip() or "stage"

    def run(value: JSONValue, record: ContactRecord, tables: Tables) -> str:
        text = text_of(value).strip() or tables.settings.get("sort1", "").strip()
        if not text:
            raise TransformError("mapping.sort1_missing", option="sort1")
        if _PAIR.fullmatch(text) and not tables.options.get(vocabulary):
            return text  # ids are legal before the first survey; payload.check warns
        return tables.code_for(vocabulary, text if text in tables.labels.get(vocabulary, ()) else _SLASH.sub("/", text))

    return run
