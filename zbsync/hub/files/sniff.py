"""What a file holds, judged by its bytes and held against its name: format, encoding, number of lines.

One pass over the bytes, before anything is stored. Encodings: UTF-8 with and without BOM, UTF-16 with BOM or plain,
GB18030 (and with it GBK and GB2312). A file that is UTF-8 but for a few broken lines stays UTF-8: those lines become
bad rows, instead of the whole file being read as mojibake.
"""

import codecs
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from zbsync.hub.errors import FileRefused

_CHUNK = 1 << 20


class Format(StrEnum):
    """How rows are written."""

    JSONL = "JSON Lines"
    CSV = "CSV"
    XLSX = "XLSX"


SUFFIXES = {
    ".jsonl": Format.JSONL,
    ".ndjson": Format.JSONL,
    ".json": Format.JSONL,
    ".csv": Format.CSV,
    ".tsv": Format.CSV,
    ".txt": Format.CSV,
    ".xlsx": Format.XLSX,
    ".xlsm": Format.XLSX,
}


@dataclass(frozen=True, slots=True)
class Sniffed:
    """`lines` counts the line ends of a text file; `damaged` says that some of its bytes are no letters."""

    format: Format
    encoding: str = ""
    lines: int = 0
    damaged: bool = False


def sniff(path: Path, name: str, line_max: int) -> Sniffed:
    """Look at the file; raises FileRefused when it is empty, unreadable, or not what `name` says."""
    try:
        with path.open("rb") as file:
            head = file.read(65_536)
    except OSError as error:
        raise FileRefused("intake.cannot_open", file=name, error=error.strerror or str(error)) from error
    suffix = Path(name).suffix.casefold()
    if not head.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00"):
        raise FileRefused("intake.file_empty", file=name)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise FileRefused("intake.old_workbook", file=name)
    if head.startswith(b"PK\x03\x04"):
        found = Sniffed(Format.XLSX)
    else:
        encoding, damaged = _encoding(path, head, name)
        kind = _text_format(head.decode(encoding, "replace"), name)
        found = Sniffed(kind, encoding, _lines(path, name, line_max), damaged)
    said = SUFFIXES.get(suffix)
    if suffix and said is None:
        raise FileRefused("intake.unknown_suffix", file=name, suffix=suffix)
    if said is not None and said is not found.format:
        raise FileRefused("intake.not_what_it_says", file=name, says=said.value, holds=found.format.value)
    return found


def _text_format(head: str, name: str) -> Format:
    start = head.lstrip("\ufeff \t\r\n")
    if start.startswith("{"):
        return Format.JSONL
    if re.match(r"\[\s*[{\]]", start):
        raise FileRefused("intake.one_json_list", file=name)
    if start.startswith(("<!", "<?xml", "<html", "<HTML", "<table")):
        raise FileRefused("intake.web_page", file=name)
    if any(sign in head for sign in ("\x00", "\x01", "\x02", "\x03", "\x04")):
        raise FileRefused("intake.not_text_file", file=name)
    return Format.CSV


def _encoding(path: Path, head: bytes, name: str) -> tuple[str, bool]:
    """The encoding, and whether some bytes do not fit it all the same."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", True
    if head.count(b"\x00") > len(head) // 5:  # Western text in UTF-16 is every second byte zero
        return ("utf-16-be" if head[:1] == b"\x00" else "utf-16-le"), True
    encoding = "utf-8-sig" if head.startswith(codecs.BOM_UTF8) else "utf-8"
    faults = _faults(path, "utf-8")
    if faults is None:
        return encoding, False
    broken, whole = faults
    if broken <= whole // 10:
        return encoding, True
    if _faults(path, "gb18030") is None:
        return "gb18030", False
    raise FileRefused("intake.unknown_encoding", file=name)


def _faults(path: Path, encoding: str) -> tuple[int, int] | None:
    """None when all bytes decode; else how many bytes around the first fault do not, and how many characters do."""
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                text = chunk.decode(encoding, "surrogateescape")
                broken = sum("\udc80" <= letter <= "\udcff" for letter in text)
                return broken, sum(letter > "\x7f" for letter in text) - broken
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return 1, 1_000  # cut off in the middle of the last letter
    return None


def _lines(path: Path, name: str, line_max: int) -> int:
    """Line ends in the file; raises FileRefused when a line is longer than `line_max` bytes."""
    count, since = 0, 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            ends = chunk.count(b"\n") or chunk.count(b"\r")
            count += ends
            since = 0 if ends else since + len(chunk)
            if since > line_max:
                raise FileRefused("intake.line_too_long", file=name, line=count + 1, max=line_max >> 20)
    return count + 1
