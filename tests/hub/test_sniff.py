"""What a file is: by what it holds first, by its name second, and refused with both when they do not agree."""

import contextlib
import gc
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.hub.samples import workbook
from zbsync import sentences
from zbsync.hub.errors import FileRefused
from zbsync.hub.files import STANDARD, Limits, open_rows
from zbsync.hub.files.sniff import SUFFIXES, Format, Sniffed, sniff

LINE_MAX = 8 << 20
CHUNK = 1 << 20
QUICK = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def looked(folder: Path, content: bytes | str, name: str = "contacts", line_max: int = LINE_MAX) -> Sniffed:
    path = folder / "stored"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return sniff(path, name, line_max)


def refusal(folder: Path, content: bytes | str, name: str, line_max: int = LINE_MAX) -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        looked(folder, content, name, line_max)
    return caught.value


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("a,b\n1,2\n", Sniffed(Format.CSV, "utf-8", 3)),
        ("a,b\n1,2", Sniffed(Format.CSV, "utf-8", 2)),
        ("姓名\n张三\n", Sniffed(Format.CSV, "utf-8", 3)),
        (b"\xef\xbb\xbfa\n", Sniffed(Format.CSV, "utf-8-sig", 2)),
        ("姓名\n张三\n".encode("gb18030"), Sniffed(Format.CSV, "gb18030", 3)),
        ("姓名,𠮷\n".encode("gb18030"), Sniffed(Format.CSV, "gb18030", 2)),
        ("a\tb\n".encode("utf-16"), Sniffed(Format.CSV, "utf-16", 2, True)),
        ("name,phone\nabc,1\n".encode("utf-16-le"), Sniffed(Format.CSV, "utf-16-le", 3, True)),
        ("name,phone\nabc,1\n".encode("utf-16-be"), Sniffed(Format.CSV, "utf-16-be", 3, True)),
        ('{"a": 1}\n', Sniffed(Format.JSONL, "utf-8", 2)),
        ('\n \n{"a": 1}', Sniffed(Format.JSONL, "utf-8", 3)),
        ('\ufeff{"a": 1}\n', Sniffed(Format.JSONL, "utf-8-sig", 2)),
        ("[甲],乙\n", Sniffed(Format.CSV, "utf-8", 2)),
        ("a\rb\rc", Sniffed(Format.CSV, "utf-8", 3)),
        (b"PK\x03\x04", Sniffed(Format.XLSX)),
    ],
)
def test_a_file_is_known_by_what_it_holds(tmp_path: Path, content: bytes | str, found: Sniffed) -> None:
    assert looked(tmp_path, content) == found


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_name_that_fits_is_taken_and_another_refused(tmp_path: Path, suffix: str) -> None:
    holds = {Format.JSONL: b'{"source_id": "c1"}\n', Format.CSV: b"source_id\nc1\n", Format.XLSX: b"PK\x03\x04"}
    for kind, content in holds.items():
        if kind is SUFFIXES[suffix]:
            assert looked(tmp_path, content, f"客户{suffix.upper()}").format is kind
        else:
            finding = refusal(tmp_path, content, f"客户{suffix}").finding
            assert (finding.code, finding.params["says"], finding.params["holds"]) == (
                "intake.not_what_it_says", SUFFIXES[suffix].value, kind.value,
            )  # fmt: skip


@pytest.mark.parametrize("name", ["客户", "upload.2026", "a.csv.bak"])
def test_a_name_without_a_known_ending_says_nothing_or_is_refused(tmp_path: Path, name: str) -> None:
    if "." in name:
        assert refusal(tmp_path, "a\n1\n", name).finding.code == "intake.unknown_suffix"
    else:
        assert looked(tmp_path, "a\n1\n", name).format is Format.CSV


@pytest.mark.parametrize(
    ("broken", "whole", "found"),
    [(1, 40, ("utf-8", True)), (2, 40, ("utf-8", True)), (20, 40, None)],
)
def test_a_few_broken_bytes_do_not_change_the_encoding(
    tmp_path: Path, broken: int, whole: int, found: tuple[str, bool] | None
) -> None:
    content = "好".encode() * whole + b"\n" + b"\xff\xfa" * broken + b"\n"
    if found is None:
        assert refusal(tmp_path, content, "a.csv").finding.code == "intake.unknown_encoding"
    else:
        seen = looked(tmp_path, content)
        assert (seen.encoding, seen.damaged) == found


