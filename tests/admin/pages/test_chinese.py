"""The desk's own words for its pages, in Chinese."""

import uuid

import pytest
from django.db.models import Model
from django.urls import NoReverseMatch, reverse

from tests.admin.desk import text
from tests.admin.pages import world
from tests.admin.people import browser
from tests.models import make
from zbsync.models import Entry, ErpRecord, GateSetting, Mapping, Push

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("index", ["待审核", "多个疑似", "未达标", "存疑", "ERP 拒绝", "已放弃", "有差异"]),
        ("zbsync_gatesetting_changelist", ["准入规则", "评分达标", "最低评分：60", "须在中台验证：是"]),
        ("zbsync_vocabulary_changelist", ["数据字典", "客户来源 (ly)", "价值评估 (jz)"]),
        ("zbsync_exchange_changelist", ["接口报文", "保存单位客户"]),
        ("zbsync_push_changelist", ["推送记录", "待推送", "已核对", "已关闭"]),
        ("zbsync_entry_changelist", ["审计日志", "系统（系统初始化）", "写入默认设置"]),
        ("auth_group_changelist", ["角色", "审核员", "映射维护员", "运维员", "审计员", "管理员"]),
    ],
)
def test_a_page_says_it_as_the_desk_says_it(page: str, words: list[str]) -> None:
    world.fill()
    shown = text(browser().get(reverse(f"admin:{page}")))
    assert [word for word in words if word not in shown] == []


def test_published_rules_are_read_in_words() -> None:
    world.fill()
    shown = text(
        browser("mapper").get(reverse("admin:zbsync_mapping_change", args=[Mapping.objects.get(state="published").pk]))
    )
    for words in ("客户名称 (name)", "取首个非空字段", "去除多余空格", "按来源对照", "仅新建时写"):
        assert words in shown


def test_a_history_is_told_under_the_rules_own_name_with_what_changed() -> None:
    world.fill()
    rule = GateSetting.objects.get(code="score")
    rule.params, rule.is_enabled = {"minimum": 70}, False
    rule.save()
    shown = text(browser("mapper").get(reverse("admin:zbsync_gatesetting_history", args=[rule.pk])))
    assert "准入规则 › 评分达标 › 操作记录" in shown
    assert "参数 最低评分：60 → 最低评分：70" in shown
    assert "启用 是 → 否" in shown


@pytest.mark.parametrize(
    ("page", "row", "heading"),
    [("push", Push, "推送"), ("gatesetting", GateSetting, "准入规则"), ("erprecord", ErpRecord, "ERP 客户")],
)
def test_a_row_is_headed_by_what_it_is(page: str, row: type[Model], heading: str) -> None:
    world.fill()
    address = reverse(f"admin:zbsync_{page}_change", args=[row._default_manager.latest("pk").pk])
    assert f"<h1>{heading}</h1>" in browser().get(address).content.decode()


def test_an_audit_entry_tells_what_changed_in_words() -> None:
    row = Entry.objects.create(
        at=make.NOW, act=uuid.uuid4(), actor_name="job:ingest", verb="upload.stage", subject="upload", subject_id=1,
        before={"state": "x"}, after={"new": 3, "file": "客户.csv", "users": {"added": 4}},
    )  # fmt: skip
    shown = text(browser("auditor").get(reverse("admin:zbsync_entry_change", args=[row.pk])))
    assert "上传联系人文件" in shown
    assert "新增 3 文件 客户.csv ERP 用户 新增：4" in shown


@pytest.mark.parametrize(("name", "called"), [("王小明商行", "李示例 ↔ 王小明商行 77"), ("", "李示例 ↔ 77")])
def test_a_pair_is_called_by_both_names(name: str, called: str) -> None:
    pair = make.binding(make.contact(name="李示例"), 77)
    if name:
        make.erp_record(77, name=name)
    assert called in text(browser().get(reverse("admin:zbsync_binding_change", args=[pair.pk])))


def test_the_stocks_own_scripts_speak_as_the_desk_does() -> None:
    said = browser().get(reverse("admin:jsi18n")).content.decode()
    assert "\\u5df2\\u9009 %(sel)s / \\u5171 %(cnt)s \\u6761" in said
    assert "\\u9009\\u4e2d\\u4e86" not in said


@pytest.mark.parametrize("name", ["contact", "proposal", "push", "entry", "exchange", "binding", "vocabulary"])
def test_what_is_only_read_has_no_empty_history(name: str) -> None:
    with pytest.raises(NoReverseMatch):
        reverse(f"admin:zbsync_{name}_history", args=[1])
