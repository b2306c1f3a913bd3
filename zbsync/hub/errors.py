"""What can be wrong with what a hub gives: a whole source that is refused, or a single row that is.

    HubError             .finding
    └── FileRefused      the file is not what its name says, or nobody can read it: nothing of it is taken

A bad row is no exception: it is a `BadRow`, listed and left out, while the good rows beside it are kept.
"""

from dataclasses import dataclass
from typing import Any

from zbsync.core.findings import Finding

SHOWN = 200
"""Characters of a bad value that are kept to show it."""


class HubError(Exception):
    """Root. `finding` is what is wrong, as a code with the values its sentence names."""

    def __init__(self, code: str, field: str = "", **params: Any) -> None:
        super().__init__(code)
        self.finding = Finding(code, field, params=params)


class FileRefused(HubError):
    """The whole file cannot be taken; nothing of it was stored."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """One reason why one row was left out. `row` counts from 1 as an editor or Excel does, the header included.

    `finding.field` is the column as the file calls it ("" for the whole row), `finding.params["value"]` what stood
    there; `values` are the row's cells by column, for the list of bad rows.
    """

    row: int
    finding: Finding
    values: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        """`{"row", "code", "field", "severity", "params"}`: what a preview keeps."""
        return {"row": self.row, **self.finding.as_json()}


def shown(value: Any) -> str:
    """A bad value as people may see it: text, cut."""
    text = value if isinstance(value, str) else repr(value)
    text = text.encode("utf-8", "replace").decode()  # half a surrogate pair can be shown nowhere
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
