"""One suite of asks for every dialect: what is asked, and under which golden case each dialect says it.

Run by `test_dialects` against golden bytes and by `test_asks_over_http` against the sandbox, which `held` is read from.
An ask is written once, in words of no dialect; where a dialect says it otherwise, its golden bytes show it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.erp.support import PERSON_FIELDS, UNIT_FIELDS
from zbsync.erp.commands import (
    Act,
    Allocate,
    ListRows,
    ReadCustomer,
    ReadForm,
    ReadOptions,
    ReadTree,
    SaveCustomer,
)
from zbsync.erp.dialects.base import Call, Dialect

Put = Callable[[Dialect], Call[Any]]
Where = tuple[str, str]
"""Folder and case of the golden bytes."""


@dataclass(frozen=True, slots=True)
class Ask:
    """`put` makes the call; `golden` has its bytes by dialect; `told` is what `look` finds in the meaning."""

    put: Put
    golden: Mapping[str, Where]
    told: Any
    look: Callable[[Any], Any] = str


def act(operation: str, ord_: int | None, **fields: str) -> Put:
    """A write that a message answers; a field whose id is no name of Python starts with `at_`."""
    said = {f"@{name.removeprefix('at_')}" if name.startswith("at_") else name: fields[name] for name in fields}
    return lambda dialect: dialect.act(Act(operation, ord_, said))


def rows(operation: str, **filters: str) -> Put:
    """The first page of a list."""
    return lambda dialect: dialect.rows(ListRows(operation, filters, 1, 20))


def both(older: Where, newer: str) -> dict[str, Where]:
    """The same at the phone app's door and at its twin."""
    return {"legacy": older, "ov1": ("ov1", newer)}


def same(case: str) -> dict[str, Where]:
    """A case that has one name at both doors."""
    return both(("operations", case), case)


def ords(page: Any) -> list[str]:
    """The ids in a list."""
    return [row["ord"] for row in page.rows]


LABELS = {"sort1": "意向客户/初步接触", "ly": "网站注册", "area": "西南/重庆"}

CUSTOMERS: dict[str, Ask] = {
    "allocate a unit": Ask(
        lambda dialect: dialect.allocate(Allocate("unit")),
        both(("legacy", "allocate_unit"), "allocate_unit"),
        (1208, "KH00032"),
        lambda made: (made.ord, made.khid),
    ),
    "allocate an individual": Ask(
        lambda dialect: dialect.allocate(Allocate("individual")),
        both(("legacy", "allocate"), "allocate_individual"),
        (1208, "KH00032"),
        lambda made: (made.ord, made.khid),
    ),
    "save a unit": Ask(
        lambda dialect: dialect.save(SaveCustomer("unit", 1207, UNIT_FIELDS, LABELS)),
        {**both(("legacy", "save_ok"), "save_unit"), "v3": ("v3", "edit_customer")},
        True,
        lambda sentence: "成功" in sentence,
    ),
    "save an individual": Ask(
        lambda dialect: dialect.save(SaveCustomer("individual", 1207, PERSON_FIELDS, LABELS | {"ly": "微信咨询"})),
        {**both(("legacy", "save_individual_ok"), "save_individual"), "v3": ("v3", "edit_individual")},
        True,
        lambda sentence: "成功" in sentence,
    ),
    "read a customer": Ask(
        lambda dialect: dialect.read(ReadCustomer(1207)),
        both(("legacy", "detail_edit"), "read_customer"),
        (1207, "unit", "渝北示例机械有限公司"),
        lambda record: (record.ord, record.kind, record.values["name"]),
    ),
    "find customers": Ask(
        rows("list_customers", name="示例机械"),
        both(("legacy", "list_rows"), "list_customers"),
        ["1207", "1206"],
        ords,
    ),
    "find no customer": Ask(
        rows("list_customers", khid="WX-none"),
        both(("legacy", "list_empty"), "list_empty"),
        ([], 0, 0),
        lambda page: (page.rows, page.page_count, page.record_count),
    ),
}

