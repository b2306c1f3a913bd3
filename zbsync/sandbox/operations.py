"""Which operation a call is, as data: page and command in, a name out (fact sheet 2.1, 4).

Read by the pages (who answers), by the faults (what a rule speaks of) and by the journal (what was asked for).
"""

from collections.abc import Mapping

SAVE, REFRESH, LOAD = "__sys_dosave", "refresh", ""

PAGES: Mapping[str, Mapping[str, str]] = {
    "login": {LOAD: "login"},
    "logout": {LOAD: "logout"},
    "salesmanage/custom/add": {
        LOAD: "read_customer",
        SAVE: "save_customer",
        "profect": "protect",
        "unprofect": "unprotect",
    },
    "salesmanage/custom/list": {LOAD: "look", REFRESH: "list_customers", "adsearch": "filters"},
    "salesmanage/custom/takeback": {LOAD: "take_back"},
    "salesmanage/custom/apply": {LOAD: "apply"},
    "salesmanage/custom/approve": {LOAD: "form", "onsave": "approve"},
    "salesmanage/custom/approve_set": {LOAD: "form", SAVE: "review"},
    "salesmanage/custom/share": {LOAD: "form", SAVE: "share"},
    "salesmanage/person/add": {LOAD: "read_person", SAVE: "save_person"},
    "salesmanage/person/list": {LOAD: "look", REFRESH: "list_persons", "adsearch": "filters"},
    "salesmanage/contract/billlist": {LOAD: "look", REFRESH: "list_contracts", "adsearch": "filters"},
    "salesmanage/product/billlist": {LOAD: "look", REFRESH: "list_products", "adsearch": "filters"},
    "officemanage/businesscard/list": {LOAD: "look", REFRESH: "list_contact_book", "adsearch": "filters"},
    "systemmanage/order": {LOAD: "form", SAVE: "assign"},
    "systemmanage/reply": {LOAD: "form", SAVE: "follow_up"},
    "systemmanage/replylist": {LOAD: "look", REFRESH: "list_follow_ups", "adsearch": "filters"},
    "systemmanage/telsort_list": {LOAD: "tree_stage"},
    "systemmanage/area_list": {LOAD: "tree_area"},
    "systemmanage/gate_list": {LOAD: "tree_users"},
    "source": {LOAD: "options"},
}
"""Page (path tail without `.asp`) -> command -> operation, for legacy and ov1 alike."""

LEGACY_ONLY = frozenset({"source"})
"""Pages without an ov1 twin: the help menu has none."""

V3: Mapping[str, str] = {
    "sales/customer/add": "add_customer",
    "sales/customer/edit": "edit_customer",
    "orgs/user/list": "list_users",
    "store/inventory/inventorysummary": "inventory_summary",
    "sales/contract/detail": "read_contract",
}
"""Page -> operation of the flat dialect."""

ACTS = frozenset({"assign", "take_back", "apply", "approve", "review", "share", "protect", "unprotect"})
"""What is done to a customer without writing its form."""

FOLLOW_UPS = frozenset({"follow_up_customer", "follow_up_person"})

WRITES = ACTS | FOLLOW_UPS | {"save_customer", "save_person", "add_customer", "edit_customer", "follow_up"}
"""Operations that change what a person would miss. Allocating is none: a draft is in no list."""

NAMES = frozenset(
    {name for commands in PAGES.values() for name in commands.values()}
    | set(V3.values())
    | FOLLOW_UPS
    | {"allocate", "pick_persons"}
)
"""Every operation there is."""

_DATATYPES = {"tel": "follow_up_customer", "person": "follow_up_person"}


def name_of(dialect: str, page: str, command: str, data: Mapping[str, str], query: Mapping[str, str]) -> str:
    """The operation of a call; "" when there is no such page, or no such command on it."""
    if dialect == "v3":
        return V3.get(page, "")
    if page == "login":
        return "login"  # whatever command comes with it
    name = PAGES.get(page, {}).get(command, "") if dialect else ""
    if name == "read_customer" and data.get("ord", "") in {"", "0"}:
        return "allocate"
    if name == "list_persons" and (query.get("checktype") or data.get("checktype")):
        return "pick_persons"
    if name == "follow_up":
        return _DATATYPES.get(query.get("datatype") or data.get("datatype", ""), name)
    return name
