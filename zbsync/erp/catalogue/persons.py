"""The contact person's form, filters and columns (fact sheet §4.5, seed of contact persons)."""

from zbsync.erp.catalogue.shapes import ORD, SORTED, Param, answered, field, fuzzy, text

PERSON_PARAMS: tuple[Param, ...] = (
    field("company", "关联客户", "int", required=True),
    text("person_name", "联系人姓名", required=True),
    text("pym", "拼音码"),
    text("sex", "性别", enum="sex"),
    field("age", "年龄", "int"),
    field("year1", "生日", "date"),
    text("part1", "部门"),
    text("job", "职务"),
    text("phone", "办公电话"),
    text("fax", "传真"),
    text("mobile", "手机"),
    text("mobile2", "手机2"),
    text("phone2", "家庭电话"),
    text("email", "电子邮件"),
    text("qq", "QQ", 20),
    text("weixinAcc", "微信"),
    text("XiQueIntro", "喜鹊声声"),
    text("msn", "MSN"),
    text("jg", "籍贯"),
    text("zip", "邮编", 10),
    text("joy", "爱好特长", 3000),
    text("intro", "备注", 5000),
)
"""What a person is saved with, besides its id."""

OPEN_PARAMS: tuple[Param, ...] = (
    text("edit", "修改模式", None),
    ORD,
    text("_insert_rowindex", "插入行号", None),
    text("debug", "调试", None),
)
"""What opening a form takes."""

PERSON_LIST: tuple[Param, ...] = (
    field("stype", "列表模式", "int", enum="person_mode"),
    field("company", "客户", "int"),
    text("remind", "提醒类型", None),
    text("checktype", "选择模式", None, enum="pick"),
    fuzzy("person_name", "联系人姓名"),
    fuzzy("pym", "拼音码"),
    fuzzy("name", "客户名称"),
    text("telsort", "客户分类", None, vocabulary="stage"),
    text("area", "客户区域", None, vocabulary="area"),
    text("trade", "客户行业", None, vocabulary="trade"),
    fuzzy("part1", "部门"),
    fuzzy("job", "职务"),
    fuzzy("mobile", "手机"),
    fuzzy("phone", "办公电话"),
    fuzzy("fax", "传真"),
    fuzzy("qq", "QQ"),
    fuzzy("email", "电子邮件"),
    fuzzy("joy", "联系人爱好"),
    fuzzy("intro", "联系人备注"),
    text("sex", "性别", None, enum="sex"),
    text("date1_0", "添加时间（起始）", None),
    text("date1_1", "添加时间（截止）", None),
    fuzzy("searchKey", "快速检索"),
    *SORTED,
    *answered(
        ("ord", "联系人标识"),
        ("company", "客户标识"),
        ("person_name", "联系人姓名"),
        ("name", "客户名称"),
        ("part1", "部门"),
        ("job", "职务"),
        ("mobile", "手机"),
        ("phone", "办公电话"),
    ),
)
"""Filters and columns of the list of persons. Its real columns were never seen: they are read from the answer."""