PERSONS: dict[str, Ask] = {
    "find a person by mobile": Ask(
        rows("list_persons", mobile="13900000000"),
        both(("legacy", "person_list_rows"), "list_persons"),
        ["989"],
        ords,
    ),
    "choose a person of a customer": Ask(
        rows("pick_persons", company="1207"),
        same("pick_persons"),
        [("988", "1207", "王工")],
        lambda page: [(row["ord"], row["company"], row["person_name"]) for row in page.rows],
    ),
    "add a person": Ask(
        act("save_person", None, company="1207", person_name="李工", mobile="13900000000", job="采购"),
        same("save_person"),
        "联系人保存完成",
    ),
    "change a person": Ask(
        act("save_person", 988, company="1207", person_name="王工", mobile="13800000000", job="总工"),
        same("save_person_changes"),
        "联系人保存完成",
    ),
    "read a person": Ask(
        lambda dialect: dialect.form(ReadForm("read_person", 988)),
        same("read_person"),
        (988, "1207", "渝北示例机械有限公司", "手机"),
        lambda form: (form.ord, form.values["company"], form.labels["company"], form.captions["mobile"]),
    ),
}

FOLLOW_UPS: dict[str, Ask] = {
    "follow up a customer": Ask(
        act("follow_up_customer", 1207, intro="微信沟通：要两台样机", sort="484", plantype="0", lead="988"),
        same("follow_up_customer"),
        "洽谈进展添加完成",
    ),
    "follow up with what was done": Ask(
        act(
            "follow_up_customer",
            1207,
            intro="上门看过样机",
            sort="483",
            plantype="2",
            lead="0",
            at_ret2_0="2025-03-01 09:00:00",
            at_ret2_1="2025-03-01 10:00:00",
            at_title2="看样机",
            at_intro2="已看",
        ),
        same("follow_up_done"),
        "洽谈进展添加完成",
    ),
    "follow up with what is planned": Ask(
        act(
            "follow_up_customer",
            1207,
            intro="下周回电",
            sort="481",
            plantype="1",
            lead="0",
            at_ret_0="2025-03-08 09:00:00",
            at_ret_1="2025-03-08 09:30:00",
            at_title1="回电",
            at_remind="0",
            at_cateid="63",
        ),
        same("follow_up_planned"),
        "洽谈进展添加完成",
    ),
    "follow up a person": Ask(
        act("follow_up_person", 988, intro="微信沟通：问交期", sort="484", plantype="0"),
        same("follow_up_person"),
        "洽谈进展添加完成",
    ),
    "list follow-ups": Ask(
        rows("list_follow_ups", ord="1207", datatype="tel"),
        same("list_follow_ups"),
        [("7002", "微信沟通：要两台样机"), ("7001", "电话里问过价")],
        lambda page: [(row["ord"], row["intro"]) for row in page.rows],
    ),
}

STANDING: dict[str, Ask] = {
    "assign to a user": Ask(act("assign", 1207, member1="0", member2="63"), same("assign"), "指派成功！"),
    "assign to everybody": Ask(act("assign", 1207, member1="1", member2=""), same("assign_open"), "指派成功！"),
    "take back": Ask(act("take_back", 1207), same("take_back"), "收回成功！"),
    "apply": Ask(act("apply", 1207), same("apply"), "申请成功！"),
    "approve": Ask(act("approve", 1207, blset="1"), same("approve"), "审批成功！"),
    "review": Ask(act("review", 1207, jg="1", intro="同意"), same("review"), "审核成功！"),
    "share": Ask(
        act(
            "share",
            1207,
            member1="0",
            member2="63",
            sharecontact="1",
            replyshare="1",
            chanceshare="0",
            contractshare="0",
        ),
        same("share"),
        "共享成功！",
    ),
    "protect": Ask(act("protect", 1207), same("protect"), "保护成功！"),
    "give up protection": Ask(act("unprotect", 1207), same("unprotect"), "放弃保护成功！"),
}

