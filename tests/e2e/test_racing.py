"""Many at once on a database as it is deployed: one wins, the others are told, nothing is doubled or left behind."""

import json
from pathlib import Path

import pytest

from tests.e2e.house import told_by
from tests.e2e.racing import RACES

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("race", RACES)
def test_in_a_race_one_wins_and_the_others_are_told(tmp_path: Path, race: str) -> None:
    assert json.loads(told_by("tests.e2e.racing", race, tmp_path)) == []