def test_a_letter_that_is_cut_off_at_the_end_spoils_no_other(tmp_path: Path) -> None:
    seen = looked(tmp_path, "source_id,姓名\nc1,张三\nc2,李".encode()[:-1])
    assert (seen.encoding, seen.damaged) == ("utf-8", True)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("shift", range(4))
def test_a_letter_across_two_chunks_is_one_letter(tmp_path: Path, encoding: str, shift: int) -> None:
    content = b"x" * (CHUNK - 70_001 - shift) + b"\n" + "姓名电话备注".encode(encoding) * 10_000
    seen = looked(tmp_path, content)
    assert (seen.encoding, seen.damaged) == (encoding, False)


@QUICK
@given(text=st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=8, max_size=60))
def test_chinese_of_either_encoding_is_told_apart(tmp_path: Path, text: str) -> None:
    for encoding in ("utf-8", "gb18030"):
        seen = looked(tmp_path, f"姓名,备注\n{text},{text}\n".encode(encoding))
        assert (seen.encoding, seen.damaged) == (encoding, False)


@pytest.mark.parametrize(
    ("lengths", "refused_at"),
    [([CHUNK // 2, CHUNK // 2], None), ([3 * CHUNK], 1), ([10, 10, 3 * CHUNK], 3), ([CHUNK - 10, 20], None)],
)
def test_a_line_without_end_is_refused_by_its_number(
    tmp_path: Path, lengths: list[int], refused_at: int | None
) -> None:
    content = b"\n".join(b"x" * length for length in lengths) + b"\n"
    if refused_at is None:
        assert looked(tmp_path, content, "a.csv", CHUNK).lines == len(lengths) + 1
    else:
        finding = refusal(tmp_path, content, "a.csv", CHUNK).finding
        assert (finding.code, finding.params["max"]) == ("intake.line_too_long", 1)
        assert finding.params["line"] <= refused_at


REFUSED: list[tuple[str, bytes, dict[str, Any]]] = [
    ("a.csv", b"", {"file": "a.csv"}),
    ("a.csv", b"\xff\xfe", {"file": "a.csv"}),
    ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", {"file": "a.xls"}),
    ("a.json", b' [ {"source_id": 1}]', {"file": "a.json"}),
    ("a.json", b"[]", {"file": "a.json"}),
    ("a.csv", b"  <!DOCTYPE html><html>", {"file": "a.csv"}),
    ("a.xls", b"<?xml version='1.0'?><Workbook/>", {"file": "a.xls"}),
    ("a.csv", b"a\x01\x02\x03b\n", {"file": "a.csv"}),
    ("a.pdf", b"%PDF-1.4\n", {"file": "a.pdf", "suffix": ".pdf"}),
]


@pytest.mark.parametrize(("name", "content", "params"), REFUSED)
def test_a_refused_file_is_named_with_the_mend(
    tmp_path: Path, name: str, content: bytes, params: dict[str, Any]
) -> None:
    finding = refusal(tmp_path, content, name).finding
    assert {key: finding.params[key] for key in params} == params
    with translation.override("en"):
        told = sentences.say(finding)
    assert name in told
    assert told.endswith(".")
    assert any(mend in told for mend in ("Save", "Give", "Export", "Write", "Rename", "Check")), told
    assert sentences.UNKNOWN not in told


def held_open(path: Path) -> int:
    """How often this process has the file open."""
    links = (one.readlink() for one in Path("/proc/self/fd").iterdir() if one.is_symlink())
    return sum(link == path for link in links)


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs /proc to see open files")
@pytest.mark.parametrize("limits", [STANDARD, Limits(eager=0)], ids=["at once", "row by row"])
@pytest.mark.parametrize("header", ["source_id", "姓名"], ids=["taken", "refused"])
@pytest.mark.parametrize("kind", ["csv", "jsonl", "xlsx"])
def test_a_file_is_given_back_whether_taken_or_refused(tmp_path: Path, kind: str, header: str, limits: Limits) -> None:
    path = tmp_path / f"contacts.{kind}"
    if kind == "xlsx":
        path = workbook(tmp_path, [header], ["c1"])
    else:
        path.write_text(f'{{"{header}": "c1"}}\n' if kind == "jsonl" else f"{header}\nc1\n")
    gc.disable()  # what is only dropped would be closed by chance
    try:
        with contextlib.suppress(FileRefused), open_rows(path, limits=limits) as rows:
            next(iter(rows))
        assert held_open(path) == 0
    finally:
        gc.enable()
