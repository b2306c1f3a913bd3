"""Phone numbers on the workbench: a contact's are masked by role, and one of our own in a rule survives being shown."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.admin.people import browser
from tests.admin.workbench.test_draft_page import place, typed
from tests.models import make
from zbsync.models import Mapping, MappingRule, ValueMap, ValueMapEntry
from zbsync.pipeline import bootstrap, publish

pytestmark = pytest.mark.django_db
THEIRS, OURS = "13912345678", "13800001111"


@pytest.fixture
def draft() -> Mapping:
    make.options(make.erp())
    bootstrap.seed()
    make.contact(name="王小明", phone=THEIRS, notes="老客户", remark=f"电话 {THEIRS}")
    made = publish.draft(Mapping.objects.get(), make.user())
    rules = MappingRule.objects.filter(mapping=made)
    rules.filter(target="intro").update(source="remark")
    rules.filter(target="product").update(default=f"热线 {OURS}")
    return made


def at(name: str, draft: Mapping) -> str:
    return reverse(f"admin:zbsync_mapping_{name}", args=[draft.pk])


def shown(client: Client, url: str) -> str:
    return client.get(url).content.decode()


def test_results_and_examples_show_no_whole_number_of_a_contact(draft: Mapping) -> None:
    publish.start_preview(draft, make.user())
    publish.drain_previews()
    for name in ("change", "preview"):
        page = shown(browser("mapper"), at(name, draft))
        assert THEIRS not in page
        assert "139****5678" in page
        assert THEIRS in shown(browser("administrator"), at(name, draft))


@pytest.mark.parametrize("role", ["mapper", "administrator"])
def test_a_number_of_our_own_in_a_rule_is_kept_whole(draft: Mapping, role: str) -> None:
    client, seen = browser(role), place(draft, "product")
    masked = OURS not in shown(client, at("change", draft))
    sent = "热线 138****1111" if masked else f"热线 {OURS}"
    assert masked == (role == "mapper")
    form = typed(draft, **{f"rules__{seen}__default": sent, f"rules__{place(draft, 'intro')}__source": "notes"})
    assert client.post(at("change", draft), form).status_code == 302
    assert draft.rules.get(target="product").default == f"热线 {OURS}"
    assert draft.rules.get(target="intro").source == "notes"


def test_a_number_in_a_value_map_is_kept_whole(draft: Mapping) -> None:
    row = ValueMap.objects.create(name="lines", kind="exact")
    ValueMapEntry.objects.create(value_map=row, key="总部", value=OURS)
    rule = {"source": "channel", "transform": "value_map", "argument": "lines"}
    MappingRule.objects.create(mapping=draft, target="c2", position=20, **rule)
    client = browser("mapper")
    assert OURS not in shown(client, at("maps", draft))
    form = {"map": "lines", "key": ["总部", "分部"], "value": ["138****1111", "无"]}
    assert client.post(at("maps", draft), form).status_code == 302
    assert dict(row.entries.values_list("key", "value")) == {"总部": OURS, "分部": "无"}
