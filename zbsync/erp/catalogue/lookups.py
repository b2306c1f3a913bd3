"""Lists that are only read: customers, contracts, products, users, stock (fact sheet §4.3, §4.7).

Columns are those seen; an installation shows others, and every answer names its own.
"""

from zbsync.erp.catalogue.shapes import ANSWER, ORD, PAGED, SORTED, Param, answered, field, fuzzy, text

_V3_PAGED = (field("page_size", "每页记录数", "int"), field("page_index", "数据页标", "int"))

CUSTOMER_LIST: tuple[Param, ...] = (
    text("datatype", "调用场景", None),
    text("stype", "列表模式", None, enum="customer_mode"),
    text("remind", "提醒类型", None),
    text("tjly", "统计来源", None),
    text("tdate1", "领用时间（起始）", None),
    text("tdate2", "领用时间（截止）", None),
    text("checktype", "选择模式", None, enum="pick"),
    text("telsort", "客户分类", None, vocabulary="stage"),
    text("Ismode", "列表样式", None),
    text("a_cateid", "统计人员", None, vocabulary="users"),
    text("khjz", "统计价值评估", None, vocabulary="jz"),
    text("khhy", "统计行业", None, vocabulary="trade"),
    text("khly", "统计客户来源", None, vocabulary="ly"),
    text("a_date_0", "统计时间（起始）", None),
    text("a_date_1", "统计时间（截止）", None),
    field("telord", "客户标识", "int"),
    fuzzy("name", "客户名称"),
    fuzzy("pym", "拼音码"),
    fuzzy("khid", "客户编号"),
    fuzzy("phone", "办公电话"),
    fuzzy("fax", "传真"),
    fuzzy("url", "客户网址"),
    text("catetype", "人员变动", None, enum="customer_change"),
    text("cateid", "销售人员", None, vocabulary="users"),
    text("ly", "客户来源", None, vocabulary="ly"),
    text("jz", "价值评估", None, vocabulary="jz"),
    text("area", "客户区域", None, vocabulary="area"),
    text("trade", "客户行业", None, vocabulary="trade"),
    fuzzy("address", "客户地址"),
    fuzzy("zip", "邮编"),
    fuzzy("intro", "备注"),
    text("date1_0", "添加时间（起始）", None),
    text("date1_1", "添加时间（截止）", None),
    fuzzy("searchKey", "快速检索"),
    *SORTED,
    *answered(
        ("name", "客户名称"),
        ("catename", "销售人员"),
        ("sortname", "客户分类"),
        ("sort1name", "跟进程度"),
        ("personname", "联系人姓名"),
        ("personjob", "职务"),
        ("phone", "办公电话"),
        ("mobile", "手机"),
        ("telintro", "备注"),
        ("ord", "客户标识"),
        ("person", "联系人标识"),
        ("url", "客户链接"),
        ("personurl", "联系人链接"),
    ),
)

CONTRACT_LIST: tuple[Param, ...] = (
    text("datatype", "关联对象", None, enum="reply_of"),
    ORD,
    fuzzy("htbh", "合同编号"),
    fuzzy("title", "合同主题"),
    fuzzy("khmc", "客户名称"),
    text("htzt", "合同状态", None),
    text("htfl", "合同分类", None),
    text("cateid", "销售人员", None, vocabulary="users"),
    text("catetype", "人员范围", None, enum="owner"),
    text("dateQD_0", "签订日期（起始）", None),
    text("dateQD_1", "签订日期（截止）", None),
    text("dateKS_0", "开始日期（起始）", None),
    text("dateKS_1", "开始日期（截止）", None),
    text("dateZZ_0", "终止日期（起始）", None),
    text("dateZZ_1", "终止日期（截止）", None),
    text("htmoney_0", "合同金额（下限）", None),
    text("htmoney_1", "合同金额（上限）", None),
    text("moneyall_0", "合同总额（下限）", None),
    text("moneyall_1", "合同总额（上限）", None),
    fuzzy("searchKey", "快速检索"),
    *SORTED,
    *answered(
        ("ord", "合同标识"),
        ("htid", "合同编号"),
        ("title", "合同主题"),
        ("khmc", "客户名称"),
        ("xsry", "销售人员"),
        ("htfl", "合同分类"),
        ("moneyall", "合同总额"),
        ("hkmoney", "回款金额"),
        ("htbz", "币种"),
        ("dateQD", "签订日期"),
        ("dateKS", "开始日期"),
        ("dateZZ", "终止日期"),
        ("spzt", "审批状态"),
        ("ckjz", "出库进展"),
        ("fhjz", "发货进展"),
        ("skjz", "收款进展"),
        ("kpjz", "开票进展"),
    ),
)

PRODUCT_LIST: tuple[Param, ...] = (
    fuzzy("cpname", "产品名称"),
    fuzzy("cpbh", "产品编号"),
    fuzzy("cpxh", "产品型号"),
    fuzzy("txm", "条形码"),
    text("ords", "产品标识", None),
    text("idProductClass", "产品分类", None),
    fuzzy("searchKey", "快速检索"),
    *SORTED,
    *answered(
        ("ord", "产品标识"),
        ("cpname", "产品名称"),
        ("cpbh", "产品编号"),
        ("cpxh", "产品型号"),
        ("unitname", "单位"),
        ("unitjb", "基本单位"),
        ("units", "单位换算"),
        ("fenlei", "产品分类"),
    ),
)

CONTACT_BOOK: tuple[Param, ...] = (
    fuzzy("searchKey", "快速检索"),
    *PAGED,
    *answered(("ord", "用户标识"), ("name", "姓名")),
)
"""The users of the ERP, as its contact book shows them: a plain account may read it."""

USER_LIST: tuple[Param, ...] = (
    text("name", "姓名", None),
    text("username", "登录账号", None),
    text("orgsid", "部门标识", None),
    field("userstatus", "人员状态", "option", enum="user_status"),
    *_V3_PAGED,
    *answered(
        ("ord", "用户标识"),
        ("username", "登录账号"),
        ("ygid", "员工编号"),
        ("name", "姓名"),
        ("status", "人员状态"),
        ("orgsid", "部门标识"),
        ("partname", "部门名称"),
    ),
)

INVENTORY: tuple[Param, ...] = (
    text("cks", "仓库", None),
    text("title", "产品名称", None),
    text("order1", "产品编号", None),
    text("type1", "产品型号", None),
    text("cpfl", "产品分类", None),
    *_V3_PAGED,
    *answered(
        ("Title", "产品名称"),
        ("Order1", "产品编号"),
        ("Type1", "产品型号"),
        ("ProductSort", "产品分类"),
        ("UnitName", "单位"),
        ("Ku", "仓库名称"),
    ),
    *(
        Param(name, caption, "decimal", direction=ANSWER)
        for name, caption in (
            ("Num2", "库存数量"),
            ("YDNum", "预订数量"),
            ("ZTNum", "在途数量"),
            ("DJNum", "冻结数量"),
            ("KYNum", "可用数量"),
        )
    ),
)
"""Only products that are in stock: this is no list of products (fact sheet §6.6)."""

CONTRACT: tuple[Param, ...] = (
    field("ord", "合同标识", "int", required=True),
    Param("Ord", "合同标识", "int", direction=ANSWER),
    Param("Title", "合同主题", direction=ANSWER),
    Param("contractlist", "合同明细", direction=ANSWER),
)
