"""What the tests of ingest share: a hub, files, and the mirror as it stands."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.hub.samples import json_file
from tests.models import make
from zbsync.models import Contact
from zbsync.pipeline import audit, ingest

ACTOR = audit.Actor.job("test")
OLD, LATER = "2026-01-05T08:00:00+08:00", "2026-01-06T08:00:00+08:00"


def contact(source_id: str = "c1", **said: Any) -> dict[str, Any]:
    return {"source_id": source_id, "name": "张三", "phone": "13800138000", "score": 85, **said}


def take(path: Path, **given: Any) -> ingest.Report:
    return ingest.import_file(path, make.hub(), ACTOR, now=given.pop("now", make.NOW), **given)


def take_in(folder: Path, *contacts: dict[str, Any], days: int = 0) -> ingest.Report:
    return take(json_file(folder, *contacts), now=make.NOW + timedelta(days=days))


def counts(report: ingest.Report) -> tuple[int, int, int, int]:
    """New, changed, same, stale."""
    found = report.counts
    return found.new, found.changed, found.same, found.stale


def mirror(source_id: str = "c1") -> Contact:
    return Contact.objects.get(hub=make.hub(), source_id=source_id)
