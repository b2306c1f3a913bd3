"""The ERP's forms as data: their fields, how long they may be, where they are kept.

Source: fact sheet 4.1 (unit), 4.2 (individual), 4.4 (assign), 4.5 (person, follow-up and the other acts), 5
(widths of columns). Read by the store
(columns) and by the pages (forms, validation). `maxl` counts characters. A field of the customer form that
speaks of the main contact person is kept on that person.
"""

from dataclasses import dataclass, replace
from functools import cache

UNIT, INDIVIDUAL = 1, 2
"""Values of `intsort`."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form. `column` is where a table keeps it, `source` its dictionary or tree."""

    id: str
    caption: str
    maxl: int = 50
    dbtype: str = "string"
    type: str = "text"
    source: str = ""
    group: str = "base"
    required: bool = False
    only: int = 0  # UNIT or INDIVIDUAL; 0 is both
    column: str = ""

    @property
    def kept_as(self) -> str:
        """Column name in the table of its owner."""
        return self.column or self.id


_BANK = ("开户银行", "开户名称", "行号", "账号", "税号", "地址", "电话")
_BANK_NUMBERS = ("1", "2", "7", "3", "4", "5", "6")

CUSTOMER: tuple[Field, ...] = (
    Field("name", "客户名称", 100, required=True),
    Field("pym", "拼 音 码", 100),
    Field("khid", "客户编号"),
    Field("sort1", "客户分类", type="treebox", source="sort", required=True),
    Field("ly", "客户来源", dbtype="int", type="select", source="ly"),
    Field("area", "客户区域", dbtype="int", type="treebox", source="area"),
    Field("trade", "客户行业", dbtype="int", type="select", source="trade"),
    Field("jz", "价值评估", dbtype="int", type="select", source="jz"),
    Field("jf2", "是否积分", dbtype="int", type="select", source="jf2"),
    Field("credit", "信用等级"),
    Field("url", "客户网址", 100),
    Field("bz", "默认币种", type="select", source="bz"),
    Field("hk_xz", "到款限制", dbtype="number"),
    Field("address", "客户地址", 200),
    Field("lng", "经度"),
    Field("lat", "纬度"),
    Field("zip", "邮编", 10),
    Field("faren", "法人代表", only=UNIT),
    Field("faren", "所在单位", only=INDIVIDUAL),
    Field("zijin", "注册资本", dbtype="number", only=UNIT),
    Field("pernum1", "人员数量下限", dbtype="int", only=UNIT),
    Field("pernum2", "人员数量上限", dbtype="int", only=UNIT),
    Field("date1", "添加时间", dbtype="date"),
    Field("product", "客户简介", 4000, type="textarea", group="text"),
    Field("c2", "合作现状", 4000, type="textarea", group="text"),
    Field("c3", "合作前景", 4000, type="textarea", group="text"),
    Field("c4", "跟进策略", 4000, type="textarea", group="text"),
    Field("intro", "备注", 4000, type="textarea", group="text"),
    *(
        Field(f"{prefix}_{number}", caption, group="bank", only=UNIT)
        for prefix in ("bank", "bank2")
        for number, caption in zip(_BANK_NUMBERS, _BANK, strict=True)
    ),
    Field("fkdays", "付款周期", dbtype="int", group="bank", only=UNIT),
    Field("fkdate", "付款日期", dbtype="int", group="bank", only=UNIT),
    *(Field(f"zdy{n}", f"自定义{n}", 400, group="custom") for n in range(1, 5)),
)
"""What the customer's own row keeps."""

CONTACT: tuple[Field, ...] = (
    Field("person_name", "联系人姓名", group="person", required=True, only=UNIT),
    Field("@personpym", "联系人拼音码", group="person", only=UNIT, column="pym"),
    Field("sex", "性别", group="person"),
    Field("age", "年龄", dbtype="int", group="person"),
    Field("year1", "生日", dbtype="date", group="person"),
    Field("part1", "部门", group="person"),
    Field("job", "职务", group="person"),
    Field("phone", "办公电话", group="person"),
    Field("fax", "传真", group="person"),
    Field("mobile", "手机", group="person"),
    Field("phone2", "家庭电话", group="person"),
    Field("email", "电子邮件", group="person"),
    Field("qq", "QQ", 20, group="person"),
    Field("weixinAcc", "微信", group="person"),
    Field("XiQueIntro", "喜鹊声声", group="person"),
    Field("msn", "MSN", group="person"),
    Field("jg", "籍贯", group="person"),
)
"""What the customer form says of the main contact person."""

