"""The flat customer of v3: one JSON object, names instead of ids (fact sheet §4.6).

`SPELLED` says under which v3 name a field of the older form goes out; what is not in it, v3 has no place for.
"""

from collections.abc import Mapping

from zbsync.erp.catalogue.shapes import Param, field, text

_BANK = (
    ("1", "开户银行"),
    ("2", "开户名称"),
    ("7", "行号"),
    ("3", "账号"),
    ("4", "税号"),
    ("5", "地址"),
    ("6", "电话"),
)

ADD_CUSTOMER: tuple[Param, ...] = (
    field("sort2", "客户类型", "option", required=True, enum="kind"),
    text("name", "客户名称", 100, required=True),
    text("khid", "客户编号"),
    text("sort", "客户分类", 50, required=True, vocabulary="stage"),
    text("sort1", "跟进程度", 50, required=True, vocabulary="stage"),
    text("ly", "客户来源", vocabulary="ly"),
    text("area", "客户区域", 50, vocabulary="area"),
    text("trade", "客户行业", vocabulary="trade"),
    text("jz", "价值评估", vocabulary="jz"),
    text("credit", "信用等级"),
    text("url", "客户网址", 100),
    field("hk_xz", "到款限制", "decimal"),
    field("pernum1", "人员数量下限", "int"),
    field("pernum2", "人员数量上限", "int"),
    text("address", "客户地址", 200),
    text("zip", "邮编", 6, wire="int"),
    text("faren", "法人代表"),
    field("zijin", "注册资本", "decimal"),
    text("product", "客户简介", 4000),
    text("c2", "合作现状", 4000),
    text("c3", "合作前景", 4000),
    text("c4", "跟进策略", 4000),
    text("intro", "备注", 4000),
    *(text(f"{prefix}_{n}", caption + two) for prefix, two in (("bank", ""), ("bank2", "2")) for n, caption in _BANK),
    field("fkdays", "付款周期", "int"),
    field("fkdate", "付款日期", "int"),
    text("sort98", "跟进方式", vocabulary="follow_up"),
    text("reply", "洽谈进展", 1000),
    text("cateName", "销售人员", vocabulary="users"),
    field("Date1", "添加时间", "date"),
    text("person_name", "联系人姓名", required=True),
    text("sex", "性别", enum="sex"),
    field("year1", "生日", "date"),
    text("jg", "籍贯"),
    text("part1", "部门"),
    text("job", "职务"),
    text("role", "角色"),
    text("phone", "办公电话"),
    text("fax", "传真"),
    text("mobile", "手机", 11),
    text("email", "电子邮件"),
    text("sphone", "收货电话"),
    text("smobile", "收货手机"),
    text("sarea", "收货区域"),
    text("saddress", "收货地址", 200),
    text("szip", "收货邮编", 6),
    text("qq", "QQ", 20, wire="int"),
    text("weixinAcc", "微信"),
    text("msn", "MSN"),
    text("Cateadd", "添加人员", vocabulary="users"),
)

EDIT_CUSTOMER: tuple[Param, ...] = (field("ord", "客户标识", "int", required=True), *ADD_CUSTOMER)

_OWN = frozenset("sort2 sort sort1 Date1 sort98 reply cateName Cateadd role sphone smobile sarea saddress szip".split())

SPELLED: Mapping[str, str] = {one.name: one.name for one in ADD_CUSTOMER if one.name not in _OWN} | {"date1": "Date1"}
"""Id in the older form → id in v3. `sort1`, which is a pair there, becomes `sort` and `sort1` here."""

CARRIED = frozenset(SPELLED) | {"sort1"}
"""Ids in the older form that reach the ERP by v3 at all."""

DERIVED = frozenset({"pym", "@personpym"})
"""Fields that the ERP works out from others: nothing is lost where they cannot be said."""

NAMED_FIELDS = frozenset({"ly", "area", "trade", "jz"})
"""Fields whose codes v3 wants as names; `sort1` is the fifth."""
