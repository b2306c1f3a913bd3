"""The pages where rules are edited: what is wrong is said before it is kept, what is kept takes effect."""

import pytest
from django.urls import reverse

from tests.admin.people import browser
from tests.models import make
from zbsync.models import Contact, Entry, ErpConnection, GateSetting, Mapping, MappingRule, SourceCode
from zbsync.pipeline import bootstrap

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _rules() -> None:
    bootstrap.seed()


def gate_form(setting: GateSetting, **changes: object) -> dict[str, object]:
    form: dict[str, object] = {"position": setting.position, "is_enabled": "on"}
    return form | setting.params | changes


def test_a_gate_parameter_of_the_wrong_kind_is_refused_with_the_mend() -> None:
    setting = GateSetting.objects.get(code="score")
    url = reverse("admin:zbsync_gatesetting_change", args=[setting.pk])
    before = setting.params
    for wrong in ("many", "101", ""):
        page = browser("mapper").post(url, gate_form(setting, minimum=wrong))
        assert page.status_code == 200
        assert page.context["errors"]
    setting.refresh_from_db()
    assert setting.params == before


@pytest.mark.parametrize(("code", "typed", "kept"), [
    ("score", {"minimum": "57.5"}, {"minimum": 57.5}),
    ("score", {"minimum": "55"}, {"minimum": 55}),
    ("phone_verified", {}, {"require_verified": False}),
    ("name_complete", {"min_length": "3", "placeholders": "客户、 新朋友，test"},
     {"min_length": 3, "placeholders": ["客户", "新朋友", "test"]}),
])  # fmt: skip
def test_each_setting_of_a_gate_rule_has_a_field_of_its_own(code, typed, kept) -> None:
    setting = GateSetting.objects.get(code=code)
    url = reverse("admin:zbsync_gatesetting_change", args=[setting.pk])
    shown = browser("mapper").get(url).content.decode()
    assert all(f'name="{name}"' in shown for name in kept)
    assert 'name="params"' not in shown
    assert browser("mapper").post(url, {"position": 1, "is_enabled": "on", **typed}).status_code == 302
    setting.refresh_from_db()
    assert (setting.params, setting.code) == (kept, code)


def test_who_may_not_change_the_gate_reads_its_settings_in_words() -> None:
    setting = GateSetting.objects.get(code="score")
    shown = browser("reviewer").get(reverse("admin:zbsync_gatesetting_change", args=[setting.pk])).content.decode()
    assert "最低评分：60" in shown
    assert 'name="minimum"' not in shown


def test_a_rule_is_added_only_where_one_is_missing() -> None:
    add = reverse("admin:zbsync_gatesetting_add")
    assert browser("mapper").get(add).status_code == 403
    GateSetting.objects.get(code="score").delete()
    browser("mapper").post(add, {"code": "score", "position": 3, "is_enabled": "on"})
    assert GateSetting.objects.get(code="score").params == {}


def test_a_changed_gate_judges_every_contact_again() -> None:
    contact = make.contact(proposed_version=1)
    setting = GateSetting.objects.get(code="score")
    url = reverse("admin:zbsync_gatesetting_change", args=[setting.pk])
    page = browser("mapper").post(url, gate_form(setting))
    assert page.status_code == 302, page.context and page.context["errors"]
    contact.refresh_from_db()
    assert contact.proposed_version == 0
    assert Contact.objects.due().count() == 1


def test_who_may_not_change_the_gate_cannot() -> None:
    setting = GateSetting.objects.get(code="score")
    url = reverse("admin:zbsync_gatesetting_change", args=[setting.pk])
    assert browser("reviewer").post(url, gate_form(setting)).status_code == 403


def act(role: str, model: str, action: str, *rows: int):
    form = {"action": action, "_selected_action": [str(row) for row in rows]}
    return browser(role).post(reverse(f"admin:zbsync_{model}_changelist"), form, follow=True)


def test_a_published_version_is_changed_by_way_of_a_draft() -> None:
    first = Mapping.objects.get()
    act("mapper", "mapping", "copy_to_draft", first.pk)
    draft = Mapping.objects.get(state="draft")
    assert MappingRule.objects.filter(mapping=draft).count() == MappingRule.objects.filter(mapping=first).count()
    browser("mapper").post(reverse("admin:zbsync_mapping_publish", args=[draft.pk]), {"reason": "neu"})
    assert list(Mapping.objects.order_by("version").values_list("state", flat=True)) == ["retired", "published"]
    assert Entry.objects.filter(verb="mapping.publish").count() == 1


