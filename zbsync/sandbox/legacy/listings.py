"""The list pages as data: columns, where each filter looks, what a list is made of (fact sheet 3, 4.3, 4.5, 4.7)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

Column = tuple[str, str]
"""Kind and the expression behind a column. A quoted expression is a constant.

The kind is the column's `dbtype`, but for `money`: that is text with thousands separators.
"""


@dataclass(frozen=True, slots=True)
class Listing:
    """One list page. Tables go by one letter; `joins` tells how each letter but that of `table` comes in.

    `fuzzy`, `among` and `dates` say which expression a filter looks at; `dates` come as `<name>_0` and `_1`.
    """

    caption: str
    table: str
    key: str
    alive: str
    joins: Mapping[str, str]
    columns: Mapping[str, Column]
    order: str
    fuzzy: Mapping[str, str] = field(default_factory=dict)
    among: Mapping[str, str] = field(default_factory=dict)
    dates: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)


def _span(column: str, name: str, first: str = "", last: str = "") -> tuple[str, str, str]:
    """Column, and the ids of the first and the last day."""
    return column, first or f"{name}_0", last or f"{name}_1"


CUSTOMERS = Listing(
    "客户列表",
    "customer c",
    "c.ord",
    "c.del = 1",
    {
        "p": "LEFT JOIN person p ON p.company = c.ord AND p.main = 1",
        "u": "LEFT JOIN account u ON u.uid = c.cateid",
        "s": "LEFT JOIN tree s ON s.kind = 'sort' AND s.id = c.cat",
        "t": "LEFT JOIN tree t ON t.kind = 'sort' AND t.id = c.stage",
    },
    {
        "name": ("string", "c.name"),
        "catename": ("string", "u.name"),
        "sortname": ("string", "s.name"),
        "sort1name": ("string", "t.name"),
        "personname": ("string", "p.person_name"),
        "personjob": ("string", "p.job"),
        "phone": ("string", "p.phone"),
        "mobile": ("string", "p.mobile"),
        "telintro": ("string", "''"),
        "ord": ("int", "c.ord"),
        "person": ("int", "p.ord"),
        "url": ("string", "'_url'"),
        "personurl": ("string", "'_url'"),
    },
    "c.ord DESC",
    {
        "name": "c.name",
        "pym": "c.pym",
        "khid": "c.khid",
        "phone": "p.phone",
        "fax": "p.fax",
        "url": "c.url",
        "address": "c.address",
        "zip": "c.zip",
        "intro": "c.intro",
    },
    {
        "ly": "c.ly",
        "jz": "c.jz",
        "trade": "c.trade",
        "khly": "c.ly",
        "khjz": "c.jz",
        "khhy": "c.trade",
        "telord": "c.ord",
        "a_cateid": "c.cateid",
    },
    {
        "date1": _span("c.date1", "date1"),
        "a_date": _span("c.date1", "a_date"),
        "tdate": _span("c.claimed", "tdate", "tdate1", "tdate2"),
    },
)

PERSONS = Listing(
    "联系人列表",
    "person p",
    "p.ord",
    "p.del = 1",
    {"c": "JOIN customer c ON c.ord = p.company"},
    {
        "person_name": ("string", "p.person_name"),
        "name": ("string", "c.name"),
        "part1": ("string", "p.part1"),
        "job": ("string", "p.job"),
        "mobile": ("string", "p.mobile"),
        "phone": ("string", "p.phone"),
        "ord": ("int", "p.ord"),
        "company": ("int", "p.company"),
        "url": ("string", "'_url'"),
    },
    "p.ord DESC",
    {"name": "c.name"}
    | {name: f"p.{name}" for name in ("person_name", "pym", "part1", "job", "mobile", "phone", "fax", "qq", "email")}
    | {"joy": "p.joy", "intro": "p.intro"},
    {"company": "p.company", "trade": "c.trade", "sex": "p.sex"},
    {"date1": _span("p.added", "date1")},
)

FOLLOW_UPS = Listing(
    "洽谈进展",
    "reply r",
    "r.ord",
    "1",
    {
        "u": "LEFT JOIN account u ON u.uid = r.uid",
        "d": "LEFT JOIN dictionary d ON d.enum = 98 AND d.ord = r.sort",
    },
    {
        "ord": ("int", "r.ord"),
        "intro": ("string", "r.intro"),
        "sort": ("string", "d.name"),
        "date": ("string", "r.date"),
        "person": ("string", "u.name"),
    },
    "r.ord DESC",
    among={"ord": "r.target", "datatype": "r.datatype"},
)
"""No vendor page is known for it: this one is the sandbox's own guess."""

CONTRACTS = Listing(
    "合同列表",
    "contract k",
    "k.ord",
    "1",
    {
        "c": "LEFT JOIN customer c ON c.ord = k.company",
        "u": "LEFT JOIN account u ON u.uid = k.cateid",
    },
    {
        "ord": ("int", "k.ord"),
        "htid": ("string", "k.htid"),
        "title": ("string", "k.title"),
        "khmc": ("string", "c.name"),
        "xsry": ("string", "u.name"),
        "htfl": ("string", "k.htfl"),
        "moneyall": ("money", "k.moneyall"),
        "hkmoney": ("money", "k.hkmoney"),
        "htbz": ("string", "k.htbz"),
        "dateQD": ("string", "k.dateQD"),
        "dateKS": ("string", "k.dateKS"),
        "dateZZ": ("string", "k.dateZZ"),
        "spzt": ("string", "k.spzt"),
        "ckjz": ("string", "k.ckjz"),
        "fhjz": ("string", "k.fhjz"),
        "skjz": ("string", "k.skjz"),
        "kpjz": ("string", "k.kpjz"),
    },
    "k.ord DESC",
    {"htbh": "k.htid", "title": "k.title", "khmc": "c.name"},
    {"htzt": "k.spzt", "htfl": "k.htfl"},
    {name: _span(f"k.{name}", name) for name in ("dateQD", "dateKS", "dateZZ")},
)

PRODUCTS = Listing(
    "产品列表",
    "product g",
    "g.ord",
    "1",
    {},
    {
        "ord": ("int", "g.ord"),
        "cpname": ("string", "g.cpname"),
        "cpbh": ("string", "g.cpbh"),
        "cpxh": ("string", "g.cpxh"),
        "unitname": ("string", "g.unitname"),
        "unitjb": ("string", "g.unitname"),
        "units": ("string", "g.units"),
        "fenlei": ("string", "g.fenlei"),
    },
    "g.ord DESC",
    {"cpname": "g.cpname", "cpbh": "g.cpbh", "cpxh": "g.cpxh", "txm": "g.txm"},
    {"ords": "g.ord", "idProductClass": "g.class"},
)

CONTACT_BOOK = Listing(
    "通讯录",
    "account u",
    "u.uid",
    "u.dept > 0",
    {},
    {
        "ord": ("int", "u.uid"),
        "name": ("string", "u.name"),
    },
    "u.uid",
    {"name": "u.name"},
)
"""Row[0] is the user's number, row[1] the name."""

LISTINGS: Mapping[str, Listing] = {
    "list_customers": CUSTOMERS,
    "list_persons": PERSONS,
    "pick_persons": PERSONS,
    "list_follow_ups": FOLLOW_UPS,
    "list_contracts": CONTRACTS,
    "list_products": PRODUCTS,
    "list_contact_book": CONTACT_BOOK,
}
"""Operation -> its list."""

OPEN_TO_THE_BLIND = frozenset({"list_contact_book"})
"""Lists whose rows do not depend on what an account may see."""
