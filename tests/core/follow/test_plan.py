"""A follow-up's schedule: each kind asks for its own block and for no other."""

import pytest

from zbsync.core.follow.plan import Conditional, applies, missing

FIELDS = {
    name: Conditional(name, name, when, required)
    for name, when, required in (
        ("@title1", "plantype=1", True),
        ("@cateid", "plantype=1", False),
        ("@title2", "plantype=2", True),
    )
}


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({"plantype": "0"}, []),
        ({}, []),
        ({"plantype": "1"}, [("payload.required", "@title1")]),
        ({"plantype": "1", "@title1": " "}, [("payload.required", "@title1")]),
        ({"plantype": "1", "@title1": "回访"}, []),
        ({"plantype": "1", "@title1": "回访", "@cateid": "63"}, []),
        ({"plantype": "2", "@title1": "回访"}, [("payload.not_asked_for", "@title1"), ("payload.required", "@title2")]),
        ({"plantype": "0", "@title2": "回访"}, [("payload.not_asked_for", "@title2")]),
    ],
)
def test_a_block_is_asked_for_by_its_plan(values: dict[str, str], found: list[tuple[str, str]]) -> None:
    assert [(one.code, one.field) for one in missing(FIELDS, values)] == found


def test_a_field_of_no_block_is_always_asked_for() -> None:
    assert applies("", {})
    assert not applies("plantype=1", {})
