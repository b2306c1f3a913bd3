"""What the tests of this floor share: one good contact, a few ERP fields, the tables a mapping looks things up in."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from zbsync.core.defaults import DEFAULT_VALUE_MAPS
from zbsync.core.findings import Finding
from zbsync.core.payload import FieldSpec
from zbsync.core.records import ContactRecord, InteractionRecord, Kind, Listing
from zbsync.core.transforms import Tables
from zbsync.sentences import SENTENCES, UNKNOWN, say

NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)

PERSON = ContactRecord(
    source_id="c-1",
    name="王小明",
    phone="138 0013 8000",
    mobile="13800138000",
    phone_verified=True,
    wechat_id="wxid_wang",
    channel="微信",
    notes="下午联系",
    k_code="K3208-渝A-王小明-VIP-微信",
    listing=Listing.WHITE,
    score=91.0,
    summary="询价两次",
    extra={"level": "VIP", "tags": ["老客户", "展会"], "shop": {"city": "重庆"}},
    interactions=(
        InteractionRecord("i-2", datetime(2025, 2, 2, 3, 0, tzinfo=UTC), "微信", "第二次"),
        InteractionRecord("i-1", datetime(2025, 2, 1, 3, 0, tzinfo=UTC), "电话", "第一次"),
    ),
)
COMPANY = replace(PERSON, company="示例科技有限公司", kind=Kind.COMPANY)

SPECS = {
    spec.name: spec
    for spec in (
        FieldSpec("name", "客户名称", max_length=100, required_unit=True, required_individual=True),
        FieldSpec("person_name", "联系人姓名", max_length=50, individual=False, required_unit=True),
        FieldSpec("khid", "客户编号", max_length=50),
        FieldSpec("sort1", "客户分类", "pair", 50, "stage", required_unit=True, required_individual=True),
        FieldSpec("mobile", "手机", max_length=50),
        FieldSpec("weixinAcc", "微信", max_length=50),
        FieldSpec("ly", "客户来源", "option", vocabulary="ly"),
        FieldSpec("jz", "价值评估", "option", vocabulary="jz"),
        FieldSpec("trade", "客户行业", "option", vocabulary="trade"),
        FieldSpec("email", "电子邮件", max_length=50),
        FieldSpec("address", "客户地址", max_length=200),
        FieldSpec("product", "客户简介", max_length=4000),
        FieldSpec("intro", "备注", max_length=4000),
        FieldSpec("pernum1", "人数", "int", individual=False),
        FieldSpec("hk_xz", "回款", "decimal"),
        FieldSpec("date1", "成立日期", "date"),
    )
}

OPTIONS = {
    "ly": {"网站注册": "171", "微信咨询": "978"},
    "jz": {"很高": "175", "较高": "289", "一般": "176", "较低": "177", "很低": "290"},
    "stage": {"意向客户/初步接触": "3,7", "重点客户/已报价": "4,9"},
}


def tables(**changed: Any) -> Tables:
    """The usual tables, with some changed."""
    usual: dict[str, Any] = {
        "options": OPTIONS,
        "source_codes": {"微信": "微信咨询", "展会": None},
        "value_maps": {one.name: one for one in DEFAULT_VALUE_MAPS},
        "settings": {"sort1": "意向客户/初步接触"},
    }
    return Tables(**{**usual, **changed})


def codes(findings: Any) -> list[str]:
    """The codes, in order; every one of them must have a sentence that finds all its values."""
    for finding in findings:
        assert isinstance(finding, Finding)
        assert finding.code in SENTENCES
        assert UNKNOWN not in say(finding) or UNKNOWN in finding.params.values(), say(finding)
    return [finding.code for finding in findings]
