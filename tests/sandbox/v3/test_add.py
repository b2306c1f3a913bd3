"""Adding in the flat dialect: names become numbers, no id comes back, and what is wrong is said with Code 300."""

from typing import Any

import pytest

from tests.sandbox.v3.flat import ADD, INDIVIDUAL, UNIT, Flat

FULL = {
    "khid": "WX0001",
    "ly": "网站注册",
    "trade": "机械制造",
    "jz": "很高",
    "area": "华东/江苏/南京",
    "credit": "A",
    "url": "demo.example",
    "hk_xz": "30.5",
    "pernum1": 10,
    "pernum2": 50,
    "address": "人民路1号",
    "zip": 210000,
    "faren": "赵六",
    "zijin": 500,
    "product": "简介",
    "c2": "现状",
    "c3": "前景",
    "c4": "策略",
    "intro": "备注",
    "bank_1": "示例银行",
    "bank2_3": "6222",
    "fkdays": 30,
    "fkdate": 15,
    "sex": "男",
    "year1": "1988-02-03",
    "part1": "采购部",
    "job": "主管",
    "phone": "023-60000001-12",
    "fax": "02360000002",
    "mobile": "13800000000",
    "email": "w@mail.example",
    "qq": 10001,
    "weixinAcc": "wx_demo",
    "msn": "m",
    "jg": "重庆",
}


@pytest.fixture
def flat() -> Flat:
    return Flat()


def test_a_full_form_is_kept_with_numbers_where_it_had_names(flat: Flat) -> None:
    ord_ = flat.add(**FULL)
    row = flat.store.record(ord_)
    assert row is not None
    kept = {name: str(row[name]) for name in FULL}
    named = {"ly": "171", "trade": "966", "jz": "175", "area": "221"}
    assert kept == {name: str(value) for name, value in FULL.items()} | named
    assert (row["sort1"], row["cat"], row["stage"], row["intsort"], row["creator"]) == ("3,7", 3, 7, 1, 1)
    assert row["person_name"] == "王工"


def test_the_answer_names_no_id(flat: Flat) -> None:
    assert flat.ask(ADD, UNIT) == {"Code": 200, "Msg": "操作成功"}
    [seen] = flat.store.log()
    assert (seen.effect, seen.ord) == ("created", 1201)


def test_said_twice_it_is_there_twice(flat: Flat) -> None:
    for _ in range(2):
        flat.ask(ADD, UNIT)
    assert [row["name"] for row in flat.store.customers()] == ["示例公司", "示例公司"]


def test_there_is_no_draft_and_the_number_is_the_rules_own(flat: Flat) -> None:
    flat.add()
    assert flat.store.customers(drafts=True) == []
    assert flat.store.customers()[0]["khid"] == "KH00001"
    flat.store.set_policy(khid_prefilled=False)
    flat.add(name="无号")
    assert flat.store.customers()[1]["khid"] == ""


def test_an_individual_is_its_own_person_and_without_a_name_for_it_gets_no_person_fields(flat: Flat) -> None:
    flat.ask(ADD, INDIVIDUAL | {"mobile": "13800000000"})
    flat.ask(ADD, INDIVIDUAL | {"name": "王五", "person_name": "王五", "mobile": "13800000001"})
    rows = [(row["person_name"], row["mobile"], row["intsort"]) for row in flat.store.customers()]
    assert rows == [("李四", "", 2), ("王五", "13800000001", 2)]


