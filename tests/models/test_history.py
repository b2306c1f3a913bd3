"""Configuration remembers who changed what; what a job writes at every turn leaves no history behind."""

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import models
from django.utils import timezone
from django.utils.functional import Promise

from tests.models import make
from zbsync.models import (
    AssignmentRule,
    ErpConnection,
    FollowUpMethod,
    GateSetting,
    HubConnection,
    MappingRule,
    SourceCode,
    ValueMap,
    ValueMapEntry,
)

pytestmark = pytest.mark.django_db

MADE: dict[str, tuple[Callable[[], Any], str, Any]] = {
    "HubConnection": (make.hub, "is_active", False),
    "ErpConnection": (make.erp, "lanes", 5),
    "GateSetting": (lambda: GateSetting.objects.create(code="score"), "params", {"min": 70}),
    "MappingRule": (lambda: MappingRule.objects.create(mapping=make.mapping(), target="name"), "source", "company"),
    "SourceCode": (lambda: SourceCode.objects.create(connection=make.erp(), channel="微信"), "option", "微信咨询"),
    "AssignmentRule": (lambda: AssignmentRule.objects.create(connection=make.erp()), "users", ["销售部/赵一"]),
    "FollowUpMethod": (lambda: FollowUpMethod.objects.create(keyword="电话", option="电话"), "option", "其他"),
    "ValueMapEntry": (
        lambda: ValueMapEntry.objects.create(value_map=ValueMap.objects.create(name="m"), key="60", value="a"),
        "value",
        "b",
    ),
}  # fmt: skip
"""Model with a history → a row, a column, and another value for it."""


def test_every_model_with_a_history_is_tried_here() -> None:
    tracked = {model.__name__ for model in apps.get_app_config("zbsync").get_models() if hasattr(model, "history")}
    assert tracked == set(MADE)


@pytest.mark.parametrize("name", MADE)
def test_each_change_is_remembered_with_what_was_there_before(name: str) -> None:
    maker, column, value = MADE[name]
    row = maker()
    before = getattr(row, column)
    setattr(row, column, value)
    row.save()
    later, first = row.history.all()
    assert (getattr(first, column), getattr(later, column)) == (before, value)
    assert (first.history_type, later.history_type) == ("+", "~")


@pytest.mark.parametrize("name", MADE)
def test_what_is_removed_is_remembered_too(name: str) -> None:
    row = MADE[name][0]()
    key, model = row.pk, type(row)
    row.delete()
    last = model.history.filter(id=key).first()
    assert last is not None
    assert last.history_type == "-"


BY_JOBS = {
    *("login_refusals", "surveyed_at", "contracts_at", "contract_pages"),
    *("pause_params", "probe_after", "probes", "half_open_since", "resumed_at"),
}


@pytest.mark.parametrize(
    ("model", "unseen"),
    [(HubConnection, {"watermark"}), (ErpConnection, BY_JOBS)],
)
def test_what_jobs_write_is_not_in_the_history(model: type[models.Model], unseen: set[str]) -> None:
    kept = {field.name for field in model.history.model._meta.fields}  # type: ignore[attr-defined]
    assert not unseen & kept
    assert {field.name for field in model._meta.concrete_fields} - kept == unseen


def test_a_survey_leaves_no_line_in_the_history() -> None:
    row = make.erp()
    ErpConnection.objects.filter(pk=row.pk).update(surveyed_at=timezone.now())
    history: Any = row.history
    assert history.count() == 1


def test_no_secret_can_be_in_the_history_for_there_is_none_in_the_row() -> None:
    columns = {field.name for field in ErpConnection._meta.concrete_fields}
    assert {"username_env", "password_env"} <= columns
    assert not {name for name in columns if name.endswith(("password", "secret", "token"))}


@pytest.mark.parametrize("model", [HubConnection, ErpConnection])
def test_options_of_two_rows_are_not_the_same_object(model: type[Any]) -> None:
    first, second = model(name="a"), model(name="b")
    first.options["x"] = 1
    assert second.options == {}


def test_every_column_has_a_name_that_can_be_translated() -> None:
    nameless = [
        f"{model.__name__}.{field.name}"
        for model in apps.get_app_config("zbsync").get_models()
        if not model.__name__.startswith("Historical")
        for field in model._meta.concrete_fields
        if not field.primary_key and not isinstance(field.verbose_name, Promise)
    ]
    assert not nameless
