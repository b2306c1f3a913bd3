"""A life for every test of this folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pipeline.life import Life, life


@pytest.fixture
def world(db: None, tmp_path: Path) -> Iterator[Life]:
    """Hub, ERP and person, nothing told yet."""
    with life(tmp_path) as made:
        yield made
