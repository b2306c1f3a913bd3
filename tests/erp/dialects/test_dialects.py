"""One suite of asks over all dialects: each says what its golden bytes say, and understands what they answer."""

import json
from typing import Any

import pytest

from tests.erp.dialects.asks import ASKS, Ask
from tests.erp.support import SESSION, config, golden
from tests.wire import Golden, cases, load
from zbsync.erp import errors
from zbsync.erp.catalogue import ACTS, OPERATIONS
from zbsync.erp.commands import Act, ListRows, ReadCustomer, ReadForm, ReadOptions, ReadTree, SaveCustomer
from zbsync.erp.dialects.base import Call, Dialect
from zbsync.erp.dialects.choice import DIALECTS

FOLLOW_UPS = {
    "legacy": "/sysa/mobilephone/systemmanage/replylist.asp",
    "ov1": "/webapi/v3/ov1/systemmanage/replylist",
}


def dialect(name: str, **settings: Any) -> Dialect:
    return DIALECTS[name](config(**{"follow_up_list": FOLLOW_UPS.get(name, "")} | settings))


SPOKEN = {name: dialect(name) for name in DIALECTS}
SAID = [
    pytest.param(name, ask, *where, id=f"{name}-{title}")
    for title, ask in ASKS.items()
    for name, where in ask.golden.items()
]


def head_of(request: Golden, name: str) -> str:
    """One header of a golden request, "" when it has none."""
    lines = request.request_bytes.split(b"\r\n\r\n", 1)[0].decode("ascii").split("\r\n")[1:]
    return next((line.partition(":")[2].strip() for line in lines if line.lower().startswith(f"{name}:")), "")


def said_in(body: bytes) -> Any:
    """The document with its values as text: the ERP takes 1207 and "1207" alike. The order of fields means nothing."""
    document = json.loads(body)
    if "datas" not in document:
        return {name: str(value) for name, value in document.items()}
    return document | {"datas": {data["id"]: str(data["val"]) for data in document["datas"]}}


@pytest.mark.parametrize(("name", "ask", "folder", "case"), SAID)
def test_it_says_what_the_golden_request_says(name: str, ask: Ask, folder: str, case: str) -> None:
    request, wanted = ask.put(SPOKEN[name]).encode(SESSION), load(case, folder)
    assert f"{request.method} {request.path} HTTP/1.1".lower() == wanted.request_line.lower()
    assert said_in(request.body) == said_in(wanted.request_body)
    assert request.headers.get("ZBAPI-Token", "") == head_of(wanted, "zbapi-token")


@pytest.mark.parametrize(("name", "ask", "folder", "case"), SAID)
def test_it_understands_the_golden_answer(name: str, ask: Ask, folder: str, case: str) -> None:
    assert ask.look(ask.put(SPOKEN[name]).decode(golden(case, folder))) == ask.told


@pytest.mark.parametrize(("name", "ask", "folder", "case"), SAID)
def test_a_call_is_a_write_where_the_catalogue_says_so(name: str, ask: Ask, folder: str, case: str) -> None:
    call = ask.put(SPOKEN[name])
    request = call.encode(SESSION)
    assert call.write is request.write is OPERATIONS[request.operation].write


