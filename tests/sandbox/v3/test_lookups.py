"""What can be read: users, stock and contracts, in the flat dialect and in the lists, and how they hang together."""

import json
from typing import Any

import pytest

from tests.sandbox.caller import REFRESH, ROOT
from tests.sandbox.engine import document
from tests.sandbox.v3.flat import CONTRACT, STOCK, USERS, Flat
from zbsync.sandbox.people import customers, goods

CONTRACTS = ROOT + "salesmanage/contract/billlist.asp"
PRODUCTS = ROOT + "salesmanage/product/billlist.asp"
BOOK = ROOT + "officemanage/businesscard/list.asp"


@pytest.fixture(scope="module")
def flat() -> Flat:
    return Flat(customers=60, seed=3)


def listed(flat: Flat, path: str, **filters: Any) -> list[dict[str, str]]:
    table = document(flat.post(path, REFRESH, **filters))["body"]["source"]["table"]
    return [dict(zip([column["id"] for column in table["cols"]], row, strict=True)) for row in table["rows"]]


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({}, ["周敏", "吴磊", "郑洁", "孙悦"]),
        ({"userstatus": 1}, ["周敏", "吴磊", "孙悦"]),
        ({"userstatus": 2}, ["郑洁"]),
        ({"name": "敏"}, ["周敏"]),
        ({"username": "wu"}, ["吴磊"]),
        ({"orgsid": 2}, ["周敏", "吴磊"]),
        ({"page_size": 3, "page_index": 2}, ["孙悦"]),
        ({"page_size": 3, "page_index": 3}, []),
        ({"nobody_knows": "this"}, ["周敏", "吴磊", "郑洁", "孙悦"]),
    ],
)
def test_users_are_those_of_the_department_tree(flat: Flat, filters: dict[str, Any], names: list[str]) -> None:
    assert [row["name"] for row in flat.table(USERS, **filters)] == names


def test_a_user_has_a_number_a_department_and_a_state(flat: Flat) -> None:
    answer = flat.ask(USERS, {"page_size": 3})
    assert answer["Page"] == {"RecordCount": 4, "PageSize": 3, "PageIndex": 1, "PageCount": 2}
    assert answer["Cols"] == ["ord", "username", "ygid", "name", "status", "orgsid", "partname"]
    assert answer["Rows"][0] == [63, "zhoumin", "Y063", "周敏", "在职", 2, "销售一部"]


def test_columns_may_be_headed_by_captions() -> None:
    flat = Flat()
    flat.store.set_policy(v3_captions=True)
    assert flat.ask(USERS)["Cols"][:4] == ["用户ID", "登录名", "员工编号", "姓名"]
    assert flat.table(STOCK)[0]["产品名称"] == "立式加工中心A-2"
    assert flat.table(STOCK)[0]["可用数量"] == "7.00", "and numbers are text"
    flat.store.set_policy(v3_captions=False, v3_columns=["Title", "Num2"])
    assert flat.table(STOCK)[0] == {"Title": "立式加工中心A-2", "Num2": 7}


def test_without_a_hit_no_column_is_named(flat: Flat) -> None:
    answer = flat.ask(STOCK, {"title": "没有"})
    assert (answer["Cols"], answer["Rows"], answer["Page"]["PageCount"]) == ([], [], 0)


@pytest.mark.parametrize("page", [{"page_size": 0}, {"page_index": -1}, {"page_size": "many"}])
def test_pages_that_make_no_sense_are_refused(flat: Flat, page: dict[str, Any]) -> None:
    assert flat.told(USERS, **page)[0] in {300, 500}


def test_only_what_is_in_stock_is_in_the_summary(flat: Flat) -> None:
    products = {row["cpbh"]: row for row in goods.products()}
    rows = flat.table(STOCK, page_size=500)
    assert {row["Order1"] for row in rows} == {number for number, row in products.items() if row["stock"]}
    assert 0 < len(rows) < len(products)
    assert all(row["KYNum"] == row["Num2"] == products[row["Order1"]]["stock"] for row in rows)


@pytest.mark.parametrize(
    ("filters", "count"),
    [({"title": "法兰"}, 2), ({"order1": "CP0002"}, 1), ({"type1": "B-10"}, 6), ({"cpfl": 44}, 5), ({"cks": 2}, 0)],
)
def test_stock_is_found_by_name_number_model_and_group(flat: Flat, filters: dict[str, Any], count: int) -> None:
    assert len(flat.table(STOCK, **filters)) == count


def test_number_zero_is_an_empty_contract_and_an_unknown_one_none_at_all(flat: Flat) -> None:
    empty = flat.ask(CONTRACT, {"ord": 0})
    assert (empty["Code"], empty["Data"]["Ord"], empty["Data"]["contractlist"]) == (200, 0, [])
    assert flat.told(CONTRACT, ord=4711) == (300, "单据不存在")