@pytest.mark.parametrize("name", ["sort2", "name", "sort", "sort1", "person_name"])
@pytest.mark.parametrize("empty", [None, "", "  "])
def test_what_is_starred_is_required(flat: Flat, name: str, empty: str | None) -> None:
    code, text = flat.told(ADD, **UNIT | {name: empty})
    assert (code, text.endswith("不能为空")) == (300, True)
    assert flat.store.customers() == []
    assert flat.effects() == ["refused"]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"sort2": 3}, "客户类型不正确"),
        ({"name": "长" * 101}, "客户名称长度不能超过100"),
        ({"intro": "长" * 4001}, "备注长度不能超过4000"),
        ({"mobile": "138 0000 0000"}, "手机格式不正确"),
        ({"mobile": "23800000000"}, "手机格式不正确"),
        ({"mobile": "1380000000"}, "手机格式不正确"),
        ({"phone": "电话"}, "办公电话格式不正确"),
        ({"fax": "12"}, "传真格式不正确"),
        ({"zip": "4000000"}, "邮编格式不正确"),
        ({"qq": "q1"}, "QQ格式不正确"),
        ({"email": "a.example"}, "电子邮件格式不正确"),
        ({"zijin": "123456789"}, "注册资本格式不正确"),
        ({"hk_xz": "100.5"}, "到款限制格式不正确"),
        ({"fkdays": 366}, "付款周期格式不正确"),
        ({"fkdate": 32}, "付款日期格式不正确"),
        ({"sort": "潜在客户"}, "客户分类不存在"),
        ({"sort1": "首次成交"}, "跟进程度不存在"),
        ({"ly": "抖音"}, "客户来源不存在"),
        ({"ly": "171"}, "客户来源不存在"),
        ({"trade": "采矿"}, "客户行业不存在"),
        ({"jz": "极高"}, "价值评估不存在"),
        ({"area": "华东/重庆"}, "客户区域不存在"),
        ({"cateName": "钱七"}, "销售人员不存在"),
        ({"cateName": "郑洁"}, "销售人员不存在"),
        ({"Cateadd": "钱七"}, "添加人员不存在"),
        ({"reply": "谈过", "sort98": "微信"}, "跟进方式不存在"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_stored(flat: Flat, change: dict[str, Any], text: str) -> None:
    assert flat.told(ADD, **UNIT | change) == (300, text)
    assert (flat.store.customers(), flat.store.follow_ups()) == ([], [])


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("华东/江苏/南京", "221"),
        ("华东 江苏 南京", "221"),
        ("华东江苏南京", "221"),
        ("华东,江苏,南京", "221"),
        ("华东-江苏", "22"),
        ("华东", "20"),
        ("南京", "221"),
        ("", ""),
    ],
)
def test_an_area_is_its_path_of_names(flat: Flat, written: str, number: str) -> None:
    assert flat.store.customers() == []
    flat.add(area=written)
    assert flat.store.customers()[0]["area"] == number


def test_some_versions_take_numbers_too(flat: Flat) -> None:
    flat.store.set_policy(v3_ids=True)
    flat.add(sort="3", sort1="8", ly="172", area="221")
    row = flat.store.customers()[0]
    assert (row["sort1"], row["ly"], row["area"]) == ("3,8", "172", "221")


def test_salesman_creator_and_date_come_by_name_and_as_given(flat: Flat) -> None:
    ord_ = flat.add(cateName="周敏", Cateadd="吴磊", Date1="2025-03-01 08:30:00")
    row = flat.store.record(ord_)
    assert row is not None
    assert (row["cateid"], row["creator"], row["date1"]) == (63, 64, "2025-03-01 08:30:00")
    assert flat.told(ADD, **UNIT | {"Date1": "昨天"})[0] == 500


@pytest.mark.parametrize(("method", "number"), [("电话", 481), ("", 484)])
def test_what_was_talked_about_becomes_a_follow_up(flat: Flat, method: str, number: int) -> None:
    ord_ = flat.add(reply="电话里谈过价", sort98=method)
    [row] = flat.store.follow_ups(company=ord_)
    assert (row["intro"], row["sort"], row["datatype"]) == ("电话里谈过价", number, "tel")


@pytest.mark.parametrize(
    ("rule", "change", "text"),
    [
        ({"khid": "enter"}, {"khid": "WX1"}, "客户编号重复"),
        ({"name": "enter"}, {}, "客户名称重复"),
        ({"mobile": "enter"}, {"mobile": "13800000000"}, "手机重复"),
        ({"email": "enter"}, {"email": "w@mail.example"}, "电子邮件重复"),
        ({"weixinAcc": "enter"}, {"weixinAcc": "wx_1"}, "微信重复"),
    ],
)
def test_duplicates_are_refused_where_the_rule_blocks(
    flat: Flat, rule: dict[str, str], change: dict[str, str], text: str
) -> None:
    flat.add(khid="WX1", mobile="13800000000", email="w@mail.example", weixinAcc="wx_1")
    flat.store.set_policy(duplicates=rule)
    assert flat.told(ADD, **UNIT | change) == (300, text)
    flat.store.set_policy(duplicates=dict.fromkeys(rule, "point"))
    assert flat.told(ADD, **UNIT | change)[0] == 200


def test_the_installation_may_ask_for_more(flat: Flat) -> None:
    flat.store.set_policy(required=["ly"], v3_required=["address"])
    assert flat.told(ADD, **UNIT) == (300, "客户来源不能为空")
    assert flat.told(ADD, **UNIT, ly="网站注册") == (300, "客户地址不能为空")
    assert flat.told(ADD, **UNIT, ly="网站注册", address="人民路1号")[0] == 200


def test_a_new_customer_may_have_to_wait_for_review_here_too(flat: Flat) -> None:
    flat.store.set_policy(review_new=True)
    row = flat.store.record(flat.add())
    assert row is not None
    assert row["waiting"] == "new"


def test_a_protected_name_is_refused(flat: Flat) -> None:
    flat.store.protect(flat.add())
    flat.store.set_policy(protect_names=True)
    assert flat.told(ADD, **UNIT) == (300, "同名客户已被保护")
