"""Every operation of the ERP that its help, the seeds and the fact sheet know of (fact sheet §4).

An address that a dialect does not have is missing from `paths`. Documentation switches (`apihelptype`, `apihelp`) that
the help prints into some addresses are left out: in that mode a save is rolled back (§2.1).
"""

from collections.abc import Iterator, Mapping

from zbsync.core.payload import INDIVIDUAL, UNIT
from zbsync.erp.catalogue import acts, flat, lookups, persons
from zbsync.erp.catalogue.customers import customer_params
from zbsync.erp.catalogue.shapes import ORD, Operation, Param, as_answer, field, text

_L, _O, _V = "/sysa/mobilephone", "/webapi/v3/ov1", "/webapi/v3"
SAVE, REFRESH = "__sys_dosave", "refresh"


def _both(tail: str, query: str = "") -> dict[str, str]:
    """A page of the phone app and its twin."""
    return {"legacy": f"{_L}/{tail}.asp{query}", "ov1": f"{_O}/{tail}{query}"}


def _legacy(tail: str) -> dict[str, str]:
    return {"legacy": f"{_L}/{tail}"}


_CUSTOMER, _PERSON = "salesmanage/custom", "salesmanage/person"
_SORT = field("intsort", "客户类型", "option", enum="kind")

_LOGIN: tuple[Param, ...] = (
    text("user", "登录账号", None, required=True),
    text("password", "登录密码", None, required=True),
    text("serialnum", "手机串号", 20, required=True),
    text("rndcode", "验证码", None),
)

_ALLOCATE = (text("edit", "修改模式", None), text("datatype", "调用场景", None), _SORT)
_UNIT, _INDIVIDUAL = customer_params(UNIT), customer_params(INDIVIDUAL)


def _session() -> Iterator[Operation]:
    yield Operation("login", "登录", "session", _both("login"), "header", fields=_LOGIN, mark="R")
    yield Operation("logout", "退出登录", "session", _both("logout"), "message")


def _customers() -> Iterator[Operation]:
    add, family = _both(f"{_CUSTOMER}/add"), "customer"
    unit, individual = (_both(f"{_CUSTOMER}/add", f"?intsort={sort}") for sort in "12")
    for kind, caption, paths, fields in (
        (UNIT, "单位客户", unit, _UNIT),
        (INDIVIDUAL, "个人客户", individual, _INDIVIDUAL),
    ):
        name, fresh = f"allocate_{kind}", (*_ALLOCATE, *as_answer(fields))
        yield Operation(name, f"分配新客户ID（{caption}）", family, paths, "bill", fields=fresh, write=True, mark="R")
        name, saved = f"save_{kind}", (ORD, *fields)
        yield Operation(name, f"添加或修改{caption}", family, paths, "message", SAVE, saved, write=True)
    form = (*persons.OPEN_PARAMS, _SORT, *as_answer(_UNIT))
    edit = {dialect: f"{path}?edit=1" for dialect, path in add.items()}
    yield Operation("read_customer", "获取客户详情", family, edit, "bill", fields=form)
    listed = _both(f"{_CUSTOMER}/list")
    yield Operation("list_customers", "获取客户列表", family, listed, "table", REFRESH, lookups.CUSTOMER_LIST, mark="R")
    for name, caption, tail, fields in (
        ("add_customer", "客户添加", "add", flat.ADD_CUSTOMER),
        ("edit_customer", "客户修改", "edit", flat.EDIT_CUSTOMER),
    ):
        paths = {"v3": f"{_V}/sales/customer/{tail}"}
        yield Operation(name, caption, family, paths, "v3", fields=fields, write=True)


def _persons() -> Iterator[Operation]:
    add, listed = f"{_PERSON}/add", f"{_PERSON}/list"
    saved = (ORD, *persons.PERSON_PARAMS)
    opened = (*persons.OPEN_PARAMS, *as_answer(persons.PERSON_PARAMS))
    yield Operation("save_person", "添加或修改联系人", "person", _both(add), "message", SAVE, saved, write=True)
    yield Operation("read_person", "获取联系人详情", "person", _both(add, "?edit=1"), "bill", fields=opened)
    yield Operation("list_persons", "获取联系人列表", "person", _both(listed), "table", REFRESH, persons.PERSON_LIST)
    picker = _both(listed, "?checktype=radio")
    yield Operation("pick_persons", "选择联系人", "person", picker, "table", REFRESH, persons.PERSON_LIST)


