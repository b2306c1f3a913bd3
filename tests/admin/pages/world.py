"""An installation in which every table has something to show, and the addresses of all its pages."""

import re
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from tests.admin.people import someone
from tests.models import make
from tests.pipeline import reviewing
from zbsync.models import (
    Act,
    Heartbeat,
    Interaction,
    Mapping,
    MappingRule,
    Proposal,
    Push,
    Seal,
    Upload,
    ValueMap,
    ValueMapEntry,
)
from zbsync.pipeline import bootstrap, publish
from zbsync.pipeline.review import acts

STATES = ("blocked", "mapped", "ready", "approved", "rejected", "superseded")
PUSHES = ("queued", "in_doubt", "rejected", "dead", "drifted", "verified", "buried")
MODELS = tuple(
    sorted(
        f"{model._meta.app_label}_{model._meta.model_name}"
        for model in admin.site._registry
        if model._meta.app_label in ("zbsync", "auth")
    )
)
NOT_OURS = {"django_session", "auth_user_last_login"}


def fill() -> None:
    """A little of everything, in Chinese as it is at the desk."""
    bootstrap.seed()
    connection = make.erp()
    make.options(connection)
    for state in STATES:
        _proposal(state)
    reviewing.record(11, name="王小明", mobile="13800000001")
    reviewing.ambiguous(title="示例公司")
    for number, state in enumerate(PUSHES):
        bad = state not in ("queued", "verified")
        push = make.push(state=state, cause="duplicate" if bad else "", message="相同客户编号已存在！" if bad else "")
        make.attempt(push, outcome="rejected", finished_at=make.NOW)
        make.exchange(connection=connection, push=push, operation="save_unit", status=200, response_body="{}")
        make.binding(push.contact, 900 + number)
    contact = make.contact(name="李示例")
    Interaction.objects.create(contact=contact, source_id="i1", at=make.NOW, method="微信", content="请报价")
    _rest()
    _acts()


def _proposal(state: str) -> Proposal:
    gate = [{"code": "gate.score_low", "field": "score", "severity": "error", "params": {"score": 57, "needs": 60}}]
    held = {"cause": "gate.score_low", "gate_findings": gate} if state == "blocked" else {}
    return make.proposal(state=state, channel="微信", score=57, **held)


def _acts() -> None:
    """One of each state: done with rows left out, waiting for a second person, waiting for a job, called off."""
    by = make.user()
    rows = reviewing.proposal().pk, reviewing.ambiguous().pk
    acts.ask(rows, "approve", by, acts.Wish("春季展会线索", "展会名单已核对", "state__exact=ready"))
    edited = reviewing.proposal(hands=",e7,")
    for name in ("手工修改过的", "不要的"):
        act = acts.ask([edited.pk], "approve", by, acts.Wish(name))
    acts.cancel(act, by)
    Act.objects.create(
        name="大批", verb="reject", state="running", total=5000, taken=1000, asked_by=by, asked_at=make.NOW,
        began_at=make.NOW,
    )  # fmt: skip


def _rest() -> None:
    chosen = ValueMap.objects.create(name="行业", kind="exact", note="示例")
    ValueMapEntry.objects.create(value_map=chosen, key="印刷", value="印刷业")
    draft = publish.draft(Mapping.objects.get(state="published"), someone(), "示例")
    MappingRule.objects.filter(mapping=draft, target="intro").update(source="remark")
    publish.start_preview(draft, someone())
    publish.drain_previews()
    Heartbeat.objects.create(name="worker", at=make.NOW)
    Seal.objects.create(at=make.NOW, table="entry", first_id=1, last_id=1, count=1, hash="a" * 64, previous="")
    Upload.objects.create(
        name="客户.csv", hub=make.hub(), state="done", uploaded_by=someone(), created_at=make.NOW, rows_total=3
    )


def workbench() -> Iterator[str]:
    """The pages of a draft and of all versions; those of one version are rows of their list."""
    draft = Mapping.objects.get(state="draft")
    yield from (reverse(f"admin:zbsync_mapping_{name}") for name in ("compare", "import", "unmapped"))
    yield from (reverse(f"admin:zbsync_mapping_{name}", args=[draft.pk]) for name in ("publish", "preview", "maps"))
    yield reverse("admin:zbsync_mapping_replay", args=[Push.objects.order_by("pk")[0].pk])


def lists() -> list[str]:
    """Every list there is, with the review list once for each state."""
    found = [reverse(f"admin:{name}_changelist") for name in MODELS]
    proposals = reverse("admin:zbsync_proposal_changelist")
    return [*found, *(f"{proposals}?state__exact={state}" for state in (*STATES, "all"))]


def addresses(client: Client) -> Iterator[str]:
    """All pages that a GET opens, each once: lists, the rows behind them, their histories and forms for new ones."""
    yield from (reverse("admin:index"), reverse("admin:password_change"), reverse("admin:zbsync_catalogue"))
    held = reverse("admin:zbsync_proposal_held")
    yield from (held, f"{held}?ask=score.minimum&value=55", f"{held}?ask=score.minimum&value=x")
    yield from workbench()
    yield from (reverse("admin:zbsync_act_undo", args=[act.pk]) for act in Act.objects.filter(state="done"))
    for url in lists():
        yield url
        listed = client.get(url).content.decode()
        rows = re.findall(r'href="(/admin/[a-z]+/[a-z]+/\d+/change/[^"]*)"', listed)
        own = [row for row in rows if row.startswith(url.partition("?")[0])]
        yield from (row.replace("&amp;", "&") for row in dict.fromkeys(own[:3]))
    for name in MODELS:
        for form in ("add", "history"):
            yield from _form(client, name, form)


def _form(client: Client, name: str, form: str) -> Iterator[str]:
    """The address when the page is there."""
    from django.urls import NoReverseMatch

    app, _, model = name.partition("_")
    row = apps.get_model(app, model)._default_manager.order_by("-pk").first()
    try:
        url = reverse(f"admin:{name}_{form}", args=[row.pk] if form == "history" and row else [])
    except NoReverseMatch:
        return
    if client.get(url).status_code == 200:
        yield url


def snapshot() -> dict[str, list[Any]]:
    """Every row of every table, as the database has it; sessions move by themselves."""
    models: list[type[Model]] = [model for model in apps.get_models() if model._meta.db_table not in NOT_OURS]
    return {model._meta.label: list(model._default_manager.order_by("pk").values_list()) for model in models}
