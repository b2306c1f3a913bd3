"""Ingest of 100,000 contacts against a bare upsert and against django-import-export's preview and import.

`python -m tests.bench ingest [--database URL]`. All three write the same columns of the same rows to the same database,
a SQLite file unless a PostgreSQL server is named; a tenth of the rows changed since the first run. The peer is given
the first rows of the same file: it needs minutes for all.
"""

import argparse
import csv
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.bench import Report, throw_away_database

ROWS = 100_000
PEER_ROWS = 2_000
ROUNDS = 3
OF_BARE, TIMES_PEER = 0.40, 10
HEADER = (
    "source_id", "name", "phone", "phone_verified", "wechat_id", "company", "address", "channel", "notes", "score",
    "updated_at",
)  # fmt: skip


def contacts(count: int, *, later: bool = False) -> Iterator[tuple[Any, ...]]:
    """Invented contacts; a tenth of them has another name `later`."""
    for number in range(count):
        changed = later and number % 10 == 0
        yield (
            f"contact-{number:07d}",
            f"张示例{number}" + ("甲" if changed else ""),
            f"138{number:08d}",
            "是",
            f"wx_{number}",
            f"江北示例机械{number}有限公司" if number % 3 == 0 else "",
            "江苏省南京市示例路 1 号",
            "微信",
            "问过价格，约了下周见面。" * (number % 4),
            number % 100,
            "2026-10-02 08:00:00" if changed else "2026-10-01 08:00:00",
        )


def write(path: Path, rows: Iterable[tuple[Any, ...]]) -> Path:
    """A CSV as the upload takes it."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(rows)
    return path


def run(report: Report, arguments: Sequence[str] = ()) -> None:
    """Print rows a second and the two ratios, of the best of some rounds: other work on the machine only slows."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench ingest")
    parser.add_argument("--database", default="", metavar="URL", help="a PostgreSQL server; default: SQLite")
    asked = parser.parse_args(arguments)
    best: dict[str, float] = {}
    with throw_away_database(asked.database) as folder:
        first = write(folder / "first.csv", contacts(ROWS))
        second = write(folder / "second.csv", contacts(ROWS, later=True))
        for number in range(ROUNDS):
            ours, bare = f"ours-{number}", f"bare-{number}"
            seconds = {
                "new": _ours(first, ours),
                "a tenth changed": _ours(second, ours),
                "nothing changed": _ours(second, ours),
                "bare, new": _bare(bare, later=False),
                "bare, known": _bare(bare, later=True),
            }
            best = {name: min(taken, best.get(name, taken)) for name, taken in seconds.items()}
        peer = _peer(write(folder / "some.csv", contacts(PEER_ROWS, later=True)), "ours-0")
    for name, taken in best.items():
        report(f"{name}: {ROWS / taken:,.0f} rows a second")
    report(f"import-export, preview and import: {PEER_ROWS / peer:,.0f} rows a second")
    of_new = best["bare, new"] / best["new"]
    of_known = best["bare, known"] / best["a tenth changed"]
    report(f"  of bare: {of_new:.0%} at the first import, {of_known:.0%} at the second ({OF_BARE:.0%} needed)")
    times = [ROWS / best[name] / (PEER_ROWS / peer) for name in ("new", "a tenth changed")]
    report(
        f"  times import-export: {times[0]:.0f} at the first import, {times[1]:.0f} at the second ({TIMES_PEER} needed)"
    )


def _hub(name: str) -> Any:
    from zbsync.models import HubConnection

    return HubConnection.objects.get_or_create(name=name, kind="file")[0]


def _ours(path: Path, hub: str) -> float:
    from django.utils import timezone

    from zbsync.pipeline import audit, ingest

    started = time.perf_counter()
    report = ingest.import_file(path, _hub(hub), audit.Actor.job("bench"), now=timezone.now())
    seconds = time.perf_counter() - started
    assert report.rows == ROWS
    assert not report.bad
    return seconds


def _bare(name: str, *, later: bool) -> float:
    """Only the statement: rows ready in memory, the same columns, the same batches."""
    from django.db import connection, transaction
    from django.utils import timezone

    from zbsync.pipeline.ingest import compare, store
    from zbsync.pipeline.ingest.file import BATCH

    hub = _hub(name)
    differences = []
    for number, cells in enumerate(contacts(ROWS, later=later)):
        said = dict(zip(HEADER, cells, strict=True))
        said.update(phone_verified=True, score=float(said["score"]), deleted=False, mobile=said["phone"])
        said["source_updated_at"] = timezone.now()
        fields = {**compare.EMPTY, **said}
        differences.append(compare.Difference(number, fields, "0" * 64, None))
    rows = list(store._contact_rows(hub.pk, differences, timezone.now()))
    upsert = " ".join(store.contact_sql())
    started = time.perf_counter()
    for place in range(0, ROWS, BATCH):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(upsert, rows[place : place + BATCH])
    return time.perf_counter() - started


def _peer(path: Path, name: str) -> float:
    """A resource that does what ours must: find by source id, compare, show the difference, then store."""
    import tablib  # type: ignore[import-untyped]
    from django.utils import timezone
    from import_export import fields, resources

    from zbsync.models import Contact

    hub = _hub(name)

    class ContactResource(resources.ModelResource):  # type: ignore[misc]
        updated_at = fields.Field(column_name="updated_at", attribute="source_updated_at")

        class Meta:
            model = Contact
            fields = HEADER
            import_id_fields = ("source_id",)
            skip_unchanged = True

        def get_queryset(self) -> Any:
            return Contact.objects.filter(hub=hub)  # so that it finds a contact by the index, as ours does

        def before_import_row(self, row: dict[str, Any], **_: Any) -> None:
            row["phone_verified"] = row["phone_verified"] == "是"
            row["updated_at"] = timezone.make_aware(datetime.fromisoformat(row["updated_at"]))

        def before_save_instance(self, instance: Contact, row: dict[str, Any], **_: Any) -> None:
            instance.hub, instance.changed_at = hub, timezone.now()

    started = time.perf_counter()
    for dry_run in (True, False):
        data = tablib.Dataset().load(path.read_text(), format="csv")
        result = ContactResource().import_data(data, dry_run=dry_run, use_transactions=True)
        assert not result.has_errors(), result.row_errors()[:1]
        assert result.total_rows == PEER_ROWS
    return time.perf_counter() - started
