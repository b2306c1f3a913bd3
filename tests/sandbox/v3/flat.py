"""A caller of the flat pages: an engine without a socket, a session, and forms that pass."""

import json
from typing import Any

from tests.sandbox.engine import Desk, document
from zbsync.sandbox.request import Request

ADD, EDIT = "sales/customer/add", "sales/customer/edit"
USERS, STOCK, CONTRACT = "orgs/user/list", "store/inventory/InventorySummary", "sales/contract/detail"

UNIT: dict[str, Any] = {
    "sort2": 1,
    "name": "示例公司",
    "sort": "意向客户",
    "sort1": "初步接触",
    "person_name": "王工",
}
INDIVIDUAL: dict[str, Any] = {"sort2": 2, "name": "李四", "sort": "意向客户", "sort1": "需求确认"}


class Flat(Desk):
    """One engine, asked in the flat dialect."""

    def ask(self, page: str, body: Any = None, /, token: str | None = None, **fields: Any) -> Any:
        """The whole answer; `body` instead of fields when given."""
        headers = {"content-type": "application/json", "zbapi-token": self.session if token is None else token}
        raw = json.dumps(fields if body is None else body).encode()
        sent = self.engine.answer(Request("POST", f"/webapi/v3/{page}", headers, raw))
        assert sent.status == 200
        return document(sent)

    def told(self, page: str, /, **fields: Any) -> tuple[int, str]:
        """Code and sentence."""
        answer = self.ask(page, None, **fields)
        return answer["Code"], answer["Msg"]

    def add(self, **fields: Any) -> int:
        """Add a unit; its ord, read from the ERP's own table: no answer names it."""
        assert self.told(ADD, **UNIT | fields) == (200, "操作成功")
        return int(self.store.customers()[-1]["ord"])

    def table(self, page: str, /, **fields: Any) -> list[dict[str, Any]]:
        """The rows of a table by the names that head it."""
        answer = self.ask(page, None, **fields)
        return [dict(zip(answer["Cols"], row, strict=True)) for row in answer["Rows"]]
