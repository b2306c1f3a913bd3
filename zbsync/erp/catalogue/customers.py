"""The fields of a customer: what a unit (单位客户) and an individual (个人客户) may be saved with.

Read by mapping, payload checks and editors through `FIELDS`, by the table of operations as params. Source: fact
sheet §4.1 and §4.2; captions are the ERP's own. Where help and column width differ, the smaller one counts.
Installations differ in what they require: the form that comes with an id (`Allocated.form`) says so.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from types import MappingProxyType
from typing import Any

from zbsync.core.payload import KINDS, UNIT, FieldSpec
from zbsync.erp.catalogue.shapes import Param, of_spec


def _text(name: str, caption: str, length: int = 50, **more: Any) -> FieldSpec:
    return FieldSpec(name=name, caption=caption, type="text", max_length=length, **more)


def _field(name: str, caption: str, kind: str, length: int | None = None, **more: Any) -> FieldSpec:
    return FieldSpec(name=name, caption=caption, type=kind, max_length=length, **more)


_BANK = (
    ("1", "开户银行"),
    ("2", "开户名称"),
    ("7", "行号"),
    ("3", "账号"),
    ("4", "税号"),
    ("5", "地址"),
    ("6", "电话"),
)

_SPECS: tuple[FieldSpec, ...] = (
    _text("name", "客户名称", 100, required_unit=True, required_individual=True),
    _text("pym", "拼音码", 100),
    _text("khid", "客户编号"),
    _field("sort1", "客户分类", "pair", 50, vocabulary="stage", required_unit=True, required_individual=True),
    _field("ly", "客户来源", "option", vocabulary="ly"),
    _field("jf2", "是否积分", "int"),
    _field("area", "客户区域", "option", vocabulary="area"),
    _field("trade", "客户行业", "option", vocabulary="trade"),
    _field("jz", "价值评估", "option", vocabulary="jz"),
    _text("credit", "信用等级"),
    _text("url", "客户网址", 100),
    _text("bz", "默认币种"),
    _field("hk_xz", "到款限制", "decimal"),
    _text("address", "客户地址", 200),
    _text("lng", "经度", changeable=False),
    _text("lat", "纬度", changeable=False),
    _text("zip", "邮编", 10),
    _text("faren", "法人代表"),
    _field("zijin", "注册资本", "decimal", individual=False),
    _field("pernum1", "人员数量下限", "int", individual=False),
    _field("pernum2", "人员数量上限", "int", individual=False),
    _field("date1", "添加时间", "date", changeable=False),
    _text("person_name", "联系人姓名", individual=False, required_unit=True),
    _text("@personpym", "联系人拼音码", individual=False),
    _text("sex", "性别"),
    _field("age", "年龄", "int"),
    _field("year1", "生日", "date"),
    _text("part1", "部门"),
    _text("job", "职务"),
    _text("phone", "办公电话"),
    _text("fax", "传真"),
    _text("mobile", "手机"),
    _text("phone2", "家庭电话"),
    _text("email", "电子邮件"),
    _text("qq", "QQ", 20),
    _text("weixinAcc", "微信"),
    _text("XiQueIntro", "喜鹊声声"),
    _text("msn", "MSN"),
    _text("jg", "籍贯"),
    _text("product", "客户简介", 4000),
    _text("c2", "合作现状", 4000),
    _text("c3", "合作前景", 4000),
    _text("c4", "跟进策略", 4000),
    _text("intro", "备注", 4000),
    *(
        _text(f"{prefix}_{number}", caption + twice, individual=False)
        for prefix, twice in (("bank", ""), ("bank2", "2"))
        for number, caption in _BANK
    ),
    _field("fkdays", "付款周期", "int", individual=False),
    _field("fkdate", "付款日期", "int", individual=False),
)

FIELDS: Mapping[str, FieldSpec] = MappingProxyType({spec.name: spec for spec in _SPECS})
"""Every field a customer may be saved with, by id. `ord` is none: a save carries it apart."""

_INDIVIDUAL_CAPTIONS = {"faren": "所在单位"}


@cache
def fields_for(kind: str) -> Mapping[str, FieldSpec]:
    """The fields of one kind of customer, with the captions that kind has. Raises ValueError for another word."""
    if kind not in KINDS:
        raise ValueError(f"kind: {kind!r} is not one of {', '.join(KINDS)}")
    if kind == UNIT:
        return MappingProxyType({name: spec for name, spec in FIELDS.items() if spec.unit})
    return MappingProxyType(
        {
            name: replace(spec, caption=_INDIVIDUAL_CAPTIONS.get(name, spec.caption))
            for name, spec in FIELDS.items()
            if spec.individual
        }
    )


UNIT_ONLY = frozenset(name for name, spec in FIELDS.items() if spec.unit and not spec.individual)
"""Fields that give a unit customer's form away."""


_ENUMS = {"sex": "sex", "jf2": "yes"}


def customer_params(kind: str) -> tuple[Param, ...]:
    """The fields of one kind as params of an operation."""
    return tuple(of_spec(spec, kind, _ENUMS) for spec in fields_for(kind).values())
