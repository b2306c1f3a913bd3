"""Forms as the ERP shows them: fields with text, raw value, limits, options and trees (fact sheet 3)."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from zbsync.sandbox.documents import JSON, options, trees
from zbsync.sandbox.fields import Field
from zbsync.sandbox.store import Store

GROUPS = {
    "base": "基本信息",
    "person": "联系人信息",
    "bank": "开票与结算",
    "custom": "自定义信息",
    "text": "客户描述",
    "done": "已完成日程",
    "todo": "待完成日程",
}


def nodes(store: Store, kind: str) -> list[JSON]:
    """A tree of the store as nested nodes."""
    made: dict[int, JSON] = {0: {"nodes": []}}
    for row in store.tree(kind):
        made[row["id"]] = {"text": row["name"], "value": str(row["id"]), "nodes": []}
        made[row["parent"]]["nodes"].append(made[row["id"]])
    roots: list[JSON] = made[0]["nodes"]
    return roots


def gate_nodes(store: Store) -> list[JSON]:
    """Departments with their users. A department cannot be picked (value 0); users are the leaves."""
    made: dict[int, JSON] = {0: {"nodes": []}}
    for row in store.tree("gate"):
        made[row["id"]] = {"text": row["name"], "value": "0", "nodes": []}
        made[row["parent"]]["nodes"].append(made[row["id"]])
    for row in store.rows("SELECT uid, name, dept FROM account WHERE dept > 0 ORDER BY uid"):
        made[row["dept"]]["nodes"].append({"text": row["name"], "value": str(row["uid"]), "nodes": []})
    roots: list[JSON] = made[0]["nodes"]
    return roots


class Form:
    """Builds the groups of one bill. `edit` decides whether raw values and sources are filled in."""

    def __init__(self, store: Store, *, edit: bool) -> None:
        self._store = store
        self._edit = edit
        self._required = set(store.policy("required"))
        self._options = store.dictionaries()
        self._trees = {kind: nodes(store, kind) for kind in ("sort", "area")} if edit else {}
        self._names = {kind: {str(row["id"]): row["name"] for row in store.tree(kind)} for kind in ("sort", "area")}

    def groups(self, form: Iterable[Field], values: Mapping[str, str]) -> list[JSON]:
        """The fields of a form in their groups, with these raw values by id."""
        grouped: dict[str, list[JSON]] = {name: [] for name in GROUPS}
        for field in form:
            grouped[field.group].append(self.field(field, values.get(field.id) or ""))
        return [{"id": name, "caption": GROUPS[name], "fields": fields} for name, fields in grouped.items() if fields]

    def field(self, field: Field, value: str) -> JSON:
        """One field that is posted."""
        required = field.required or field.id in self._required
        return self._entry(field.id, field.caption, field.type, self._text(field, value), value) | {
            "dbtype": field.dbtype,
            "notnull": "1" if required else "0",
            "maxl": field.maxl,
            "source": self._source(field) if self._edit else None,
        }

    def owner(self, user_id: int | None) -> JSON:
        """The salesman: shown, never posted. Raw value `department|department|user`."""
        user = self._store.user(user_id) if user_id else None
        text, value = (user.name, f"{self._chain(user.dept)}|{user.uid}") if user else ("", "")
        return self._fixed("cateid", "销售人员", "gate", text, value)

    def trimmings(self, decisions: Iterable[Mapping[str, Any]]) -> list[JSON]:
        """What else stands on the page and is no field of the form."""
        said = [f"{row['date']} {'同意' if row['agreed'] else '不同意'} {row['intro']}".strip() for row in decisions]
        log = self._fixed("sp_log", "审批记录", "list", "\n".join(said), "")
        button = self._fixed("btn_reply", "跟进", "button", "跟进", "")
        return [{"id": "approve", "caption": "审批记录", "fields": [log, button]}]

    def _fixed(self, id_: str, caption: str, type_: str, text: str, value: str) -> JSON:
        return self._entry(id_, caption, type_, text, value) | {"post": "0", "onlyread": "1", "edit": "0"}

    def _entry(self, id_: str, caption: str, type_: str, text: str, value: str) -> JSON:
        return {
            "id": id_,
            "caption": caption,
            "dbtype": "string",
            "type": type_,
            "text": self._as_html(text),
            "value": value if self._edit else "",
            "post": "1",
            "uitype": "",
            "notnull": "0",
            "onlyread": "0",
            "maxl": 50,
            "edit": "1" if self._edit else "0",
            "source": None,
        }

    def _text(self, field: Field, value: str) -> str:
        if field.source in self._names:
            return ",".join(self._names[field.source].get(part, "") for part in value.split(",")) if value else ""
        if field.source:
            free = value if field.dbtype == "string" and field.type == "textarea" else ""
            return next((name for name, code in self._options[field.source] if code == value), free)
        if field.dbtype == "number" and value:
            return f"{float(value):,.2f}"
        return value

    def _as_html(self, text: str) -> str:
        if not self._store.policy("entities"):
            return text
        return re.sub(r"[&<>\"']", lambda found: f"&#{ord(found[0])};", text).replace("\n", "<br>")

    def _source(self, field: Field) -> JSON | None:
        if field.source in self._trees:
            return trees(self._trees[field.source])
        return options(self._options[field.source]) if field.source else None

    def _chain(self, dept: int) -> str:
        parents: dict[int, Any] = {row["id"]: row["parent"] for row in self._store.tree("gate")}
        chain = [dept]
        while parents.get(chain[0]):
            chain.insert(0, parents[chain[0]])
        return "|".join(map(str, chain))
