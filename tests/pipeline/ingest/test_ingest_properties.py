"""Whatever is said in whatever order: the mirror holds what the latest version of each field said, and only that."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.hub.samples import json_file
from tests.models import make
from tests.pipeline.ingest.samples import counts, take
from zbsync.models import Contact
from zbsync.pipeline import ingest

pytestmark = pytest.mark.django_db
IDS = ("a", "b", "c")
DAYS = tuple(f"2026-01-0{day}T08:00:00+08:00" for day in range(1, 5))
ROW = st.fixed_dictionaries(
    {"source_id": st.sampled_from(IDS)},
    optional={
        "name": st.sampled_from(["", "张三", "李四"]),
        "score": st.sampled_from([None, 0, 85]),
        "notes": st.sampled_from(["", "问过价格"]),
        "level": st.sampled_from(["A", "B"]),
        "deleted": st.booleans(),
        "updated_at": st.sampled_from(DAYS),
    },
)
FILES = st.lists(st.lists(ROW, max_size=5), min_size=1, max_size=4)
some = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
NOTHING: dict[str, Any] = {"name": "", "score": None, "notes": "", "extra": {}, "deleted": False, "at": None}


def standing(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of the lines of one id in one file, the one that stands, told in the plainest way there is."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        before, at = found.get(row["source_id"]), row.get("updated_at")
        if before is None or at is None or before.get("updated_at") is None or at >= before["updated_at"]:
            found[row["source_id"]] = row
    return list(found.values())


def told(files: list[list[dict[str, Any]]]) -> dict[str, dict[str, Any]]:
    """What the mirror must hold after these files."""
    mirror: dict[str, dict[str, Any]] = {}
    for row in (row for rows in files for row in standing(rows)):
        known, at = mirror.get(row["source_id"], NOTHING), row.get("updated_at")
        if at and known["at"] and at < known["at"]:
            continue
        said: dict[str, Any] = {name: row[name] for name in ("name", "score", "notes") if name in row}
        extra = {**known["extra"], **({"level": row["level"]} if "level" in row else {})}
        more = {"extra": extra, "deleted": row.get("deleted", False), "at": at or known["at"]}
        mirror[row["source_id"]] = {**known, **said, **more}
    return mirror


def held() -> dict[str, dict[str, Any]]:
    found = {}
    for contact in Contact.objects.all():
        at = contact.source_updated_at
        found[contact.source_id] = {
            "name": contact.name,
            "score": contact.score,
            "notes": contact.notes,
            "extra": contact.extra,
            "deleted": contact.deleted_at is not None,
            "at": at and DAYS[at.day - 1],
        }
    return found


def taken(folder, rows: list[dict[str, Any]]) -> ingest.Report:
    return take(json_file(folder, *(rows or [{"source_id": "d", "score": "bad"}])))


@some
@given(files=FILES)
def test_the_mirror_is_what_was_said_last(tmp_path, files) -> None:
    Contact.objects.all().delete()
    for rows in files:
        taken(tmp_path, rows)
    assert held() == told(files)


@some
@given(files=FILES)
def test_a_file_read_twice_is_read_once(tmp_path, files) -> None:
    Contact.objects.all().delete()
    for rows in files:
        taken(tmp_path, rows)
        once = list(Contact.objects.order_by("id").values())
        assert counts(taken(tmp_path, rows))[:2] == (0, 0)
        assert list(Contact.objects.order_by("id").values()) == once


@some
@given(files=FILES)
def test_every_line_is_counted_once_and_the_version_counts_the_changes(tmp_path, files) -> None:
    Contact.objects.all().delete()
    written = 0
    for rows in files:
        report = taken(tmp_path, rows)
        assert sum(counts(report)) + report.repeated + report.bad == report.rows
        written += report.counts.new + report.counts.changed
    assert sum(Contact.objects.values_list("version", flat=True)) == written


@some
@given(files=FILES)
def test_the_preview_foretells_what_is_stored(tmp_path, files) -> None:
    Contact.objects.all().delete()
    for rows in files:
        path = json_file(tmp_path, *(rows or [{"source_id": "d", "score": "bad"}]), name="next.jsonl")
        before = Contact.objects.count()
        seen = ingest.preview_file(path, make.hub())
        assert Contact.objects.count() == before
        done = take(path)
        assert (counts(seen), seen.bad, seen.repeated) == (counts(done), done.bad, done.repeated)
        assert len(seen.differences) == done.counts.new + done.counts.changed


@some
@given(files=FILES)
def test_equal_content_has_an_equal_digest_and_other_content_another(tmp_path, files) -> None:
    Contact.objects.all().delete()
    for rows in files:
        taken(tmp_path, rows)
    contents: dict[str, set[str]] = {}
    for contact in Contact.objects.all():
        content = repr([contact.name, contact.score, contact.notes, contact.extra, contact.deleted_at is None])
        contents.setdefault(content, set()).add(contact.digest)
    assert all(len(digests) == 1 for digests in contents.values())
    assert len({digest for digests in contents.values() for digest in digests}) == len(contents)
