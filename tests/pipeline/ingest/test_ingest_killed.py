"""A worker killed in the middle of an upload, for real: the next one goes on where it was, and nothing is doubled."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.house.tree import ROOT
from tests.management.shell import Shell, empty_database
from zbsync.pipeline.ingest.file import BATCH

COUNT = 10 * BATCH
ACTS = """
import json, sys
import django
from django.conf import settings
django.setup()
settings.MEDIA_ROOT = sys.argv[2]
from django.core.files.base import ContentFile
from django.db.models import Max
from tests.admin.people import someone
from tests.models import make
from zbsync.models import Contact, Entry, Upload
from zbsync.pipeline import ingest
if sys.argv[1] == "send":
    rows = "".join(f"c{number},张示例{number},85\\n" for number in range(int(sys.argv[3])))
    sent = ContentFile(("source_id,姓名,评分\\n" + rows).encode(), name="客户.csv")
    upload = ingest.stage(make.hub(), sent, someone())
    assert ingest.confirm(upload, someone())
elif sys.argv[1] == "drain":
    ingest.drain(progress=lambda done, total: print(done, flush=True))
else:
    upload, entries = Upload.objects.get(), Entry.objects.filter(verb="contact.ingest")
    print(json.dumps({
        "state": upload.state, "done": upload.rows_done, "new": upload.counts.get("new", 0),
        "contacts": Contact.objects.count(), "version": Contact.objects.aggregate(last=Max("version"))["last"],
        "entries": entries.count(), "told": sum(entry.after["new"] for entry in entries),
        "acts": entries.values("act").distinct().count(),
    }))
"""


class Desk:
    """An installation of its own in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.shell = folder, Shell(folder / "desk.sqlite3")
        self.shell.database.write_bytes(empty_database())

    def __call__(self, what: str, *words: object) -> str:
        done = self.shell.python("-c", ACTS, what, self.folder, *words)
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    def told(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self("tell"))
        return found

    def killed_while_storing(self) -> int:
        """Kill a drain after the first batch it tells of; how many rows it had told of by then."""
        command = [sys.executable, "-c", ACTS, "drain", str(self.folder)]
        with subprocess.Popen(
            command, cwd=ROOT, env=self.shell.environment, stdout=subprocess.PIPE, text=True, start_new_session=True
        ) as child:
            assert child.stdout is not None
            first = int(child.stdout.readline())
            os.killpg(child.pid, signal.SIGKILL)
        return first


@pytest.mark.slow
def test_a_killed_worker_is_taken_up_where_it_was(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk("send", COUNT)
    first = desk.killed_while_storing()
    left = desk.told()
    assert left["state"] == "running"
    assert first <= left["done"] < COUNT
    assert left["done"] == left["contacts"] == left["new"] == left["told"], "a batch is stored whole or not at all"
    again = desk.killed_while_storing()
    assert again > left["done"], "the second worker did not begin anew"
    desk("drain")
    assert desk.told() == {
        "state": "done",
        "done": COUNT,
        "new": COUNT,
        "contacts": COUNT,
        "version": 1,
        "entries": COUNT // BATCH,
        "told": COUNT,
        "acts": 1,
    }
