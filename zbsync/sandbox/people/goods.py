"""What the sample customers bought: products with their stock, and contracts. Invented, and the same for a seed.

Contracts belong to customers of the category 成交客户; the first is older than the second. Used when a fresh
sandbox is filled, and by tests.
"""

import json
import random
from datetime import date, timedelta
from typing import Any

DEALT = "4"
"""The category of customers that bought something."""

MOST = 2000
"""So many customers get contracts; a hundred thousand of them would only slow the start."""

_KINDS = (
    ("立式加工中心", "机床", 41, "台", 186_000.0),
    ("数控车床", "机床", 41, "台", 98_500.0),
    ("伺服电机", "电气", 42, "只", 2_350.0),
    ("变频器", "电气", 42, "只", 1_480.5),
    ("不锈钢法兰", "管件", 43, "件", 36.8),
    ("液压油缸", "管件", 43, "件", 865.0),
    ("条码打印机", "办公", 44, "台", 1_290.0),
    ("标签纸", "办公", 44, "卷", 12.5),
)
_SIZES = ("A-1", "A-2", "B-10")
_FIRST = date(2025, 3, 3)


def products() -> list[dict[str, Any]]:
    """Rows of the table `product`: every kind in three sizes, one in four without stock."""
    made = []
    for kind, (name, group, group_id, unit, _) in enumerate(_KINDS):
        for size, model in enumerate(_SIZES):
            number = kind * len(_SIZES) + size
            made.append(
                {
                    "ord": 301 + number,
                    "cpname": f"{name}{model}",
                    "cpbh": f"CP{number + 1:04d}",
                    "cpxh": model,
                    "txm": f"69000000{number:05d}",
                    "unitname": unit,
                    "units": json.dumps({str(21 + kind): unit}, ensure_ascii=False, separators=(",", ":")),
                    "fenlei": group,
                    "class": group_id,
                    "stock": float(number * 7 % 40 if number % 4 else 0),
                    "booked": 0.0,
                }
            )
    return made


def contracts(seed: int, customers: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows of `contract` and `contract_line` for these customers (`ord`, `sort1`, `cateid`, `name`)."""
    heads: list[dict[str, Any]] = []
    lines: list[dict[str, Any]] = []
    for customer in customers[:MOST]:
        if customer["sort1"].split(",")[0] != DEALT:
            continue
        dice = random.Random(f"{seed}:contract:{customer['name']}")
        for rank in range(2 if customer["sort1"] == "4,13" else 1):
            ord_ = 701 + len(heads)
            sold = _lines(dice, ord_)
            heads.append(_head(dice, ord_, customer, rank, sum(line["num"] * line["price"] for line in sold)))
            lines += sold
    return heads, lines


def _lines(dice: random.Random, contract: int) -> list[dict[str, Any]]:
    picked = dice.sample(range(len(_KINDS) * len(_SIZES)), dice.randint(1, 3))
    return [
        {
            "contract": contract,
            "product": 301 + number,
            "num": float(dice.randint(1, 12)),
            "price": _KINDS[number // len(_SIZES)][4],
        }
        for number in picked
    ]


def _head(dice: random.Random, ord_: int, customer: dict[str, Any], rank: int, total: float) -> dict[str, Any]:
    signed = _FIRST + timedelta(days=dice.randint(0, 300) + 200 * rank)
    paid = dice.choice((0.0, round(total / 2, 2), total))
    done = "已完成" if paid == total else "未完成"
    return {
        "ord": ord_,
        "company": customer["ord"],
        "cateid": int(customer.get("cateid") or 63),
        "htid": f"HT{signed:%Y%m}{ord_:04d}",
        "title": f"{customer['name'][:20]}采购合同",
        "htfl": dice.choice(("销售合同", "服务合同")),
        "moneyall": total,
        "hkmoney": paid,
        "htbz": "人民币",
        "dateQD": str(signed),
        "dateKS": str(signed),
        "dateZZ": str(signed + timedelta(days=365)),
        "spzt": dice.choice(("审批通过", "审批通过", "待审批")),
        "ckjz": dice.choice(("已出库", "未出库")),
        "fhjz": dice.choice(("已发货", "未发货")),
        "skjz": done,
        "kpjz": dice.choice(("已开票", "未开票")),
    }
