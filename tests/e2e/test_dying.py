"""Killed at every statement, every commit and every request of a stage: each contact arrives once, and nothing is torn.

On the kind of database that the tests run on: SQLite, or PostgreSQL where DATABASE_URL names one.
"""

import json
from pathlib import Path

import pytest

from tests.e2e.dying import STEPS
from tests.e2e.house import told_by

pytestmark = pytest.mark.slow
LEAST = {
    "ingest": 8, "propose": 15, "match": 8, "edit": 8, "approve": 8, "dispatch": 35, "reconcile": 15, "verify": 12,
    "seal": 6,
}  # fmt: skip
"""Fewer deaths than these and a stage was not taken apart: the tests would prove nothing."""


@pytest.mark.parametrize("stage", STEPS)
def test_wherever_it_dies_the_contact_arrives_once(tmp_path: Path, stage: str) -> None:
    told = json.loads(told_by("tests.e2e.dying", stage, tmp_path))
    assert told["wrong"] == []
    assert told["arrived"] == told["contacts"] == told["deaths"] + 1
    assert (told["sealed"], told["unsealed"]) == (True, 0)
    assert told["deaths"] >= LEAST[stage]
