"""Every golden request is replayed byte for byte; the sandbox must say at least what the golden answer says.

Each case of each folder of `tests/wire`; PREPARE puts the ERP into the state that the case speaks of.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.caller import exchange_raw
from tests.wire import FOLDER, Golden, cases, load
from zbsync.sandbox.app import Sandbox, running

SESSION = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
UNIT = {
    "ord": "1207",
    "person": "988",
    "name": "渝北示例机械有限公司",
    "khid": "WX0001",
    "sort1": "3,7",
    "ly": "171",
    "area": "31",
    "zijin": "1234.5",
    "cateid": "63",
    "person_name": "王工",
    "job": "经理",
    "mobile": "13800000000",
    "weixinAcc": "wx_demo",
    "intro": "要两台样机\n下周回电",
}
OTHER = {
    "ord": "1206",
    "person": "987",
    "name": "江北示例机械有限公司",
    "sort1": "4,12",
    "person_name": "赵工",
    "phone": "023-60000001",
}
COLUMNS_2020 = [
    *("name", "catename", "sortname", "sort1name", "personname", "mobile", "phone", "ord", "personjob"),
    *("telintro", "person", "url", "personurl"),
]

Prepare = Callable[[Sandbox], object]


def _fault(name: str, **more: Any) -> Prepare:
    return lambda sandbox: sandbox.faults.arm([{"name": name, **more}])


def _person(sandbox: Sandbox) -> None:
    values = {"person_name": "李示例", "part1": "采购部", "job": "主管", "mobile": "13900000000"}
    sandbox.store.save_person(0, 1206, values)


def _sql(*statements: str) -> Prepare:
    return lambda sandbox: [sandbox.store.run(statement) for statement in statements]


def _policy(**values: Any) -> Prepare:
    return lambda sandbox: sandbox.store.set_policy(**values)


def _odd_name(sandbox: Sandbox) -> None:
    sandbox.store.run("UPDATE customer SET name = ? WHERE ord = 1207", args=('甲&乙 <示例> "机械"',))


def _many(*steps: Prepare) -> Prepare:
    return lambda sandbox: [step(sandbox) for step in steps]


def _contract(sandbox: Sandbox) -> None:
    row = {"ord": 501, "company": 1207, "cateid": 63, "htid": "HT00017", "title": "样机两台", "htfl": "销售合同"}
    row |= {"moneyall": 12500.0, "hkmoney": 5000.0, "htbz": "人民币", "dateQD": "2025-01-06", "dateKS": "2025-01-06"}
    row |= {"dateZZ": "2025-12-31", "spzt": "审批通过", "ckjz": "未出库", "fhjz": "未发货", "skjz": "部分收款"}
    line = {"contract": 501, "product": 41, "num": 2.0, "price": 6250.0}
    sandbox.store.fill_trade([], [row | {"kpjz": "未开票"}], [line])


def _product(sandbox: Sandbox) -> None:
    row = {"ord": 41, "cpname": "示例样机", "cpbh": "A-1", "cpxh": "X200", "txm": "", "unitname": "台"}
    sandbox.store.run("DELETE FROM product")
    row |= {"units": '{"1":"台"}', "fenlei": "整机", "class": 1, "stock": 3.0, "booked": 0.0}
    sandbox.store.fill_trade([row], [], [])


def _dear(sandbox: Sandbox) -> None:
    _product(sandbox)
    _contract(sandbox)
    sandbox.store.run("UPDATE contract_line SET price = 6250.25")


def _stock(sandbox: Sandbox) -> None:
    _product(sandbox)
    sandbox.store.run("UPDATE product SET stock = 1200, booked = 2")


def _follow_ups(sandbox: Sandbox) -> None:
    sandbox.store.run("UPDATE account SET name = '演示员' WHERE uid = 1")
    sandbox.store.reserve_id("reply", 7000)
    row = {"datatype": "tel", "target": 1207, "company": 1207, "uid": 1}
    sandbox.store.follow_up(row | {"intro": "电话里问过价", "sort": 481, "date": "2025-02-20 15:00:00"})
    sandbox.store.follow_up(row | {"intro": "微信沟通：要两台样机", "sort": 484, "date": "2025-03-01 09:00:00"})


_DRAFT = _sql("UPDATE customer SET del = 7 WHERE ord = 1207")
_AS_IN_EXAMPLE = _sql("UPDATE person SET mobile = '138 0000 0000' WHERE ord = 988")
_POOL = _sql("UPDATE customer SET cateid = NULL WHERE ord = 1207")
_WAITS = _sql("UPDATE customer SET cateid = NULL, waiting = 'apply', applicant = 63 WHERE ord = 1207")
_TWO_LINES = _sql("UPDATE contract SET title = '样机' || char(10) || '两台'")
_NOBODY = _sql("UPDATE customer SET del = 2 WHERE ord = 1207")
_USERS = _sql("UPDATE account SET dept = 0 WHERE uid > 64")
_SAME_KHID: Prepare = lambda sandbox: sandbox.store.add_customers([{"name": "别家", "khid": "WX0009"}])  # noqa: E731
_NUMBER_31: Prepare = lambda sandbox: sandbox.store.reserve_id("number", 31)  # noqa: E731

PREPARE: dict[str, Prepare] = {
    "login_captcha": lambda sandbox: sandbox.store.count_failure("fixedserial01", 3),
    "allocate": _NUMBER_31,
    "allocate_unit": _NUMBER_31,
    "allocate_individual": _NUMBER_31,
    "save_ok": _DRAFT,
    "save_unit": _DRAFT,
    "save_individual": _DRAFT,
    "save_individual_ok": _DRAFT,
    "save_refused_khid": _SAME_KHID,
    "list_rows": _AS_IN_EXAMPLE,
    "list_msgid": _AS_IN_EXAMPLE,
    "lenient_body": _AS_IN_EXAMPLE,
    "list_rows_2020": _many(_AS_IN_EXAMPLE, _policy(list_columns=COLUMNS_2020)),
    "list_customers": _AS_IN_EXAMPLE,
    "list_rows_value": _many(_AS_IN_EXAMPLE, _fault("rows_as_object", shape="value")),
    "list_rows_plain": _many(_AS_IN_EXAMPLE, _fault("rows_as_object", shape="plain")),
    "list_rows_single": _many(_AS_IN_EXAMPLE, _fault("rows_as_object", shape="single")),
    "person_list_rows": _person,
    "list_persons": _person,
    "allocate_exhausted": lambda sandbox: sandbox.store.reserve_id("number", 99_999),
    "save_ok_done": _many(_DRAFT, _policy(ok_text="客户添加完成")),
    "save_ok_english": _many(_DRAFT, _policy(ok_text="success")),
    "save_msgid": _DRAFT,
    "save_ov1": _DRAFT,
    "list_ov1": _AS_IN_EXAMPLE,
    "list_rows_thousands": _many(_AS_IN_EXAMPLE, _policy(thousands=True)),
    "list_rows_value_id": _many(_AS_IN_EXAMPLE, _fault("rows_as_object", shape="value_id")),
    "unicode_body": _AS_IN_EXAMPLE,
    "closed_page": _policy(closed=["salesmanage/custom/list"]),
    "detail_entities": _many(_odd_name, _policy(entities=True)),
    "read_entities": _many(_odd_name, _policy(entities=True)),
    "frozen": lambda sandbox: sandbox.store.freeze(1),
    "html_500": _fault("html_500"),
    "html_page": _fault("html_200"),
    "empty_body": _fault("empty_body"),
    "control_chars": _many(_dear, _TWO_LINES, lambda sandbox: sandbox.faults.arm(["control_chars", "bom"])),
    "unavailable": _fault("unavailable", seconds=30),
    "ok_not_stored": _many(_DRAFT, _fault("ok_not_stored")),
    "apply": _POOL,
    "approve": _WAITS,
    "review": _WAITS,
    "unprotect": _sql("UPDATE customer SET protected = 1 WHERE ord = 1207"),
    "list_contracts": _contract,
    "read_contract": _dear,
    "inventory": _many(_stock, _policy(v3_captions=True)),
    "inventory_ids": _many(_stock, _policy(v3_columns=["Title", "Order1", "Num2", "Ku"])),
    "list_users": _USERS,
    "list_users_objects": _many(_USERS, _policy(v3_columns=["ord", "username", "name"]), _fault("rows_as_object")),
    "add_customer": _NOBODY,
    "add_customer_ids": _many(_NOBODY, _policy(v3_ids=True)),
    "add_customer_silent": _many(_NOBODY, _policy(texts={"add_customer": ""})),
    "add_refused_duplicate": _SAME_KHID,
    "helper_expired": _many(_sql("DELETE FROM session"), _policy(v3_helper=True)),
    "server_error": _fault("script_error"),
    "success_false": _policy(closed=["sales/customer/add"]),
    "list_products": _product,
    "list_contact_book": _USERS,
    "list_follow_ups": _follow_ups,
}
"""Case -> how the ERP comes to be as the case has it; the same in every folder."""

VOLATILE = {"session", "Date", "Server", "Content-Length"}


FOLDERS = sorted(path.name for path in FOLDER.iterdir() if path.is_dir() and cases(path.name))
CASES = [(folder, case) for folder in FOLDERS for case in cases(folder)]


def replay(golden: Golden) -> bytes:
    with running() as sandbox:
        sandbox.store.add_customers([OTHER, UNIT])
        sandbox.store.open_session(1, "fixedserial01", SESSION)
        if golden.case in PREPARE:
            PREPARE[golden.case](sandbox)
        return exchange_raw(sandbox, golden.request_bytes)


def missing(wanted: Any, said: Any, place: str = "") -> list[str]:
    """Where `said` does not say what `wanted` says. Objects and lists of things with an id may say more."""
    if isinstance(wanted, dict) and isinstance(said, dict):
        gone = [f"{place}.{key}: missing" for key in wanted if key not in said]
        both = [key for key in wanted if key in said and key not in VOLATILE]
        return gone + [line for key in both for line in missing(wanted[key], said[key], f"{place}.{key}")]
    if isinstance(wanted, list) and isinstance(said, list):
        if wanted and isinstance(wanted[0], dict) and "id" in wanted[0]:
            return missing(_by_id(wanted), _by_id(said), place)
        if len(wanted) != len(said):
            return [f"{place}: {len(wanted)} entries wanted, {len(said)} said"]
        pairs = enumerate(zip(wanted, said, strict=True))
        return [line for n, (one, other) in pairs for line in missing(one, other, f"{place}[{n}]")]
    return [] if wanted == said and type(wanted) is type(said) else [f"{place}: {wanted!r} != {said!r}"]


def _by_id(entries: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {entry["id"]: entry for entry in entries}


def _loads(body: bytes) -> Any:
    return json.loads(body.decode("utf-8-sig"), strict=False)


@pytest.mark.parametrize(("folder", "case"), CASES)
def test_it_answers_a_golden_request_as_the_fact_sheet_says(folder: str, case: str) -> None:
    golden = load(case, folder)
    said = Golden(case, golden.request_bytes, replay(golden))
    assert said.status == golden.status
    page = golden.response_body.startswith(b"<")
    unlike = VOLATILE | ({"Content-Type"} if page and folder == "v3" else set())
    wanted_headers = {name: value for name, value in golden.response_headers if name not in unlike}
    assert not missing(wanted_headers, dict(said.response_headers))
    if golden.response_body.lstrip(b"\xef\xbb\xbf").startswith(b"{"):
        assert not missing(_loads(golden.response_body), _loads(said.response_body))
    else:
        assert said.response_body[:8] == golden.response_body[:8]


def test_control_characters_and_the_mark_really_are_on_the_wire() -> None:
    said = Golden("", b"", replay(load("control_chars"))).response_body
    assert said.startswith(b"\xef\xbb\xbf{")
    assert "要两台样机\n下周回电".encode() in said
    with pytest.raises(json.JSONDecodeError):
        json.loads(said.decode("utf-8-sig"))


@pytest.mark.parametrize(
    ("wanted", "said", "places"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, 0),
        ({"a": 1}, {"a": "1"}, 1),
        ({"a": [1, 2]}, {"a": [1]}, 1),
        ([{"id": "x", "v": 1}], [{"id": "y", "v": 2}, {"id": "x", "v": 1}], 0),
        ([{"id": "x"}], [{"id": "y"}], 1),
    ],
)
def test_the_comparison_can_fail(wanted: Any, said: Any, places: int) -> None:
    assert len(missing(wanted, said)) == places


def test_the_files_have_the_lengths_they_say() -> None:
    for folder, case in CASES:
        golden = load(case, folder)
        stated = {name.lower(): value for name, value in golden.response_headers}["content-length"]
        assert int(stated) == len(golden.response_body), case
        assert golden.request_line.endswith(" HTTP/1.1")
        assert f"Content-Length: {len(golden.request_body)}\r\n".encode() in golden.request_bytes
