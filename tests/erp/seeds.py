"""What the owner's documents say of the ERP's API, as data: operations with their addresses, fields with the vendor's
type, whether they are required, and how long they may be.

Typed in by hand from the documents, in words of our own; `test_seeds` holds the catalogue against it. Nothing of
zbsync is imported here: a table made from the catalogue would agree with it whatever it said.
"""

from dataclasses import dataclass

YES, NO = True, False


@dataclass(frozen=True, slots=True)
class Told:
    """A field as a document tells it; `length` None where the document gives none."""

    name: str
    wire: str
    required: bool = NO
    length: int | None = None
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """An operation as a document tells it: its title there, its address, and its fields where they are listed."""

    title: str
    address: str
    fields: tuple[Told, ...] = ()
    answer: str = ""


HELP_MENU = (
    Page("分配新客户ID", "/webapi/v3/ov1/salesmanage/custom/add?apihelptype=new"),
    Page("添加或修改单位客户", "/webapi/v3/ov1/salesmanage/custom/add?intsort=1&apihelptype=save"),
    Page("添加或修改个人客户", "/webapi/v3/ov1/salesmanage/custom/add?intsort=2&apihelptype=save"),
    Page("获取客户详情", "/webapi/v3/ov1/salesmanage/custom/add?edit=1&apihelptype=get"),
    Page("获取客户列表", "/webapi/v3/ov1/salesmanage/custom/list"),
    Page("客户指派", "/webapi/v3/ov1/systemmanage/order?datatype=tel&apihelptype=save"),
    Page("客户收回", "/webapi/v3/ov1/salesmanage/custom/takeback"),
    Page("客户申请", "/webapi/v3/ov1/salesmanage/custom/apply"),
    Page("客户审批", "/webapi/v3/ov1/salesmanage/custom/approve?__msgid=onsave"),
    Page("客户审核", "/webapi/v3/ov1/salesManage/custom/approve_set?apihelptype=save"),
    Page("客户跟进", "/webapi/v3/ov1/systemManage/reply?datatype=tel&apihelptype=save"),
    Page("客户共享", "/webapi/v3/ov1/salesManage/custom/share?apihelptype=save"),
    Page("客户保护", "/webapi/v3/ov1/salesManage/custom/add?__msgid=profect"),
    Page("客户放弃保护", "/webapi/v3/ov1/salesManage/custom/add?__msgid=unprofect"),
    Page("客户添加", "/webapi/v3/sales/customer/add"),
    Page("客户修改", "/webapi/v3/sales/customer/edit"),
    Page("添加或修改联系人", "/webapi/v3/ov1/salesmanage/person/add?apihelptype=save"),
    Page("获取联系人详情", "/webapi/v3/ov1/salesmanage/person/add?edit=1&apihelptype=get"),
    Page("获取联系人列表", "/webapi/v3/ov1/salesmanage/person/list"),
    Page("联系人跟进", "/webapi/v3/ov1/systemManage/reply?datatype=person&apihelptype=save"),
)
"""Seed 000: the twenty entries of the vendor's help menu."""

_PERSON_SAVED = (
    Told("ord", "int"),
    Told("company", "int", YES),
    Told("person_name", "string", YES, 50),
    Told("pym", "string", NO, 50),
    Told("sex", "string", NO, 50, ("男", "女")),
    Told("age", "int"),
    Told("year1", "datetime"),
    Told("part1", "string", NO, 50),
    Told("job", "string", NO, 50),
    Told("phone", "string", NO, 50),
    Told("fax", "string", NO, 50),
    Told("mobile", "string", NO, 50),
    Told("mobile2", "string", NO, 50),
    Told("phone2", "string", NO, 50),
    Told("email", "string", NO, 50),
    Told("qq", "string", NO, 20),
    Told("weixinAcc", "string", NO, 50),
    Told("XiQueIntro", "string", NO, 50),
    Told("msn", "string", NO, 50),
    Told("jg", "string", NO, 50),
    Told("zip", "string", NO, 10),
    Told("joy", "string", NO, 3000),
    Told("intro", "string", NO, 5000),
)

_PERSON_OPENED = (
    Told("edit", "string"),
    Told("ord", "int"),
    Told("_insert_rowindex", "string"),
    Told("debug", "string"),
)

_PERSON_LISTED = (
    Told("stype", "int", codes=("", "1")),
    Told("company", "int"),
    Told("remind", "string"),
    Told("checktype", "string", codes=("radio",)),
    Told("person_name", "string"),
    Told("pym", "string"),
    Told("name", "string"),
    Told("telsort", "string"),
    Told("area", "string"),
    Told("trade", "string"),
    Told("part1", "string"),
    Told("job", "string"),
    Told("mobile", "string"),
    Told("phone", "string"),
    Told("fax", "string"),
    Told("qq", "string"),
    Told("email", "string"),
    Told("joy", "string"),
    Told("intro", "string"),
    Told("sex", "string"),
    Told("date1_0", "string"),
    Told("date1_1", "string"),
    Told("searchKey", "string"),
    Told("pagesize", "int"),
    Told("pageindex", "int"),
    Told("_rpt_sort", "string"),
)