LOOKUPS: dict[str, Ask] = {
    "list a customer's contracts": Ask(
        rows("list_contracts", datatype="tel", ord="1207"),
        same("list_contracts"),
        [("501", "12,500.00", "2025-01-06")],
        lambda page: [(row["ord"], row["moneyall"], row["dateQD"]) for row in page.rows],
    ),
    "list contracts one may not see": Ask(
        rows("list_contracts", datatype="tel", ord="1206"), same("list_contracts_none"), [], ords
    ),
    "find products": Ask(
        rows("list_products", cpname="样机"),
        same("list_products"),
        [("41", '{"1":"台"}')],
        lambda page: [(row["ord"], row["units"]) for row in page.rows],
    ),
    "read the contact book": Ask(
        rows("list_contact_book"),
        {"legacy": ("operations", "list_contact_book")},
        {"63": "周敏", "64": "吴磊"},
        lambda page: {row["ord"]: row["name"] for row in page.rows},
    ),
    "read the customer sources": Ask(
        lambda dialect: dialect.options(ReadOptions("ly")),
        {"legacy": ("legacy", "options_ly")},
        ["171", "172", "173", "174", "977", "978"],
        lambda entries: [one.code for one in entries],
    ),
    "read the stages": Ask(
        lambda dialect: dialect.tree(ReadTree("stage")),
        {"legacy": ("legacy", "tree_sort")},
        ["意向客户", "成交客户", "暂不跟进"],
        lambda nodes: [one.label for one in nodes],
    ),
    "read the areas": Ask(
        lambda dialect: dialect.tree(ReadTree("area")),
        {"legacy": ("legacy", "tree_area")},
        ["华北", "华东", "西南"],
        lambda nodes: [one.label for one in nodes],
    ),
    "read the users": Ask(
        lambda dialect: dialect.tree(ReadTree("users")),
        {"legacy": ("legacy", "tree_gate")},
        "63",
        lambda nodes: nodes[0].children[0].children[0].code,
    ),
}

FLAT: dict[str, Ask] = {
    "add a unit without an id": Ask(
        lambda dialect: dialect.save(SaveCustomer("unit", None, UNIT_FIELDS | {"area": "31"}, LABELS)),
        {"v3": ("v3", "add_customer")},
        "操作成功",
    ),
    "add a unit and hear no sentence": Ask(
        lambda dialect: dialect.save(SaveCustomer("unit", None, UNIT_FIELDS | {"area": "31"}, LABELS)),
        {"v3": ("v3", "add_customer_silent")},
        "",
    ),
    "add an individual without an id": Ask(
        lambda dialect: dialect.save(SaveCustomer("individual", None, PERSON_FIELDS, LABELS | {"ly": "微信咨询"})),
        {"v3": ("v3", "add_individual")},
        "操作成功",
    ),
    "list the users": Ask(
        rows("list_users", userstatus="1"),
        {"v3": ("v3", "list_users")},
        [("63", "周敏"), ("64", "吴磊")],
        lambda page: [(row["ord"], row["name"]) for row in page.rows],
    ),
    "list the users as objects": Ask(
        rows("list_users", userstatus="1"),
        {"v3": ("v3", "list_users_objects")},
        [("63", "zhoumin"), ("64", "wulei")],
        lambda page: [(row["ord"], row["username"]) for row in page.rows],
    ),
    "read the stock": Ask(
        rows("inventory_summary", title="样机"),
        {"v3": ("v3", "inventory")},
        [("示例样机", "1200.00", "一号仓")],
        lambda page: [(row["Title"], row["Num2"], row["Ku"]) for row in page.rows],
    ),
    "read the stock by ids": Ask(
        rows("inventory_summary", title="样机"),
        {"v3": ("v3", "inventory_ids")},
        [("示例样机", "1200", "一号仓")],
        lambda page: [(row["Title"], row["Num2"], row["Ku"]) for row in page.rows],
    ),
    "read no stock": Ask(
        rows("inventory_summary", title="没有的"),
        {"v3": ("v3", "inventory_empty")},
        ([], 0, 0),
        lambda page: (page.rows, page.page_count, page.record_count),
    ),
    "read a contract": Ask(
        lambda dialect: dialect.form(ReadForm("read_contract", 501)),
        {"v3": ("v3", "read_contract")},
        ("样机两台", "示例样机", "12500.5", "合同主题"),
        lambda form: (
            form.values["Title"],
            form.values["contractlist.1.ProductName"],
            form.values["contractlist.1.Money"],
            form.captions["Title"],
        ),
    ),
}
"""What only the flat dialect does, or does without an id."""

ASKS: dict[str, Ask] = FLAT | CUSTOMERS | PERSONS | FOLLOW_UPS | STANDING | LOOKUPS
"""All of them, by what a person would say."""
