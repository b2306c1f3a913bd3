"""What the database keeps as text is what `core` means by it: one list each, with a word for people."""

import ast
from enum import StrEnum
from pathlib import Path

import pytest
from django.db import models as orm
from django.utils import translation

from zbsync import models
from zbsync.core import lifecycle, mapping, matching, payload, records, transforms
from zbsync.core.outcome import Accepted, Deferred, InDoubt, Rejected
from zbsync.erp.client import DIALECTS

SAME: list[tuple[type[orm.TextChoices], type[StrEnum]]] = [
    (models.KindChoice, records.Kind),
    (models.ListingChoice, records.Listing),
    (models.PolicyChoice, mapping.Policy),
    (models.TooLongChoice, mapping.TooLong),
    (models.ProposalStateChoice, lifecycle.ProposalState),
    (models.PushStateChoice, lifecycle.PushState),
]
ALL = [value for value in vars(models).values() if isinstance(value, type) and issubclass(value, orm.TextChoices)]


@pytest.mark.parametrize(("shown", "meant"), SAME, ids=lambda kind: kind.__name__)
def test_the_database_knows_what_core_knows(shown: type[orm.TextChoices], meant: type[StrEnum]) -> None:
    assert shown.values == [one.value for one in meant]
    assert shown.names == [one.name for one in meant]


def test_a_match_is_one_of_core_or_nobody_looked() -> None:
    assert models.MatchChoice.values == ["", *(one.value for one in matching.MatchKind)]


def test_an_attempt_ends_as_an_outcome() -> None:
    """`sending` is the attempt without its end; the others are the four outcomes, as settle writes them."""
    words = {kind.__name__.replace("InDoubt", "in_doubt").lower() for kind in (Accepted, Deferred, InDoubt, Rejected)}
    assert set(models.AttemptOutcome.values) == words | {"sending"}


def test_a_rule_speaks_of_the_kinds_a_payload_has() -> None:
    assert set(models.AppliesTo.values) == {"both", payload.UNIT, payload.INDIVIDUAL}


def test_every_dialect_that_is_built_can_be_chosen() -> None:
    assert set(DIALECTS) <= set(models.Dialect.values)


@pytest.mark.parametrize("kind", models.ValueMapKind.values)
def test_value_maps_of_either_kind_are_checked_by_core(kind: str) -> None:
    assert not transforms.check_value_map("m", kind, [("60", "x")])
    assert transforms.check_value_map("m", kind, [("60", "x"), ("60", "y")])


def test_value_maps_of_another_kind_are_refused_by_core() -> None:
    assert transforms.check_value_map("m", "fuzzy", [("60", "x")])


@pytest.mark.parametrize("choices", ALL, ids=lambda kind: kind.__name__)
def test_every_choice_has_a_word_of_its_own_for_people(choices: type[orm.TextChoices]) -> None:
    with translation.override("en"):
        labels = [str(label) for label in choices.labels]
    assert all(labels)
    assert len(set(labels)) == len(labels)


def with_choices() -> list[tuple[type[orm.Model], "orm.Field[object, object]"]]:
    rows = [getattr(models, name) for name in models.__all__]
    tables = [row for row in rows if isinstance(row, type) and issubclass(row, orm.Model)]
    return [(table, field) for table in tables for field in table._meta.concrete_fields if field.choices]


@pytest.mark.parametrize(("table", "field"), with_choices(), ids=lambda one: getattr(one, "__name__", None) or one.name)
def test_every_choice_fits_into_its_column(table: type[orm.Model], field: "orm.Field[object, object]") -> None:
    longest = max(len(str(value)) for value, _ in field.flatchoices)
    assert longest <= (field.max_length or 0), table


def test_choices_are_found_at_all() -> None:
    assert len(with_choices()) >= 17
    assert len(ALL) >= 15


def test_everything_a_file_of_models_defines_can_be_imported_from_the_package() -> None:
    folder = Path(models.__file__).parent
    hidden = {"append_only", "sought", "__init__"}
    defined = {
        node.name
        for path in folder.glob("*.py")
        if path.stem not in hidden
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.ClassDef) and not node.name.endswith("QuerySet")
    }
    assert defined == set(models.__all__)
    assert models.__all__ == sorted(models.__all__)
