"""What follows for a proposal: the action, the digest an approval names, and which finding holds it. Rows in memory."""

from typing import Any

import pytest

from zbsync.core.findings import Finding, Severity
from zbsync.models import ErpConnection, Proposal
from zbsync.pipeline import judgement

PAYLOAD = {"name": "张三", "khid": "WX1", "mobile": "13800000001", "intro": "问过价格"}
POLICIES = {"name": "always", "khid": "on_create", "mobile": "if_empty", "intro": "append"}
SAME = {"name": "张三", "khid": "KH1", "mobile": "13800000001", "intro": "问过价格"}


def row(**given: Any) -> Proposal:
    """A matched proposal to create a customer, unless told otherwise; nothing of it is stored."""
    values: dict[str, Any] = {
        "payload": dict(PAYLOAD),
        "fields": [{"target": target, "policy": policy} for target, policy in POLICIES.items()],
        "match_kind": "absent",
        "kind": "individual",
        "connection": ErpConnection(dialect="legacy"),
        "contact_version": 1,
        "mapping_id": 1,
        **given,
    }
    made = Proposal(**values)
    judgement.settle_difference(made)
    return made


def written(made: Proposal) -> dict[str, str]:
    return {one["target"]: one["after"] for one in made.changes if one["written"]}


@pytest.mark.parametrize(
    ("given", "action"),
    [
        ({}, "create"),
        ({"match_kind": ""}, ""),
        ({"match_kind": "ambiguous"}, ""),
        ({"match_kind": "ambiguous", "target_ord": 7, "erp_values": SAME}, ""),
        ({"match_kind": "unique", "target_ord": 7}, ""),
        ({"match_kind": "unique", "target_ord": 7, "erp_values": SAME}, "link"),
        ({"match_kind": "bound", "target_ord": 7, "erp_values": SAME}, "link"),
        ({"match_kind": "unique", "target_ord": 7, "erp_values": SAME | {"name": "李四"}}, "update"),
        ({"match_kind": "unique", "target_ord": 7, "erp_values": SAME | {"khid": ""}}, "link"),
        ({"match_kind": "unique", "target_ord": 7, "erp_values": SAME | {"mobile": ""}}, "update"),
        ({"match_kind": "unique", "target_ord": 7, "erp_values": SAME | {"mobile": "13900000000"}}, "link"),
        ({"match_kind": "unique", "target_ord": 7, "erp_values": SAME | {"intro": "旧"}}, "update"),
        ({"match_kind": "unique", "target_ord": 7, "erp_values": {}}, "update"),
    ],
)
def test_what_approving_would_do(given: dict[str, Any], action: str) -> None:
    made = row(**given)
    assert made.action == action
    if not action:
        assert made.changes == []


def test_a_create_writes_everything() -> None:
    assert written(row()) == PAYLOAD


def test_an_update_writes_what_the_policies_let_it() -> None:
    made = row(match_kind="unique", target_ord=7, erp_values={"name": "旧名", "intro": "旧", "mobile": "", "khid": ""})
    assert set(written(made)) == {"name", "mobile", "intro"}
    assert written(made)["name"] == "张三"
    assert "旧" in written(made)["intro"]
    assert "问过价格" in written(made)["intro"]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ({"intsort": "1"}, "unit"),
        ({"intsort": "2"}, "individual"),
        ({"intsort": "2", "person_name": ""}, "individual"),
        ({"person_name": ""}, "unit"),
        ({"bank_1": "示例银行"}, "unit"),
        ({"name": "张三"}, "individual"),
        ({"intsort": "9", "name": "张三"}, "individual"),
        ({}, "individual"),
    ],
)
def test_the_erp_says_what_kind_its_customer_is(values: dict[str, str], kind: str) -> None:
    assert judgement.erp_kind(values) == kind


def test_what_the_targets_form_has_no_place_for_is_not_written() -> None:
    payload = PAYLOAD | {"person_name": "王工", "bank_1": "示例银行"}
    to_person = row(payload=payload, kind="unit", match_kind="unique", target_ord=7, erp_values={"name": "张三"})
    to_unit = row(payload=payload, kind="unit", match_kind="unique", target_ord=7, erp_values={"person_name": ""})
    assert not {"person_name", "bank_1"} & set(written(to_person))
    assert {"person_name", "bank_1"} <= set(written(to_unit))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, []),
        ({"match_kind": "unique", "target_ord": 7, "erp_values": SAME}, []),
        ({"match_kind": "unique", "target_ord": 7, "erp_values": SAME | {"person_name": ""}}, ["match.kind_differs"]),
        ({"kind": "unit", "match_kind": "unique", "target_ord": 7, "erp_values": SAME}, ["match.kind_differs"]),
    ],
)
def test_a_customer_of_the_other_kind_is_told_and_stops_nothing(given: dict[str, Any], told: list[str]) -> None:
    found = judgement.kind_differs(row(**given))
    assert [one.code for one in found] == told
    assert all(one.severity is Severity.WARNING for one in found)


@pytest.mark.parametrize(
    "moved",
    [
        {"payload": PAYLOAD | {"name": "张四"}},
        {"payload": {name: value for name, value in PAYLOAD.items() if name != "intro"}},
        {"kind": "unit"},
        {"contact_version": 2},
        {"mapping_id": 2},
        {"operation": "customer.other"},
        {"match_kind": "unique", "target_ord": 7, "erp_values": {}},
        {"match_kind": "ambiguous"},
    ],
)
def test_an_approval_is_void_when_anything_it_named_moved(moved: dict[str, Any]) -> None:
    assert row(**moved).digest != row().digest


def test_an_approval_is_void_when_the_erp_record_moved_under_it() -> None:
    before, after = (
        row(match_kind="unique", target_ord=7, erp_values=SAME | {"name": name}) for name in ("旧", "更旧")
    )
    assert written(before) == written(after)
    assert before.digest != after.digest


@pytest.mark.parametrize("same", [{"title": "别的"}, {"score": 3.0}, {"findings": [{"code": "x"}]}, {"state": "ready"}])
def test_an_approval_stands_when_only_the_looks_moved(same: dict[str, Any]) -> None:
    assert row(**same).digest == row().digest


def test_judging_again_changes_nothing() -> None:
    made = row(match_kind="unique", target_ord=7, erp_values=SAME | {"name": "旧"})
    first = (made.digest, made.changes, made.action)
    judgement.settle_difference(made)
    assert (made.digest, made.changes, made.action) == first
    assert judgement.digest_of(made) == made.digest


ERROR, WARNING = (
    Finding("payload.too_long", "name", params={"max": 100}),
    Finding("match.kind_differs", severity=Severity.WARNING),
)


@pytest.mark.parametrize(
    ("found", "has_errors", "cause"),
    [
        ([], False, ""),
        ([WARNING], False, ""),
        ([ERROR], True, "payload.too_long"),
        ([WARNING, ERROR, Finding("later")], True, "payload.too_long"),
        ([Finding("x" * 90)], True, "x" * 60),
    ],
)
def test_the_first_error_is_what_the_list_is_filtered_by(found: list[Finding], has_errors: bool, cause: str) -> None:
    made = row()
    judgement.settle_findings(made, iter(found))
    assert (made.has_errors, made.cause) == (has_errors, cause)
    assert judgement.findings_of(made) == found


def test_new_findings_take_the_place_of_the_old() -> None:
    made = row()
    judgement.settle_findings(made, [ERROR])
    judgement.settle_findings(made, [])
    assert (made.findings, made.has_errors, made.cause) == ([], False, "")