PERSON: tuple[Field, ...] = (
    Field("company", "关联客户", dbtype="int", required=True),
    Field("person_name", "联系人姓名", required=True),
    Field("pym", "拼音码"),
    *(replace(field, group="base") for field in CONTACT if field.id not in {"person_name", "@personpym"}),
    Field("mobile2", "手机2"),
    Field("zip", "邮编", 10),
    Field("joy", "爱好特长", 3000, type="textarea"),
    Field("intro", "备注", 5000, type="textarea"),
)
"""The person form."""

_ORD = Field("ord", "数据标识", dbtype="int", required=True)


def _pick(id_: str, caption: str, source: str, group: str = "base", *, required: bool = True) -> Field:
    return Field(id_, caption, dbtype="int", type="select", source=source, group=group, required=required)


FOLLOW_UP: tuple[Field, ...] = (
    _ORD,
    Field("intro", "洽谈进展", 1000, type="textarea", source="reply_text", required=True),
    Field("files", "添加附件"),
    _pick("sort", "跟进方式", "reply_sort"),
    Field("lead", "联系人", dbtype="int"),
    _pick("plantype", "日程类型", "plantype"),
    Field("@ret2_0", "开始时间", dbtype="date", group="done"),
    Field("@ret2_1", "结束时间", dbtype="date", group="done"),
    Field("@title2", "日程内容", 1000, type="textarea", group="done"),
    Field("@intro2", "完成情况", 1000, type="textarea", group="done"),
    Field("@ret_0", "开始时间", dbtype="date", group="todo"),
    Field("@ret_1", "结束时间", dbtype="date", group="todo"),
    Field("@title1", "日程内容", 1000, type="textarea", group="todo"),
    _pick("@remind", "是否提醒", "remind", "todo", required=False),
    Field("@cateid", "执行人员", 4000, type="gate", group="todo"),
)
"""The follow-up form; what a block needs is in PLANS."""

PLANS: dict[str, tuple[str, ...]] = {
    "0": (),
    "1": ("@ret_0", "@ret_1", "@title1", "@remind"),
    "2": ("@ret2_0", "@ret2_1", "@title2", "@intro2"),
}
"""`plantype` -> the fields that become required with it."""

ASSIGN: tuple[Field, ...] = (_ORD, _pick("member1", "指派方式", "member"), Field("member2", "指派用户"))
APPROVE: tuple[Field, ...] = (_ORD, _pick("blset", "审批结果", "blset"))
REVIEW: tuple[Field, ...] = (
    _ORD,
    _pick("jg", "审核结果", "jg"),
    Field("intro", "审核意见", 500, type="textarea"),
    Field("approveSign", "签名"),
)
SHARE: tuple[Field, ...] = (
    _ORD,
    _pick("member1", "共享方式", "share"),
    Field("member2", "共享人员"),
    _pick("sharecontact", "共享联系人", "yesno"),
    _pick("replyshare", "共享跟进", "yesno"),
    _pick("chanceshare", "共享项目", "yesno"),
    _pick("contractshare", "共享合同", "yesno"),
)
"""An older version has no `chanceshare` (policy `share_chance`)."""

ACT: tuple[Field, ...] = (_ORD,)
"""Take back, apply, protect, give up protection."""

CUSTOMER_COLUMNS = tuple(dict.fromkeys(field.kept_as for field in CUSTOMER))
PERSON_COLUMNS = tuple(dict.fromkeys(field.kept_as for field in PERSON if field.id != "company"))


@cache
def customer_form(intsort: int) -> tuple[Field, ...]:
    """All fields of the form for a unit (1) or an individual (2), in the order of the form."""
    return tuple(field for field in (*CUSTOMER, *CONTACT) if field.only in (0, intsort))