def test_a_contract_says_the_same_in_the_list_and_alone(flat: Flat) -> None:
    rows = listed(flat, CONTRACTS, pagesize=500)
    assert len(rows) > 10
    for row in rows:
        data = flat.ask(CONTRACT, {"ord": int(row["ord"])})["Data"]
        assert (data["Title"], data["khmc"], data["xsry"]) == (row["title"], row["khmc"], row["xsry"])
        assert f"{data['MoneyAll']:,.2f}" == row["moneyall"]
        assert data["MoneyAll"] == sum(line["Num"] * line["Price"] for line in data["contractlist"])


def test_contracts_belong_to_customers_that_bought(flat: Flat) -> None:
    bought = {row["ord"] for row in flat.store.customers() if row["cat"] == 4}
    with_contract = {row["company"] for row in flat.store.rows("SELECT company FROM contract")}
    assert with_contract == bought
    for ord_ in sorted(bought):
        row = flat.store.record(ord_)
        assert row is not None
        of_one = listed(flat, CONTRACTS, datatype="tel", ord=ord_)
        assert [one["khmc"] for one in of_one] == [row["name"]] * (2 if row["sort1"] == "4,13" else 1)


@pytest.mark.parametrize(
    ("filters", "fits"),
    [
        ({"htbh": "HT2025"}, lambda row: "HT2025" in row["htid"]),
        ({"htfl": "服务合同"}, lambda row: row["htfl"] == "服务合同"),
        ({"htzt": "待审批"}, lambda row: row["spzt"] == "待审批"),
        ({"dateQD_0": "2025-09-01"}, lambda row: row["dateQD"] >= "2025-09-01"),
        ({"dateQD_1": "2025-09-01"}, lambda row: row["dateQD"] <= "2025-09-01"),
        ({"htmoney_0": "100000"}, lambda row: float(row["moneyall"].replace(",", "")) >= 100_000),
        ({"moneyall_1": "100000"}, lambda row: float(row["moneyall"].replace(",", "")) <= 100_000),
        ({"cateid": "63"}, lambda row: row["xsry"] == "周敏"),
        ({"searchKey": "有限公司"}, lambda row: "有限公司" in row["khmc"] + row["title"]),
    ],
)
def test_contract_filters_find_what_fits_and_nothing_else(flat: Flat, filters: dict[str, Any], fits: Any) -> None:
    everything = listed(flat, CONTRACTS, pagesize=500)
    found = listed(flat, CONTRACTS, pagesize=500, **filters)
    assert [row["ord"] for row in found] == [row["ord"] for row in everything if fits(row)]
    assert found


def test_money_has_separators_and_an_amount_that_is_none_breaks_the_page(flat: Flat) -> None:
    assert any("," in row["moneyall"] for row in listed(flat, CONTRACTS))
    said = document(flat.post(CONTRACTS, REFRESH, htmoney_0="很多"))
    assert said["body"]["message"]["text"].startswith("服务器异常")


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({"idProductClass": "43"}, 6),
        ({"txm": "6900000000001"}, 1),
        ({"searchKey": "机床"}, 6),
        ({}, 20),
        ({"pagesize": 500}, 24),
        ({"cpname": "电机"}, 3),
        ({"cpbh": "CP0024"}, 1),
        ({"ords": "301,302"}, 2),
    ],
)
def test_all_products_are_listed_with_or_without_stock(flat: Flat, filters: dict[str, Any], count: int) -> None:
    found = listed(flat, PRODUCTS, **filters)
    assert len(found) == count
    assert all(json.loads(row["units"]) for row in found)


def test_the_contact_book_begins_with_number_and_name_and_is_open_to_all(flat: Flat) -> None:
    table = document(flat.post(BOOK, REFRESH, pagesize=2000))["body"]["source"]["table"]
    assert [row[:2] for row in table["rows"]] == [["63", "周敏"], ["64", "吴磊"], ["65", "郑洁"], ["71", "孙悦"]]
    flat.store.set_policy(blind=["demo"])
    assert len(listed(flat, BOOK)) == 4
    assert listed(flat, CONTRACTS) == listed(flat, PRODUCTS) == flat.table(STOCK) == []
    assert flat.told(CONTRACT, ord=701)[0] == 300
    flat.store.set_policy(blind=[])


def test_the_same_seed_sells_the_same() -> None:
    known = [one | {"ord": str(n)} for n, one in enumerate(customers(5, 80))]
    assert goods.contracts(5, list(known)) == goods.contracts(5, list(known))
    assert goods.contracts(5, list(known)) != goods.contracts(6, list(known))
    assert goods.contracts(5, []) == ([], [])
