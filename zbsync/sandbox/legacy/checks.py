"""What a form is refused for: the ERP's rules on posted values (fact sheet 2.2, 3, 4.1, 5).

Each check raises `Refused` with the page's sentence, or `ScriptError` where the page simply breaks.
"""

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from zbsync.sandbox import factory
from zbsync.sandbox.documents import Refused, ScriptError
from zbsync.sandbox.fields import Field
from zbsync.sandbox.request import Call
from zbsync.sandbox.store import Store
from zbsync.sandbox.store.customers import LIVE

DELETED = "抱歉，您访问的单据已被删除！"
LARGEST = 2**31 - 1
NEEDED = "本阶段有必填项未填写，请填写后再保存！"


def whole(text: str, name: str) -> int:
    """An integer, or the error of a page that cannot convert its parameter."""
    try:
        value = int(text)
    except ValueError:
        raise ScriptError(f"类型不匹配: '{name}'") from None
    if abs(value) > LARGEST:
        raise ScriptError(f"溢出: '{name}'")
    return value


def customer(store: Store, call: Call) -> sqlite3.Row:
    """The live customer that `ord` names."""
    row = store.record(whole(call.data.get("ord") or "0", "ord"))
    if row is None or row["del"] != LIVE:
        raise Refused(DELETED)
    return row


def posted(fields: Iterable[Field], call: Call) -> dict[str, str]:
    """The values of a form by id; what was not posted is empty."""
    return {field.id: call.data.get(field.id, "") for field in fields}


def form(store: Store, fields: Iterable[Field], values: Mapping[str, str], required: Iterable[str] = ()) -> None:
    """Required, length, type, and quotes, field by field; `required` are those the installation asks for."""
    if store.policy("apostrophe_breaks") and any("'" in value for value in values.values()):
        raise ScriptError("字符串的引号不完整。")
    asked = frozenset(required)
    for field in fields:
        value = values.get(field.id, "")
        if field.required and not value.strip():
            raise Refused(f"{field.caption}不能为空！")
        if field.id in asked and not value.strip():
            raise Refused(NEEDED + field.caption)
        if len(value) > field.maxl:
            raise Refused(f"{field.caption}不能超过{field.maxl}个字！")
        if value and field.dbtype in {"int", "number"}:
            _number(field, value)


def choices(store: Store, fields: Iterable[Field], values: Mapping[str, str]) -> None:
    """A field with a dictionary takes one of its entries and nothing else."""
    for field in fields:
        value = values.get(field.id, "")
        enum = factory.ENUMS.get(field.source) if field.dbtype == "int" else None
        if value and enum is not None and value not in {code for _, code in store.options(enum)}:
            raise Refused(f"{field.caption}不存在，请重新选择！")


def day(text: str, name: str) -> str:
    """A date with or without time, padded or not; the error of a page that cannot convert it."""
    for shape in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d"):
        try:
            return datetime.strptime(text.strip(), shape).strftime("%Y-%m-%d %H:%M:%S")  # noqa: DTZ007 - the ERP has none
        except ValueError:
            continue
    raise ScriptError(f"类型不匹配: '{name}'")


def users(store: Store, text: str) -> list[int]:
    """The accounts in a comma list; each must exist and be in use."""
    found = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        user = store.user(whole(part, "member2"))
        if user is None or user.frozen:
            raise Refused("所选人员不存在或已冻结，请重新选择！")
        found.append(user.uid)
    return found


def _number(field: Field, value: str) -> None:
    try:
        int(value) if field.dbtype == "int" else float(value)
    except ValueError:
        raise ScriptError(f"类型不匹配: '{field.id}'") from None


def stage(store: Store, values: Mapping[str, str]) -> None:
    """`category,stage`: both must exist, the stage under the category, and with what the stage asks for."""
    parts = values["sort1"].split(",")
    if len(parts) < 2:
        raise ScriptError("下标越界: '[number: 1]'")
    category, follow = whole(parts[0], "sort"), whole(parts[1], "sort1")
    if not any(row["id"] == follow and row["parent"] == category for row in store.tree("sort")):
        raise Refused("客户分类不存在，请重新选择！")
    asked = store.policy("stage_required").get(str(follow), [])
    if missing := [name for name in asked if not values.get(name, "").strip()]:
        raise Refused(NEEDED + missing[0])


def duplicates(store: Store, fields: Iterable[Field], values: Mapping[str, str], ord_: int) -> None:
    """The installation's rules on values of a customer that may stand only once."""
    _unique(store, fields, values, lambda name, value: store.taken(name, value, ord_))
    name = values.get("name", "")
    if store.policy("protect_names") and store.protected_name(name, ord_):
        raise Refused("同名客户已被保护！")


_ON_PERSONS = frozenset({"person_name", "mobile", "mobile2", "phone", "fax", "email", "qq", "msn", "weixinAcc"})


def person_duplicates(store: Store, fields: Iterable[Field], values: Mapping[str, str], ord_: int) -> None:
    """The same for a contact person on its own form."""
    own = {name: value for name, value in values.items() if name in _ON_PERSONS}
    _unique(store, fields, own, lambda name, value: store.person_taken(name, value, ord_))


def _unique(
    store: Store, fields: Iterable[Field], values: Mapping[str, str], taken: Callable[[str, str], bool]
) -> None:
    captions = {field.id: field.caption for field in fields}
    rules = dict(store.policy("duplicates"))
    rules.setdefault("mobile2", rules.get("mobile", ""))
    for name, rule in rules.items():
        enforced = rule in {"enter", "block"} or (rule in {"point", "warn"} and store.policy("warnings_block"))
        value = values.get(name, "")
        if enforced and value and taken(name, value):
            raise Refused(f"相同{captions.get(name, name)}已存在！")
