"""What follows a customer, killed with real processes over real HTTP: it stands in the ERP once, whatever died when."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.house import ROOT, House, house, until
from tests.pipeline.follow.conftest import FOLLOW_UPS

pytestmark = pytest.mark.slow

SET_UP = """
import json, sys
import django
django.setup()
from django.db import transaction
from django.utils import timezone
from tests.models import make
from zbsync.pipeline import doorbell
url, ord_, follow_ups, operation, subject, payload, labels = json.loads(sys.argv[1])
options = {"follow_up_list": follow_ups}
connection = make.erp(name="sandbox", base_url=url, lanes=2, options=options)
with transaction.atomic():
    contact = make.contact(proposed_version=1, followed_version=1, eligible=True)
    make.binding(contact, ord_, connection=connection)
    of = {"operation": operation, "subject": subject, "payload": payload}
    proposal = make.proposal(state="approved", contact=contact, connection=connection, kind="unit", **of)
    make.push(proposal=proposal, ord=ord_, labels=labels, created_at=timezone.now(), **of)
    doorbell.ring()
"""


@dataclass(frozen=True)
class Family:
    """A push of one operation, the page that takes it, and how often the ERP has it."""

    operation: str
    page: str
    subject: str
    payload: Callable[[int], dict[str, str]]
    labels: dict[str, str]
    stored: Callable[[Any, int], int]


FAMILIES = [
    Family(
        "followup.add", "reply", "i1", lambda _: {"intro": "微信：要报价", "sort": "484", "plantype": "0"},
        {"sort": "其他"}, lambda store, _: len(store.follow_ups()),
    ),
    Family(
        "person.save", "person/add", "13800001111",
        lambda ord_: {"company": str(ord_), "person_name": "王小明", "mobile": "13800001111"},
        {}, lambda store, ord_: sum(one["mobile"] == "13800001111" for one in store.persons(ord_)),
    ),
    Family(
        "customer.assign", "order", "created", lambda _: {"member1": "0", "member2": "63"},
        {"member2": "销售中心/销售一部/周敏"}, lambda store, ord_: int(store.record(ord_)["cateid"] == 63),
    ),
    Family(
        "customer.protect", "custom/add", "", lambda _: {}, {},
        lambda store, ord_: int(store.record(ord_)["protected"]),
    ),
]  # fmt: skip


def approve(desk: House, family: Family) -> int:
    """The rows as an approval leaves them; the customer's id."""
    (ord_,) = desk.sandbox.store.add_customers(
        [{"name": "示例公司", "intsort": "1", "person_name": "王先生", "mobile": "13700000001"}]
    )
    told = [desk.sandbox.url, int(ord_), FOLLOW_UPS, family.operation, family.subject, family.payload(ord_)]
    argument = json.dumps([*told, family.labels])
    subprocess.run([sys.executable, "-c", SET_UP, argument], cwd=ROOT, env=desk.env, check=True)
    return int(ord_)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda one: one.operation)
def test_killed_after_the_erp_stored_and_before_it_answered(tmp_path: Path, family: Family) -> None:
    command = {"cmdkey": "__sys_dosave"} if family.operation == "person.save" else {}
    slow = {"name": "slow", "seconds": 2.5, "count": 1, "path": family.page, **command}
    with house(tmp_path, faults=[slow]) as desk:
        ord_ = approve(desk, family)
        first = desk.start("run", "--until-idle")
        until(lambda: family.stored(desk.sandbox.store, ord_) == 1)
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()
        assert desk.in_state("sending") == 1
        told = json.loads(desk.call("run", "--until-idle", "--json"))
        assert told["idle"] is True
        assert desk.status()["operations"] == {family.operation: {"verified": 1}}
        assert family.stored(desk.sandbox.store, ord_) == 1
