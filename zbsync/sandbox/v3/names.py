"""From the names in a flat form to the numbers the ERP keeps (fact sheet 4.6): options, tree, areas, people.

The sheet is sure of names for `area` only and guesses them for the rest; policy `v3_ids` takes numbers too.
"""

import re

from zbsync.sandbox.documents import Refused
from zbsync.sandbox.store import Store

_BETWEEN = re.compile(r"[\s,，/\\>|、-]+")


def option(store: Store, field: str, caption: str, name: str) -> str:
    """The number of a dictionary entry; "" for no name."""
    if not name:
        return ""
    for known, code in store.dictionaries()[field]:
        if name == known or (store.policy("v3_ids") and name == code):
            return code
    raise Refused(f"{caption}不存在")


def stage(store: Store, category: str, follow: str) -> str:
    """`category,stage` by two names, the second below the first."""
    rows, ids = store.tree("sort"), store.policy("v3_ids")

    def found(name: str, parent: int) -> int:
        for row in rows:
            if row["parent"] == parent and (row["name"] == name or (ids and str(row["id"]) == name)):
                return int(row["id"])
        return 0

    top = found(category, 0)
    if not top:
        raise Refused("客户分类不存在")
    below = found(follow, top)
    if not below:
        raise Refused("跟进程度不存在")
    return f"{top},{below}"


def area(store: Store, text: str) -> str:
    """The number of an area by its names along the path from the top, however they are joined.

    A single name does when only one area has it.
    """
    if not text:
        return ""
    rows = {row["id"]: row for row in store.tree("area")}
    if store.policy("v3_ids") and text.isdecimal() and int(text) in rows:
        return text
    wanted, paths = _BETWEEN.sub("", text), {}
    for id_ in rows:
        path, node = "", id_
        while node:
            path, node = rows[node]["name"] + path, rows[node]["parent"]
        paths[id_] = path
    exact = [id_ for id_, path in paths.items() if path == wanted]
    found = exact or [id_ for id_, row in rows.items() if row["name"] == wanted]
    if len(found) != 1:
        raise Refused("客户区域不存在")
    return str(found[0])


def person(store: Store, caption: str, name: str) -> int:
    """The number of a user who is in use, by name; 0 for no name."""
    if not name:
        return 0
    row = store.row("SELECT uid FROM account WHERE name = ? AND frozen = 0", args=(name,))
    if row is None:
        raise Refused(f"{caption}不存在")
    return int(row["uid"])
