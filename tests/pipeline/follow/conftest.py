"""A life for every test of this folder, at an ERP that lists its follow-ups."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pipeline.life import Life, life

FOLLOW_UPS = "/sysa/mobilephone/systemmanage/replylist.asp"


@pytest.fixture
def world(db: None, tmp_path: Path) -> Iterator[Life]:
    """Hub, ERP and person, nothing told yet."""
    with life(tmp_path) as made:
        made.erp.connection.options = {**made.erp.connection.options, "follow_up_list": FOLLOW_UPS}
        made.erp.connection.save()
        yield made