SAVE = SaveCustomer("unit", 1207, {"name": "甲"})
FIND = ListRows("list_customers")
CALLS: dict[str, Any] = {
    "save": lambda spoken: spoken.save(SAVE),
    "read": lambda spoken: spoken.read(ReadCustomer(1207)),
    "find": lambda spoken: spoken.rows(FIND),
    "person": lambda spoken: spoken.form(ReadForm("read_person", 988)),
    "save_person": lambda spoken: spoken.act(Act("save_person", None, {"company": "1207"})),
    "assign": lambda spoken: spoken.act(Act("assign", 1207, {"member1": "0"})),
    "follow_up": lambda spoken: spoken.act(Act("follow_up_customer", 1207, {"intro": "x"})),
    "add": lambda spoken: spoken.save(SaveCustomer("unit", None, {"name": "甲"})),
    "users": lambda spoken: spoken.rows(ListRows("list_users")),
    "contract": lambda spoken: spoken.form(ReadForm("read_contract", 501)),
}
UNKIND: dict[str, dict[str, tuple[str, type[errors.ErpError], str]]] = {
    "operations": {
        "save_person_refused": ("save_person", errors.Refused, "联系人姓名不能为空"),
        "read_person_deleted": ("person", errors.Absent, "单据已被删除"),
        "follow_up_gone": ("follow_up", errors.Absent, "单据已被删除"),
        "assign_refused": ("assign", errors.Refused, "指派用户不能为空"),
        "script_error": ("follow_up", errors.ScriptError, "类型不匹配"),
        "expired_act": ("assign", errors.Expired, "登录超时"),
    },
    "ov1": {
        "save_person_refused": ("save_person", errors.Refused, "联系人姓名不能为空"),
        "read_person_deleted": ("person", errors.Absent, "单据已被删除"),
        "follow_up_gone": ("follow_up", errors.Absent, "单据已被删除"),
        "assign_refused": ("assign", errors.Refused, "指派用户不能为空"),
        "script_error": ("follow_up", errors.ScriptError, "类型不匹配"),
        "expired_act": ("assign", errors.Expired, "登录超时"),
        "expired": ("find", errors.Expired, "登录超时"),
        "frozen": ("find", errors.Expired, "login page"),
        "html_500": ("find", errors.ServerFault, "HTTP 500"),
        "html_page": ("find", errors.NotJSON, "客户列表"),
        "empty_body": ("save", errors.EmptyAnswer, ""),
        "not_found": ("find", errors.WrongPath, "HTTP 404"),
        "closed_page": ("find", errors.Refused, "该功能未开启"),
        "list_skeleton": ("find", errors.UnknownAnswer, "'report'"),
        "save_refused_khid": ("save", errors.Duplicate, "相同客户编号已存在"),
        "save_refused_required": ("save", errors.Refused, "客户名称不能为空"),
        "save_script_error": ("save", errors.ScriptError, "下标越界"),
        "read_customer_deleted": ("read", errors.Absent, "单据已被删除"),
    },
}
UNKIND["v3"] = {
    "add_refused_duplicate": ("add", errors.Duplicate, "客户编号重复"),
    "add_refused_required": ("add", errors.Refused, "客户名称不能为空"),
    "add_refused_option": ("add", errors.Refused, "客户来源不存在"),
    "edit_gone": ("save", errors.Absent, "客户不存在"),
    "expired": ("add", errors.Expired, "token验证失败"),
    "expired_users": ("users", errors.Expired, "token验证失败"),
    "helper_expired": ("add", errors.Expired, "token验证失败"),
    "server_error": ("add", errors.ScriptError, "未将对象引用"),
    "success_false": ("add", errors.Refused, "该功能未开启"),
    "html_500": ("add", errors.ServerFault, "HTTP 500"),
    "html_page": ("add", errors.NotJSON, "客户列表"),
    "empty_body": ("add", errors.EmptyAnswer, ""),
    "not_found": ("add", errors.WrongPath, "HTTP 404"),
    "read_contract_template": ("contract", errors.UnknownAnswer, "asked for 501, got 0"),
    "read_contract_gone": ("contract", errors.Absent, "单据不存在"),
}
SPEAKER = {"operations": "legacy"}
WRONG = [
    pytest.param(folder, case, *told, id=f"{folder}-{case}")
    for folder, known in UNKIND.items()
    for case, told in known.items()
]


@pytest.mark.parametrize(("folder", "case", "call", "leaf", "says"), WRONG)
def test_an_unkind_answer_raises_what_it_means(
    folder: str, case: str, call: str, leaf: type[errors.ErpError], says: str
) -> None:
    asked: Call[Any] = CALLS[call](SPOKEN[SPEAKER.get(folder, folder)])
    with pytest.raises(leaf) as caught:
        asked.decode(golden(case, folder))
    assert type(caught.value) is leaf
    assert says in caught.value.message


ODD: dict[str, tuple[str, Any, Any]] = {
    "list_rows_value": ("find", lambda page: [row["ord"] for row in page.rows], ["1207", "1206"]),
    "list_rows_plain": ("find", lambda page: [row["ord"] for row in page.rows], ["1207", "1206"]),
    "list_rows_single": ("find", lambda page: [row["ord"] for row in page.rows], ["1207"]),
    "list_rows_thousands": ("find", lambda page: [row["ord"] for row in page.rows], ["1207"]),
    "control_chars": ("read", lambda record: record.values["name"], "渝北示例机械有限公司"),
    "read_entities": ("read", lambda record: record.values["name"], '甲&乙 <示例> "机械"'),
    "ok_not_stored": ("save", str, "保存成功！"),
}


@pytest.mark.parametrize("case", ODD)
def test_an_odd_answer_of_the_twin_is_read_all_the_same(case: str) -> None:
    call, look, told = ODD[case]
    assert look(CALLS[call](SPOKEN["ov1"]).decode(golden(case, "ov1"))) == told


def test_no_golden_answer_is_forgotten() -> None:
    shown = {where for ask in ASKS.values() for where in ask.golden.values()}
    shown |= {(folder, case) for folder, known in UNKIND.items() for case in known}
    shown |= {("ov1", case) for case in (*ODD, "login", "logout")}
    shown |= {("v3", case) for case in ("add_customer_ids", "control_chars")}  # see test_v3
    assert {(folder, case) for folder in ("operations", "ov1", "v3") for case in cases(folder)} <= shown


