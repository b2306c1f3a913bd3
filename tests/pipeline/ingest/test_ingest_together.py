"""Two imports at once, on a database that lets them: neither waits for ever, and every change is counted once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from tests.hub.samples import json_file
from tests.models import make
from tests.pipeline.ingest.samples import ACTOR, LATER, OLD, contact
from zbsync.models import Contact
from zbsync.pipeline import ingest

COUNT = 3_000


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("known", [False, True])
def test_two_files_in_opposite_order_do_not_lock_each_other_out(tmp_path, known) -> None:
    hub = make.hub()
    if known:
        path = json_file(tmp_path, *(contact(f"c{number}", name="零") for number in range(COUNT)), name="zero.jsonl")
        ingest.import_file(path, hub, ACTOR, now=make.NOW)
    rows = [contact(f"c{number}", name="一", updated_at=OLD) for number in range(COUNT)]
    later = [{**row, "name": "二", "updated_at": LATER} for row in reversed(rows)]
    paths = [json_file(tmp_path, *rows, name="a.jsonl"), json_file(tmp_path, *later, name="b.jsonl")]
    start = Barrier(2)

    def take(path):
        try:
            start.wait()
            return ingest.import_file(path, hub, ACTOR, now=make.NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(take, paths))
    assert sum(report.rows for report in reports) == COUNT * 2
    assert Contact.objects.count() == COUNT
    versions = sum(Contact.objects.values_list("version", flat=True))
    written = sum(report.counts.new + report.counts.changed for report in reports)
    assert versions == written + (COUNT if known else 0)
    assert not Contact.objects.exclude(name="二").exists()
