"""Rules beside the mapping: whoever adds, changes or removes one has every contact judged again, once."""

import pytest
from django.urls import reverse

from tests.admin.desk import desk, text
from tests.models import make
from zbsync.models import Contact, Entry, GateSetting, Mapping, MappingRule, SourceCode, ValueMap, ValueMapEntry
from zbsync.pipeline import bootstrap, publish

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def judged() -> Contact:
    """A contact that was judged under the rules as they are."""
    bootstrap.seed()
    make.options(make.erp())
    return make.contact(proposed_version=1)


def due() -> bool:
    return Contact.objects.due().count() == 1


def rule_of(model: str):
    """One rule of that kind."""
    rows = {
        "gatesetting": GateSetting.objects.filter(code="score"),
        "sourcecode": SourceCode.objects.all(),
        "valuemap": ValueMap.objects.all(),
    }
    found = rows[model].first()
    assert found
    return found


@pytest.mark.parametrize("model", ["gatesetting", "sourcecode", "valuemap"])
def test_removing_a_rule_judges_every_contact_again(model: str) -> None:
    row = rule_of(model)
    answer = desk("mapper").post(reverse(f"admin:zbsync_{model}_delete", args=[row.pk]), {"post": "yes"})
    assert answer.status_code == 302
    assert not type(row).objects.filter(pk=row.pk).exists()
    assert due()
    assert Entry.objects.filter(verb="rules.reconsider").count() == 1


@pytest.mark.parametrize("model", ["gatesetting", "sourcecode", "valuemap"])
def test_removing_several_judges_them_again_too(model: str) -> None:
    rows = list(type(rule_of(model)).objects.values_list("pk", flat=True))
    form = {"action": "delete_selected", "_selected_action": rows, "post": "yes"}
    desk("mapper").post(reverse(f"admin:zbsync_{model}_changelist"), form)
    assert due()
    assert Entry.objects.filter(verb="rules.reconsider").count() == 1


@pytest.mark.parametrize("model", ["gatesetting", "sourcecode", "valuemap"])
@pytest.mark.parametrize("role", ["reviewer", "operator", "auditor"])
def test_nobody_else_removes_a_rule(role: str, model: str) -> None:
    row = rule_of(model)
    answer = desk(role).post(reverse(f"admin:zbsync_{model}_delete", args=[row.pk]), {"post": "yes"})
    assert answer.status_code == 403
    assert type(row).objects.filter(pk=row.pk).exists()
    assert not due()


def pairs(chosen: ValueMap, *rows: tuple[str, str], new: int = 0) -> dict[str, str]:
    """The form of a value map with these pairs; the last `new` are not stored yet."""
    known = list(chosen.entries.order_by("pk"))
    form = {
        "name": chosen.name,
        "kind": chosen.kind,
        "note": chosen.note,
        "entries-TOTAL_FORMS": str(len(rows)),
        "entries-INITIAL_FORMS": str(len(rows) - new),
    }
    for index, (key, value) in enumerate(rows):
        stored = {"id": str(known[index].pk)} if index < len(rows) - new else {"id": ""}
        given = {**stored, "value_map": str(chosen.pk), "key": key, "value": value}
        form |= {f"entries-{index}-{name}": one for name, one in given.items()}
    return form


@pytest.fixture
def trades() -> ValueMap:
    made = ValueMap.objects.create(name="trades", kind="exact")
    ValueMapEntry.objects.create(value_map=made, key="印刷", value="印刷业")
    return made


def post_pairs(chosen: ValueMap, form: dict[str, str], role: str = "mapper"):
    return desk(role).post(reverse("admin:zbsync_valuemap_change", args=[chosen.pk]), form)


def test_a_pair_is_changed_and_one_added(trades: ValueMap) -> None:
    answer = post_pairs(trades, pairs(trades, ("印刷", "包装业"), ("机械", "制造业"), new=1))
    assert answer.status_code == 302
    assert dict(trades.entries.values_list("key", "value")) == {"印刷": "包装业", "机械": "制造业"}
    assert due()


@pytest.mark.parametrize("rows", [[("印刷", "a"), ("印刷", "b")], [("印刷", "a"), ("", "b")], [("x" * 201, "a")]])
def test_pairs_that_cannot_be_are_refused_and_what_was_typed_stays(trades: ValueMap, rows) -> None:
    page = post_pairs(trades, pairs(trades, *rows, new=len(rows) - 1))
    assert page.status_code == 200
    assert rows[-1][1] in page.content.decode()
    assert 'class="errornote"' in page.content.decode()
    assert dict(trades.entries.values_list("key", "value")) == {"印刷": "印刷业"}
    assert not due()


@pytest.mark.parametrize("role", ["reviewer", "operator", "auditor"])
def test_nobody_else_changes_a_pair(trades: ValueMap, role: str) -> None:
    assert post_pairs(trades, pairs(trades, ("印刷", "包装业")), role).status_code == 403
    assert trades.entries.get().value == "印刷业"


# ---------------------------------------------------------------- versions of the mapping
def published(draft: Mapping):
    return desk("mapper").post(reverse("admin:zbsync_mapping_publish", args=[draft.pk]), {"reason": "neu"})


def test_a_draft_without_rules_is_not_published() -> None:
    first = Mapping.objects.get()
    draft = Mapping.objects.create(version=9)
    assert published(draft).context["errors"]
    assert Mapping.objects.get(state="published") == first
    assert not due()


def test_a_draft_that_does_not_compile_names_each_rule_and_stays_a_draft() -> None:
    draft = publish.draft(Mapping.objects.get(), make.user())
    MappingRule.objects.filter(mapping=draft, target="mobile").update(source="no.such.thing")
    page = published(draft)
    assert "no.such.thing" in text(page)
    assert Mapping.objects.get(pk=draft.pk).state == "draft"


def test_publishing_the_published_one_again_changes_nothing() -> None:
    first = Mapping.objects.get()
    assert published(first).context["errors"]
    assert list(Mapping.objects.values_list("pk", "state")) == [(first.pk, "published")]
    assert not due()


def test_a_published_version_takes_no_edit_by_a_forged_form() -> None:
    first = Mapping.objects.get()
    rule = first.rules.order_by("position")[0]
    form = {"note": "x", "rules-TOTAL_FORMS": "1", "rules-INITIAL_FORMS": "1", "rules-0-id": str(rule.pk),
            "rules-0-mapping": str(first.pk), "rules-0-DELETE": "on", "rules-0-source": "remark"}  # fmt: skip
    desk("mapper").post(reverse("admin:zbsync_mapping_change", args=[first.pk]), form)
    assert MappingRule.objects.filter(pk=rule.pk, source=rule.source).exists()


@pytest.mark.parametrize(("state", "status"), [("published", 403), ("draft", 302)])
def test_only_a_draft_is_thrown_away(state: str, status: int) -> None:
    publish.draft(Mapping.objects.get(), make.user())
    row = Mapping.objects.get(state=state)
    answer = desk("mapper").post(reverse("admin:zbsync_mapping_delete", args=[row.pk]), {"post": "yes"})
    assert answer.status_code == status
    assert Mapping.objects.filter(pk=row.pk).exists() == (state == "published")