_TEMPLATES = ("106", "107", "108", "109", "120")

_PERSON_REPLY = (
    Told("ord", "int"),
    Told("intro", "string", YES, 1000, _TEMPLATES),
    Told("files", "string", NO, 50),
    Told("sort", "int", YES),
    Told("plantype", "int", YES, codes=("0", "1", "2")),
    Told("@ret2_0", "datetime", YES),
    Told("@ret2_1", "datetime", YES),
    Told("@title2", "string", YES, 1000),
    Told("@intro2", "string", YES, 1000),
    Told("@cateid", "string", NO, 4000),
    Told("@remind", "int", YES, codes=("0", "1")),
    Told("@ret_0", "datetime", YES),
    Told("@ret_1", "datetime", YES),
    Told("@title1", "string", YES, 1000),
)

PERSONS = (
    Page("添加或修改联系人", "/sysa/mobilephone/salesmanage/person/add.asp", _PERSON_SAVED, "message"),
    Page("获取联系人详情", "/sysa/mobilephone/salesmanage/person/add.asp?edit=1", _PERSON_OPENED, "bill"),
    Page("获取联系人列表", "/sysa/mobilephone/salesmanage/person/list.asp", _PERSON_LISTED, "table"),
    Page("选择联系人", "/sysa/mobilephone/salesmanage/person/list.asp?checktype=radio", _PERSON_LISTED, "table"),
    Page("联系人跟进", "/sysa/mobilephone/systemmanage/reply.asp?datatype=person", _PERSON_REPLY, "message"),
)
"""Seed 002: the pages on contact persons, one of which it prints twice."""

_CUSTOMER_KEY_FIELDS = (
    Told("name", "string", YES, 100),
    Told("khid", "string", NO, 50),
    Told("ly", "int"),
    Told("address", "string", NO, 200),
    Told("mobile", "string", NO, 50),
    Told("weixinAcc", "string", NO, 50),
    Told("intro", "string", NO, 4000),
)

_CUSTOMER_FILTERS = (
    Told("name", "string"),
    Told("khid", "string"),
    Told("ly", "string"),
    Told("address", "string"),
    Told("intro", "string"),
)

_CUSTOMER_CHANGED = (
    Told("name", "string"),
    Told("khid", "string"),
    Told("ly", "string"),
    Told("address", "string"),
    Told("intro", "string"),
    Told("mobile", "string"),
    Told("weixinAcc", "string"),
)

_CUSTOMER_REPLY = (
    Told("ord", "int"),
    Told("intro", "string", YES, 1000, _TEMPLATES),
)

_ASSIGNED = (
    Told("ord", "int"),
    Told("member1", "int", YES, codes=("0", "1")),
    Told("member2", "string", NO, 50),
)

_NAMED = (Told("ord", "string"),)

GUIDE = (
    Page("添加或修改单位客户", "/sysa/mobilephone/salesmanage/custom/add.asp?intsort=1", _CUSTOMER_KEY_FIELDS),
    Page("添加或修改个人客户", "/sysa/mobilephone/salesmanage/custom/add.asp?intsort=2", _CUSTOMER_KEY_FIELDS),
    Page("获取客户列表", "/sysa/mobilephone/salesmanage/custom/list.asp", _CUSTOMER_FILTERS),
    Page("获取客户详情", "/sysa/mobilephone/salesmanage/custom/add.asp?edit=1"),
    Page("客户修改", "/webapi/v3/sales/customer/edit", _CUSTOMER_CHANGED),
    Page("客户跟进", "/sysa/mobilephone/systemmanage/reply.asp?datatype=tel", _CUSTOMER_REPLY),
    Page("添加或修改联系人", "/sysa/mobilephone/salesmanage/person/add.asp", _PERSON_SAVED),
    Page("获取联系人列表", "/sysa/mobilephone/salesmanage/person/list.asp", _PERSON_LISTED),
    Page("客户指派", "/sysa/mobilephone/systemmanage/order.asp?datatype=tel", _ASSIGNED),
    Page("客户申请", "/sysa/mobilephone/salesmanage/custom/apply.asp", _NAMED),
    Page("客户审批", "/sysa/mobilephone/salesmanage/custom/approve.asp?__msgid=onsave", _NAMED),
    Page("客户收回", "/sysa/mobilephone/salesmanage/custom/takeback.asp", _NAMED),
)
"""Seed 003: what the integration guide uses."""

LOOKUPS = (
    Page("合同列表", "/webapi/v3/ov1/salesmanage/contract/billlist"),
    Page("产品列表", "/webapi/v3/ov1/salesmanage/product/billlist"),
    Page("库存汇总", "/webapi/v3/store/inventory/InventorySummary"),
)
"""Seed 001: the read-only lookups besides customers."""

GUESSED = (
    *("telname", "source", "keyword", "charge", "linkman", "k_code", "custid", "sortid", "productid", "warehouseid"),
    *("tel", "remark", "level", "industry", "region", "scale", "website", "starttime", "endtime"),
)
"""Seed 001: field names that it calls guesses itself and that no table of the vendor has."""

TABLES = (*PERSONS, *GUIDE)
"""Pages with a table of fields."""
