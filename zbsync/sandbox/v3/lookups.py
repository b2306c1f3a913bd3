"""What can only be read in the flat dialect: users, stock, one contract (fact sheet 4.7)."""

from collections.abc import Sequence
from typing import Any

from zbsync.sandbox.documents import Refused, Reply
from zbsync.sandbox.legacy import checks
from zbsync.sandbox.request import Call
from zbsync.sandbox.store import Store, User
from zbsync.sandbox.v3.answers import shown, table

USERS = {
    "ord": "用户ID",
    "username": "登录名",
    "ygid": "员工编号",
    "name": "姓名",
    "status": "状态",
    "orgsid": "部门ID",
    "partname": "部门名称",
}
STOCK = {
    "Title": "产品名称",
    "Order1": "产品编号",
    "Type1": "产品型号",
    "ProductSort": "产品分类",
    "UnitName": "单位",
    "Num2": "库存数量",
    "YDNum": "预订数量",
    "ZTNum": "在途数量",
    "DJNum": "冻结数量",
    "KYNum": "可用数量",
    "Ku": "仓库名称",
}
"""Column -> caption; which of the two stands in `Cols` is the policy `v3_captions`."""

_AMOUNTS = frozenset({"Num2", "KYNum"})
"""Written with separators and two places where columns have captions: that build writes text."""


def _page(store: Store, call: Call, columns: dict[str, str], rows: Sequence[dict[str, Any]]) -> Reply:
    size = checks.whole(call.data.get("page_size") or "20", "page_size")
    index = checks.whole(call.data.get("page_index") or "1", "page_index")
    if size < 1 or index < 1:
        raise Refused("分页参数不正确")
    captions = store.policy("v3_captions")
    names = [name for name in columns if name in (store.policy("v3_columns") or columns)]
    window = [
        [_text(name, row[name]) if captions else row[name] for name in names]
        for row in rows[(index - 1) * size : index * size]
    ]
    heads = [columns[name] if captions else name for name in names]
    return Reply(table(heads, window, (index, size, len(rows))), effect="listed")


def _text(name: str, value: Any) -> str:
    return f"{value:,.2f}" if name in _AMOUNTS else str(value)


def _number(value: float) -> float | int:
    return int(value) if value == int(value) else value


def users(store: Store, call: Call, _user: User) -> Reply:
    """The accounts of the department tree; `userstatus` 1 is in use, 2 frozen."""
    found = store.rows(
        "SELECT u.*, d.name AS part FROM account u JOIN tree d ON d.kind = 'gate' AND d.id = u.dept ORDER BY uid"
    )
    data = call.data
    rows = [
        {
            "ord": row["uid"],
            "username": row["login"],
            "ygid": f"Y{row['uid']:03d}",
            "name": row["name"],
            "status": "停用" if row["frozen"] else "在职",
            "orgsid": row["dept"],
            "partname": row["part"],
        }
        for row in found
        if data.get("name", "") in row["name"]
        and data.get("username", "") in row["login"]
        and data.get("orgsid", "") in {"", str(row["dept"])}
        and data.get("userstatus", "") in {"", str(1 + row["frozen"])}
    ]
    return _page(store, call, USERS, rows)


def inventory(store: Store, call: Call, user: User) -> Reply:
    """Products with stock, and none without: this is no list of products."""
    data = call.data
    found = store.rows("SELECT * FROM product WHERE stock > 0 ORDER BY ord") if store.sees(user) else []
    rows = [
        {
            "Title": row["cpname"],
            "Order1": row["cpbh"],
            "Type1": row["cpxh"],
            "ProductSort": row["fenlei"],
            "UnitName": row["unitname"],
            "Num2": _number(row["stock"]),
            "YDNum": _number(row["booked"]),
            "ZTNum": 0,
            "DJNum": 0,
            "KYNum": _number(row["stock"] - row["booked"]),
            "Ku": "一号仓",
        }
        for row in found
        if data.get("title", "") in row["cpname"]
        and data.get("order1", "") in row["cpbh"]
        and data.get("type1", "") in row["cpxh"]
        and data.get("cpfl", "") in {"", str(row["class"])}
        and data.get("cks", "") in {"", "1"}
    ]
    return _page(store, call, STOCK, rows)


_EMPTY = {"Ord": 0, "Title": "", "Htid": "", "company": 0, "khmc": "", "MoneyAll": 0, "dateQD": "", "spzt": ""}


def contract(store: Store, call: Call, user: User) -> Reply:
    """One contract with its lines; number 0 is the empty template."""
    ord_ = checks.whole(call.data.get("ord") or "0", "ord")
    if not ord_:
        return Reply(shown(_EMPTY | {"contractlist": []}), effect="read")
    row = store.contract(ord_) if store.sees(user) else None
    if row is None:
        raise Refused("单据不存在")
    head = {
        "Ord": row["ord"],
        "Title": row["title"],
        "Htid": row["htid"],
        "company": row["company"],
        "khmc": row["khmc"] or "",
        "xsry": row["xsry"] or "",
        "MoneyAll": _number(row["moneyall"]),
        "HkMoney": _number(row["hkmoney"]),
        "dateQD": row["dateQD"],
        "spzt": row["spzt"],
    }
    lines = [
        {
            "ProductOrd": line["ord"],
            "ProductName": line["cpname"],
            "ProductCode": line["cpbh"],
            "UnitName": line["unitname"],
            "Num": _number(line["num"]),
            "Price": _number(line["price"]),
            "Money": _number(line["num"] * line["price"]),
        }
        for line in store.contract_lines(ord_)
    ]
    return Reply(shown(head | {"contractlist": lines}), effect="read", ord=ord_)
