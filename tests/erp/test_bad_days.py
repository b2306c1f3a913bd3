"""Every fault the sandbox can order, over real HTTP: what the lane makes of it, and what the ERP really did."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.erp.support import UNIT_FIELDS, config
from zbsync.core.outcome import Accepted, Deferred, InDoubt, Outcome, Rejected
from zbsync.erp.client import ErpClient, LoginGuard
from zbsync.erp.errors import CaptchaDemanded
from zbsync.sandbox.app import Sandbox, running
from zbsync.sandbox.faults import KINDS

SAVE = "__sys_dosave"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running(customers=0) as started:
        yield started


def lane(sandbox: Sandbox, **settings: Any) -> ErpClient:
    return ErpClient(config(base_url=sandbox.url, **settings), LoginGuard(), lambda _: None, sleep=lambda _: None)


def save_under(sandbox: Sandbox, fault: str, **rule: Any) -> tuple[Outcome, int]:
    """Save a new customer while a fault is armed for that call; the outcome and the reserved id."""
    client = lane(sandbox, timeout_s=0.5)
    made = client.allocate("unit")
    sandbox.faults.arm([{"name": fault, "cmdkey": SAVE, "count": 1, **rule}])
    outcome = client.save("unit", made.ord, UNIT_FIELDS)
    assert sandbox.faults.armed()[0]["struck"] == 1
    sandbox.faults.arm([])
    return outcome, made.ord


SAVES: dict[str, tuple[type, str, bool]] = {
    # fault: (outcome, its cause, whether the customer is there afterwards)
    "reset_before": (InDoubt, "lost_reply", False),
    "unavailable": (Deferred, "unavailable", False),
    "html_500": (InDoubt, "server_fault", False),
    "html_200": (InDoubt, "not_json", False),
    "refuse": (Rejected, "refused", False),
    "ok_not_stored": (Accepted, "", False),
    "reply_lost": (InDoubt, "lost_reply", True),
    "html_500_after_store": (InDoubt, "server_fault", True),
    "empty_body": (InDoubt, "empty_answer", True),
    "garbage": (InDoubt, "not_json", True),
    "slow": (InDoubt, "lost_reply", True),
    "session_kill": (Accepted, "", True),
    "control_chars": (Accepted, "", True),
    "bom": (Accepted, "", True),
    "unavailable_bare": (InDoubt, "server_fault", False),
    "script_error": (InDoubt, "script_error", False),
    "html_200_after_store": (InDoubt, "not_json", True),
    "cut_body": (InDoubt, "lost_reply", True),
    "stall": (InDoubt, "lost_reply", True),
    "odd_status": (InDoubt, "unknown_answer", True),
    "unknown_sentence": (InDoubt, "unknown_answer", True),
    "human_twin": (Accepted, "", True),
    "duplicate_refusal": (Accepted, "", True),
    "option_vanishes": (Accepted, "", True),
    "unfilled": (Accepted, "", True),
    "entities": (Accepted, "", True),
    "thousands": (Accepted, "", True),
    "status_text": (Accepted, "", True),
}


@pytest.mark.parametrize("fault", SAVES)
def test_a_save_on_a_bad_day_says_no_more_than_it_can_prove(sandbox: Sandbox, fault: str) -> None:
    kind, cause, there = SAVES[fault]
    outcome, ord_ = save_under(sandbox, fault)
    assert type(outcome) is kind
    assert getattr(outcome, "cause", "") == cause
    assert (lane(sandbox).read(ord_) is not None) is there


@pytest.mark.parametrize("fault", SAVES)
def test_a_save_on_a_bad_day_takes_effect_at_most_once(sandbox: Sandbox, fault: str) -> None:
    outcome, ord_ = save_under(sandbox, fault)
    tries = [seen for seen in sandbox.log(cmdkey=SAVE) if seen.effect in ("created", "modified")]
    assert len(tries) <= 1
    if isinstance(outcome, Accepted):
        return
    again = lane(sandbox).save("unit", ord_, UNIT_FIELDS)
    assert isinstance(again, Accepted), "the kept id makes a resend harmless"
    assert lane(sandbox).customers({"khid": "WX0001"}).record_count == 1


def test_a_commit_that_comes_late_is_doubt_until_it_shows(sandbox: Sandbox) -> None:
    outcome, ord_ = save_under(sandbox, "late_commit", seconds=0.2)
    assert type(outcome) is InDoubt
    client = lane(sandbox)
    assert client.read(ord_) is None, "looking too early proves nothing, hence the second look"
    until = time.monotonic() + 5
    while client.read(ord_) is None and time.monotonic() < until:
        time.sleep(0.05)
    assert client.read(ord_) is not None


def test_the_erps_wish_reaches_the_outcome(sandbox: Sandbox) -> None:
    outcome, _ = save_under(sandbox, "unavailable", seconds=7)
    assert isinstance(outcome, Deferred)
    assert outcome.after_s == 7.0


def test_a_refusal_is_told_in_the_erps_words(sandbox: Sandbox) -> None:
    outcome, _ = save_under(sandbox, "refuse", text="客户来源必填！")
    assert isinstance(outcome, Rejected)
    assert (outcome.message, outcome.findings[0].field) == ("客户来源必填！", "ly")


def test_a_captcha_stops_everything(sandbox: Sandbox) -> None:
    sandbox.faults.arm([{"name": "captcha", "count": 1}])
    with pytest.raises(CaptchaDemanded):
        lane(sandbox).allocate("unit")


LABELS = {"sort1": "意向客户/初步接触", "ly": "网站注册"}
TEXT: dict[str, Any] = {"refuse": {"text": "客户来源必填！"}, "slow": {"seconds": 1.0}}


@pytest.mark.parametrize("fault", SAVES)
def test_an_add_without_an_id_says_no_more_than_it_can_prove(sandbox: Sandbox, fault: str) -> None:
    kind, cause, there = SAVES[fault]
    client = lane(sandbox, dialect="v3", timeout_s=0.5)
    client.customers({})
    sandbox.faults.arm([{"name": fault, "path": "customer/add", "count": 1, **TEXT.get(fault, {})}])
    outcome = client.save("unit", None, UNIT_FIELDS, labels=LABELS)
    assert sandbox.faults.armed()[0]["struck"] == 1
    sandbox.faults.arm([])
    assert type(outcome) is kind
    assert getattr(outcome, "cause", "") == cause
    found = lane(sandbox).customers({"khid": UNIT_FIELDS["khid"]})
    assert found.record_count == int(there), "never twice: what is in doubt is not sent again"


@pytest.mark.parametrize("dialect", ["legacy", "ov1"])
@pytest.mark.parametrize("fault", SAVES)
def test_a_follow_up_says_no_more_than_it_can_prove(sandbox: Sandbox, dialect: str, fault: str) -> None:
    kind, cause, there = SAVES[fault]
    ord_ = lane(sandbox).allocate("unit").ord
    lane(sandbox).save("unit", ord_, UNIT_FIELDS)
    page = "/sysa/mobilephone/systemmanage/replylist.asp"
    client = lane(sandbox, dialect=dialect, timeout_s=0.5, follow_up_list=page)
    client.customers({})
    sandbox.faults.arm([{"name": fault, "path": "systemmanage/reply", "count": 1, **TEXT.get(fault, {})}])
    said = {"intro": "微信沟通", "sort": "484", "plantype": "0", "lead": "0"}
    outcome = client.act("follow_up_customer", ord_, said)
    assert sandbox.faults.armed()[0]["struck"] == 1
    sandbox.faults.arm([])
    assert type(outcome) is kind
    assert getattr(outcome, "cause", "") == cause
    listed = lane(sandbox, follow_up_list=page).rows("list_follow_ups", {"ord": str(ord_), "datatype": "tel"})
    assert [row["intro"] for row in listed.rows] == ["微信沟通"] * there, "appended once or not at all"


READS = ["reset_before", "unavailable", "html_500", "empty_body", "slow", "session_kill", "control_chars", "bom"]


@pytest.mark.parametrize("fault", READS)
def test_a_read_outlives_one_bad_moment(sandbox: Sandbox, fault: str) -> None:
    client = lane(sandbox, timeout_s=2.0)
    made = client.allocate("unit")
    client.save("unit", made.ord, UNIT_FIELDS)
    sandbox.faults.arm([{"name": fault, "path": "custom/add", "cmdkey": "", "count": 1, "seconds": 0.1}])
    record = client.read(made.ord)
    assert record is not None
    assert record.values["intro"] == UNIT_FIELDS["intro"], "line breaks and all"
    assert sandbox.faults.armed()[0]["struck"] == 1


def test_an_ord_handed_out_twice_is_the_callers_to_notice(sandbox: Sandbox) -> None:
    first, second = lane(sandbox), lane(sandbox)
    made = first.allocate("unit")
    sandbox.faults.arm(["allocate_twice"])
    assert second.allocate("unit").ord == made.ord, "nothing in the answer tells"


@pytest.mark.parametrize("shape", ["value", "value_id", "plain", "single"])
def test_rows_of_another_build_are_read(sandbox: Sandbox, shape: str) -> None:
    client = lane(sandbox)
    made = client.allocate("unit")
    client.save("unit", made.ord, UNIT_FIELDS)
    sandbox.faults.arm([{"name": "rows_as_object", "shape": shape}])
    assert [row["ord"] for row in client.customers({}).rows] == [str(made.ord)]


def test_every_fault_has_its_bad_day_here() -> None:
    others = {"late_commit", "captcha", "rows_as_object", "allocate_twice"}
    assert SAVES.keys() | others == KINDS.keys()