def test_every_act_is_asked_by_somebody() -> None:
    asked = {ask.put(SPOKEN["legacy"]).encode(SESSION).operation for ask in ASKS.values() if "legacy" in ask.golden}
    assert asked >= ACTS


@pytest.mark.parametrize("name", ["legacy", "ov1"])
@pytest.mark.parametrize(
    ("put", "says"),
    [
        (lambda spoken: spoken.act(Act("save_unit", 1, {})), "'save_unit' is no act; use apply, approve"),
        (lambda spoken: spoken.act(Act("assign", 1, {"member3": "1"})), "assign has no field member3"),
        (lambda spoken: spoken.act(Act("protect", 1, {"why": "x"})), "protect has no field why"),
        (lambda spoken: spoken.rows(ListRows("list_products", {"colour": "red"})), "has no filter colour"),
        (lambda spoken: spoken.rows(ListRows("list_contracts", {"pagesize": "1"})), "has no filter pagesize"),
        (lambda spoken: spoken.rows(ListRows("read_person")), "'read_person' is no list"),
        (lambda spoken: spoken.rows(ListRows("list_users")), "'list_users' is no list"),
        (lambda spoken: spoken.rows(ListRows("nothing")), "'nothing' is no list"),
        (lambda spoken: spoken.form(ReadForm("allocate_unit", 1)), "'allocate_unit' opens no form"),
        (lambda spoken: spoken.form(ReadForm("list_persons", 1)), "'list_persons' opens no form"),
        (lambda spoken: spoken.save(SaveCustomer("unit", None, {})), "None is no id; allocate one first"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_it_is_said(name: str, put: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        put(SPOKEN[name])


def test_the_twin_has_no_dictionaries() -> None:
    with pytest.raises(ValueError, match="options has no address in ov1"):
        SPOKEN["ov1"].options(ReadOptions("ly"))
    with pytest.raises(ValueError, match="tree_stage has no address in ov1"):
        SPOKEN["ov1"].tree(ReadTree("stage"))


def test_another_person_than_asked_for_is_unknown() -> None:
    with pytest.raises(errors.UnknownAnswer, match="asked for 5, got 988"):
        SPOKEN["legacy"].form(ReadForm("read_person", 5)).decode(golden("read_person", "operations"))


def test_a_person_without_raw_values_is_unknown() -> None:
    shown = golden("read_person", "operations").body.replace('"value":"王工"'.encode(), b'"value":""')
    with pytest.raises(errors.UnknownAnswer, match="not in edit mode"):
        SPOKEN["legacy"].form(ReadForm("read_person", 988)).decode(golden("read_person", "operations", shown))


def test_a_refusal_of_an_act_names_the_field_by_its_own_caption() -> None:
    with pytest.raises(errors.Refused) as caught:
        CALLS["assign"](SPOKEN["legacy"]).decode(golden("assign_refused", "operations"))
    assert caught.value.fields == ("member2",)


@pytest.mark.parametrize("name", ["legacy", "ov1"])
def test_a_list_nobody_documents_needs_its_address(name: str) -> None:
    assert SPOKEN[name].has("list_follow_ups")
    bare = dialect(name, follow_up_list="")
    assert not bare.has("list_follow_ups")
    with pytest.raises(ValueError, match="list_follow_ups has no address"):
        bare.rows(ListRows("list_follow_ups", {"ord": "1207"}))


def test_an_operation_may_have_a_success_of_its_own() -> None:
    own = dialect("legacy", phrases={"assign.success": "^已转交$"})
    shown = golden("assign", "operations").body.replace("指派成功！".encode(), "已转交".encode())
    assert CALLS["assign"](own).decode(golden("assign", "operations", shown)) == "已转交"
    with pytest.raises(errors.UnknownAnswer):
        CALLS["assign"](own).decode(golden("assign", "operations"))
    assert CALLS["save"](own).decode(golden("save_ok")) == "保存成功！"


def test_the_files_have_the_lengths_they_say() -> None:
    for folder in ("operations", "ov1", "v3"):
        for case in cases(folder):
            kept = load(case, folder)
            stated = {name.lower(): value for name, value in kept.response_headers}["content-length"]
            assert int(stated) == len(kept.response_body), case
            assert head_of(kept, "content-length") == str(len(kept.request_body)), case
            assert head_of(kept, "host") == "erp.example", case


def test_the_session_travels_in_the_body_of_both_twins() -> None:
    for name, ask in ((name, ask) for ask in ASKS.values() for name in ("legacy", "ov1") if name in ask.golden):
        request = ask.put(SPOKEN[name]).encode("s-1")
        assert json.loads(request.body)["session"] == "s-1"
        assert "s-1" not in str(request.headers) + request.path
