"""What the flat form is refused for: required, lengths, shapes, values that may stand only once (fact sheet 4.6, 5)."""

import re
from collections.abc import Mapping

from zbsync.sandbox.documents import Refused
from zbsync.sandbox.fields import CONTACT, CUSTOMER
from zbsync.sandbox.store import Store

REQUIRED = {"sort2": "客户类型", "name": "客户名称", "sort": "客户分类", "sort1": "跟进程度"}
"""For both kinds; a unit needs `person_name` too."""

CAPTIONS = {field.id: field.caption for field in (*CONTACT, *CUSTOMER)} | REQUIRED
_LONGEST = {field.id: field.maxl for field in (*CUSTOMER, *CONTACT) if not field.source} | {"reply": 1000}

SHAPES: Mapping[str, tuple[str, str]] = {
    "mobile": (r"1\d{10}", "手机"),
    "phone": (r"(\d{3,4}-?)?\d{7,11}(-\d{1,6})?", "办公电话"),
    "fax": (r"(\d{3,4}-?)?\d{7,11}(-\d{1,6})?", "传真"),
    "zip": (r"\d{1,6}", "邮编"),
    "qq": (r"\d{1,20}", "QQ"),
    "email": (r"[^@\s]+@[^@\s]+\.[^@\s]+", "电子邮件"),
    "zijin": (r"\d{1,8}(\.\d+)?", "注册资本"),
    "hk_xz": (r"100(\.0+)?|\d{1,2}(\.\d+)?", "到款限制"),
    "fkdays": (r"[1-9]\d?|[12]\d\d|3[0-5]\d|36[0-5]", "付款周期"),
    "fkdate": (r"[1-9]|[12]\d|3[01]", "付款日期"),
    "pernum1": (r"\d+", "人员数量下限"),
    "pernum2": (r"\d+", "人员数量上限"),
}
"""Field -> its whole shape, and what it is called."""


def check(store: Store, data: Mapping[str, str], *, changing: bool) -> None:
    """Everything that can be seen without looking at other customers."""
    required = dict(REQUIRED)
    if data.get("sort2") == "1":
        required["person_name"] = "联系人姓名"
    if changing:
        required["ord"] = "客户ID"
    required |= {name: CAPTIONS.get(name, name) for name in store.policy("required")}
    required |= {name: CAPTIONS.get(name, name) for name in store.policy("v3_required")}
    for name, caption in required.items():
        if not data.get(name, "").strip():
            raise Refused(f"{caption}不能为空")
    if data["sort2"] not in {"1", "2"}:
        raise Refused("客户类型不正确")
    for name, longest in _LONGEST.items():
        if len(data.get(name, "")) > longest:
            raise Refused(f"{CAPTIONS.get(name, name)}长度不能超过{longest}")
    for name, (shape, caption) in SHAPES.items():
        if data.get(name) and not re.fullmatch(shape, data[name], re.ASCII):
            raise Refused(f"{caption}格式不正确")


def unique(store: Store, values: Mapping[str, str], ord_: int) -> None:
    """The installation's rules on values that may stand only once."""
    for name, rule in store.policy("duplicates").items():
        enforced = rule in {"enter", "block"} or (rule in {"point", "warn"} and store.policy("warnings_block"))
        if enforced and values.get(name) and store.taken(name, values[name], ord_):
            raise Refused(f"{CAPTIONS.get(name, name)}重复")
    if store.policy("protect_names") and store.protected_name(values.get("name", ""), ord_):
        raise Refused("同名客户已被保护")
