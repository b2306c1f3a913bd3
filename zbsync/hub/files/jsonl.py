"""JSON Lines: one contact a line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from zbsync.core.findings import Finding
from zbsync.hub.errors import shown
from zbsync.hub.files.rows import Row, Rows, broken_bytes, open_text
from zbsync.hub.files.sniff import Sniffed
from zbsync.hub.normalize import FIELDS


class JsonRows(Rows):
    """Every line is an object of its own; empty lines are passed over."""

    columns = tuple((name, name) for name in FIELDS)

    def __init__(self, path: Path, found: Sniffed) -> None:
        self.total = found.lines
        self._damaged = found.damaged
        self._file = open_text(path, found.encoding, "\n")

    def __iter__(self) -> Iterator[Row]:
        loads = _DECODER.decode
        for number, line in enumerate(self._file, 1):
            try:
                values = loads(line)
            except (ValueError, RecursionError) as error:
                if line.strip("\ufeff \t\r\n\x00"):
                    yield _broken(number, line, error)
                continue
            if type(values) is not dict:
                yield Row(number, {}, Finding("intake.not_an_object", params={"value": shown(line.strip())}))
            elif self._damaged and broken_bytes(line):
                yield Row(number, values, Finding("intake.broken_bytes", params={"value": shown(line.strip())}))
            else:
                yield Row(number, values)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_no_number)
"""A table library writes a missing text as NaN, which Python would take; the contact must not be called so."""


def _broken(number: int, line: str, error: Exception) -> Row:
    params: dict[str, Any] = {"value": shown(line.strip()), "place": getattr(error, "colno", 1)}
    return Row(number, {}, Finding("intake.not_json", params=params))