def _acts() -> Iterator[Operation]:
    reply, order = "systemManage/reply", "systemmanage/order"
    for name, caption, tail, query, cmdkey, fields, mark in (
        ("follow_up_customer", "客户跟进", reply, "?datatype=tel", SAVE, acts.FOLLOW_UP_CUSTOMER, "V"),
        ("follow_up_person", "联系人跟进", reply, "?datatype=person", SAVE, acts.FOLLOW_UP_PERSON, "V"),
        ("assign", "客户指派", order, "?datatype=tel", SAVE, acts.ASSIGN, "R"),
        ("take_back", "客户收回", f"{_CUSTOMER}/takeback", "", "", acts.NAMED, "V"),
        ("apply", "客户申请", f"{_CUSTOMER}/apply", "", "", acts.NAMED, "V"),
        ("approve", "客户审批", f"{_CUSTOMER}/approve", "?__msgid=onsave", "onsave", acts.APPROVE, "V"),
        ("review", "客户审核", f"{_CUSTOMER}/approve_set", "", SAVE, acts.REVIEW, "V"),
        ("share", "客户共享", f"{_CUSTOMER}/share", "", SAVE, acts.SHARE, "R"),
        ("protect", "客户保护", f"{_CUSTOMER}/add", "?__msgid=profect", "profect", acts.NAMED, "V"),
        ("unprotect", "客户放弃保护", f"{_CUSTOMER}/add", "?__msgid=unprofect", "unprofect", acts.NAMED, "V"),
    ):
        yield Operation(name, caption, "act", _both(tail, query), "message", cmdkey, fields, write=True, mark=mark)
    yield Operation("list_follow_ups", "洽谈进展列表", "act", {}, "table", REFRESH, acts.FOLLOW_UPS, mark="G")


def _lookups() -> Iterator[Operation]:
    for name, caption, tail, fields, mark in (
        ("list_contracts", "合同列表", "salesmanage/contract/billlist", lookups.CONTRACT_LIST, "R"),
        ("list_products", "产品列表", "salesmanage/product/billlist", lookups.PRODUCT_LIST, "R"),
    ):
        yield Operation(name, caption, "lookup", _both(tail), "table", REFRESH, fields, mark=mark)
    book = _legacy("officemanage/businesscard/list.asp")
    yield Operation("list_contact_book", "通讯录", "lookup", book, "table", REFRESH, lookups.CONTACT_BOOK, mark="R")
    for name, caption, tail, fields, mark in (
        ("list_users", "用户列表", "orgs/user/list", lookups.USER_LIST, "V"),
        ("inventory_summary", "库存汇总", "store/inventory/InventorySummary", lookups.INVENTORY, "R"),
        ("read_contract", "合同详情", "sales/contract/detail", lookups.CONTRACT, "R"),
    ):
        yield Operation(name, caption, "lookup", {"v3": f"{_V}/{tail}"}, "v3", fields=fields, mark=mark)


def _dictionaries() -> Iterator[Operation]:
    for name, caption, tail, answer in (
        ("options", "枚举字典", "source.asp", "options"),
        ("tree_area", "客户区域树", "systemManage/area_list.asp?stype=radio", "trees"),
        ("tree_stage", "客户分类与跟进程度树", "systemManage/telsort_list.asp?stype=check", "trees"),
        ("tree_users", "部门与用户树", "systemManage/gate_list.asp?stype=check", "trees"),
    ):
        yield Operation(name, caption, "dictionary", _legacy(tail), answer)


OPERATIONS: Mapping[str, Operation] = {
    operation.name: operation
    for family in (_session, _customers, _persons, _acts, _lookups, _dictionaries)
    for operation in family()
}
"""Operation by name."""

ACTS = frozenset(name for name, one in OPERATIONS.items() if one.write and one.answer == "message") - {
    "save_unit",
    "save_individual",
}
"""Writes that a message answers, customers' own saves apart: what `ErpClient.act` says."""