def test_the_list_publishes_nothing_for_that_asks_a_reason() -> None:
    first = Mapping.objects.get()
    act("mapper", "mapping", "copy_to_draft", first.pk)
    act("mapper", "mapping", "publish_version", Mapping.objects.get(state="draft").pk)
    assert Mapping.objects.get(state="published") == first
    assert "publish_version" not in browser("mapper").get(reverse("admin:zbsync_mapping_changelist")).content.decode()


def test_the_rules_of_a_published_version_are_to_be_read() -> None:
    first = Mapping.objects.get()
    text = browser("mapper").get(reverse("admin:zbsync_mapping_change", args=[first.pk])).content.decode()
    assert 'name="rules-0-target"' not in text
    assert "weixinAcc" in text


def draft_form(draft: Mapping, **changes: str) -> dict[str, str]:
    rules = list(draft.rules.all())
    form = {"note": draft.note, "rules-TOTAL_FORMS": str(len(rules)), "rules-INITIAL_FORMS": str(len(rules))}
    for index, rule in enumerate(rules):
        values = {
            "id": rule.pk, "mapping": draft.pk, "position": rule.position, "target": rule.target,
            "applies_to": rule.applies_to, "source": rule.source, "transform": rule.transform,
            "argument": rule.argument, "default": rule.default, "policy": rule.policy, "too_long": rule.too_long,
        }  # fmt: skip
        form |= {f"rules-{index}-{name}": str(value) for name, value in values.items()}
        if rule.required:
            form[f"rules-{index}-required"] = "on"
    return form | changes


def test_a_rule_that_cannot_work_is_refused_with_its_place() -> None:
    act("mapper", "mapping", "copy_to_draft", Mapping.objects.get().pk)
    draft = Mapping.objects.get(state="draft")
    url = reverse("admin:zbsync_mapping_change", args=[draft.pk])
    page = browser("mapper").post(url, draft_form(draft, **{"rules-0-source": "no.such.thing"}))
    assert page.status_code == 200
    assert page.context["errors"]
    assert not MappingRule.objects.filter(mapping=draft, source="no.such.thing").exists()


def test_a_good_change_of_a_draft_is_kept() -> None:
    act("mapper", "mapping", "copy_to_draft", Mapping.objects.get().pk)
    draft = Mapping.objects.get(state="draft")
    url = reverse("admin:zbsync_mapping_change", args=[draft.pk])
    page = browser("mapper").post(url, draft_form(draft, **{"rules-0-default": "未填"}))
    assert page.status_code == 302, page.context and page.context["errors"]
    assert MappingRule.objects.filter(mapping=draft, default="未填").count() == 1


def test_a_source_code_offers_only_what_the_erp_has() -> None:
    connection = make.erp()
    make.options(connection)
    code = SourceCode.objects.get(channel="微信")
    url = reverse("admin:zbsync_sourcecode_change", args=[code.pk])
    form = {"connection": connection.pk, "channel": "微信", "option": "没有这个来源"}
    assert browser("mapper").post(url, form).status_code == 200
    assert browser("mapper").post(url, form | {"option": "朋友介绍"}).status_code == 302
    code.refresh_from_db()
    assert code.option == "朋友介绍"


def test_an_undecided_channel_calls_for_a_decision() -> None:
    SourceCode.objects.create(connection=make.erp(), channel="抖音")
    text = browser("mapper").get(reverse("admin:zbsync_sourcecode_changelist")).content.decode()
    assert "zb-pill--warn" in text


def test_an_operator_pauses_and_resumes_a_connection() -> None:
    connection = make.erp()
    act("operator", "erpconnection", "pause", connection.pk)
    connection.refresh_from_db()
    assert connection.paused_at
    assert connection.pause_cause == "by_hand"
    act("operator", "erpconnection", "resume", connection.pk)
    assert ErpConnection.objects.get(pk=connection.pk).paused_at is None
    assert Entry.objects.filter(subject="erpconnection").count() == 2


def test_options_that_are_no_object_are_refused_with_an_example() -> None:
    connection = make.erp()
    url = reverse("admin:zbsync_erpconnection_change", args=[connection.pk])
    form = {"name": "erp", "base_url": "http://erp.example", "dialect": "legacy", "username_env": "A",
            "password_env": "B", "serialnum": "zb1", "lanes": "2", "timeout_s": "20", "options": "[1]"}  # fmt: skip
    page = browser("operator").post(url, form)
    assert "sort1" in str(page.context["errors"])
    assert ErpConnection.objects.get().options != [1]


def test_a_password_that_is_missing_is_named_and_one_that_is_set_is_not_shown(monkeypatch) -> None:
    make.erp()
    monkeypatch.setenv("ERP_PASSWORD", "top-secret-word")
    text = browser("operator").get(reverse("admin:zbsync_erpconnection_changelist")).content.decode()
    assert "ERP_USER" in text
    assert "top-secret-word" not in text
