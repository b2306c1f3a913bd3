"""A file read once: good rows, clean, on disk in batches; bad rows told to the caller; repeated ids found.

Which of two lines of one id stands can only be told at the end of the file, and XLSX is slow to read
twice: hence the spool, an unnamed temporary file. Memory holds one batch, a table of marks that is as large for a
million rows as for one, and the ids that are repeated.
"""

import pickle
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any, Self

from zbsync.core.findings import Finding
from zbsync.hub.errors import BadRow
from zbsync.hub.files import Rows
from zbsync.hub.normalize import normalise

Said = dict[str, Any]
"""The fields a row says, clean: `hub.normalize.Normal.said`."""
Progress = Callable[[int, int | None], None]
"""Rows done, rows in all (None while nobody knows)."""


MARKS = 1 << 27
"""Bits of the table of marks: 16 MB. At a million rows, two hundred ids are looked at again for nothing."""
_MASK = MARKS - 1


class Marks:
    """Which ids were met: never says no to one that was, and seldom yes to one that was not."""

    def __init__(self) -> None:
        self._bits = bytearray(MARKS >> 3)  # zeroed pages: a small file touches few of them

    def meet(self, key: int) -> bool:
        """Mark `key`, the 64-bit hash of an id; True when both its marks stood already."""
        bits = self._bits
        one, other = key & _MASK, key >> 32 & _MASK
        byte, bit = one >> 3, 1 << (one & 7)
        far, mark = other >> 3, 1 << (other & 7)
        if bits[byte] & bit and bits[far] & mark:
            return True
        bits[byte] |= bit
        bits[far] |= mark
        return False


@dataclass(slots=True)
class Batch:
    """Some good rows with their numbers in the file, and how many rows had been read behind them."""

    rows: list[tuple[int, Said]]
    read: int


@dataclass(slots=True)
class Spool:
    """The rows of one file. Use as a context manager; `fill` once, then `batches` as often as needed."""

    size: int
    rows: int = 0
    bad: int = 0
    repeated: int = 0
    _file: IO[bytes] = field(default_factory=tempfile.TemporaryFile)
    _places: list[tuple[int, int]] = field(default_factory=list)
    _standing: dict[str, tuple[int, datetime | None]] = field(default_factory=dict)
    _suspects: set[int] = field(default_factory=set)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def fill(self, source: Rows, on_bad: Callable[[BadRow], None], progress: Progress | None = None) -> None:
        """Read all of `source`; each bad row goes to `on_bad` once for every reason it has."""
        marks = Marks()
        captions = {name: caption for caption, name in source.columns}
        batch: list[tuple[int, Said]] = []
        for number, values, problem in source:
            self.rows += 1
            said, findings = (None, [problem]) if problem else normalise(values)
            if said is None:
                self.bad += 1
                for finding in findings:
                    on_bad(BadRow(number, _as_called(finding, captions), values))
            else:
                key = hash(said["source_id"])
                if marks.meet(key):
                    self._suspects.add(key)
                batch.append((number, said))
            if len(batch) >= self.size:
                self._put(batch)
                batch = []
                if progress:
                    progress(self.rows, source.total)
        self._put(batch)
        if progress:
            progress(self.rows, self.rows)
        if self._suspects:
            self._settle_repeated()

    def _put(self, batch: list[tuple[int, Said]]) -> None:
        if batch:
            self._places.append((self._file.tell(), self.rows))
            pickle.dump(batch, self._file, protocol=5)

    def _settle_repeated(self) -> None:
        """Which line of an id stands: the one changed last at the source, else the last one."""
        for batch in self._stored():
            for number, said in batch.rows:
                source_id = said["source_id"]
                if hash(source_id) not in self._suspects:
                    continue
                at = said.get("source_updated_at")
                before = self._standing.get(source_id)
                if before is not None:
                    self.repeated += 1
                if before is None or at is None or before[1] is None or at >= before[1]:
                    self._standing[source_id] = (number, at)

    def _stored(self, after: int = 0) -> Iterator[Batch]:
        for place, read in self._places:
            if read > after:
                self._file.seek(place)
                # Written by `_put` into a file without a name: nobody else can reach it.
                yield Batch(pickle.load(self._file), read)  # noqa: S301

    def batches(self, after: int = 0) -> Iterator[Batch]:
        """The good rows without repeated ones, leaving out batches that end at or before row `after`."""
        for batch in self._stored(after):
            if self._standing:
                batch.rows = [row for row in batch.rows if self._stands(*row)]
            yield batch

    def _stands(self, number: int, said: Said) -> bool:
        standing = self._standing.get(said["source_id"])
        return standing is None or standing[0] == number


def _as_called(finding: Finding, captions: dict[str, str]) -> Finding:
    """The finding about the column as the file calls it."""
    caption = captions.get(finding.field, finding.field)
    return Finding(finding.code, caption, finding.severity, finding.params)
