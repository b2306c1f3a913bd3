"""What if a rule asked for something else: judged by the real gate, exactly those whose verdict would change."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.models import make
from tests.pipeline import reviewing
from tests.pipeline.reviewing import person
from zbsync.models import Contact, GateSetting, Proposal
from zbsync.models.scope import Scope
from zbsync.pipeline import bootstrap, propose
from zbsync.pipeline.review import what_if

pytestmark = pytest.mark.django_db

PHONE = {"phone": "13800000001", "mobile": "13800000001", "phone_verified": True, "listing": "white"}


@pytest.fixture(autouse=True)
def gate() -> None:
    """The default gate and mapping, one hub, one ERP."""
    bootstrap.seed()
    reviewing.hub()
    reviewing.erp()


def contact(**values: Any) -> Contact:
    """A contact that nobody judged yet; without more it passes."""
    return reviewing.contact(**{**PHONE, "name": "王示例", "proposed_version": 0, "eligible": None, **values})


def asked(code: str, name: str, value: Any, **more: Any) -> what_if.Answer:
    propose.drain()
    answer = what_if.what_if(code, name, value, person(), **more)
    assert answer is not None
    return answer


def titles(answer: what_if.Answer) -> list[str]:
    return sorted(one.title for one in answer.moved)


def test_a_lower_score_lets_in_those_between_and_no_others() -> None:
    for score in (40.0, 54.9, 55.0, 59.9, 60.0, 80.0):
        contact(name=f"评分{score}", score=score)
    answer = asked("score", "minimum", 55.0)
    assert (answer.looser, answer.count, answer.whole) == (True, 2, True)
    assert titles(answer) == ["评分55.0", "评分59.9"]
    assert [one.findings[0].params["needs"] for one in answer.moved] == [60, 60]


def test_a_higher_score_holds_those_between() -> None:
    for score in (50.0, 60.0, 69.9, 70.0):
        contact(name=f"评分{score}", score=score)
    answer = asked("score", "minimum", 70.0)
    assert (answer.looser, answer.count) == (False, 2)
    assert titles(answer) == ["评分60.0", "评分69.9"]
    assert {one.findings[0].params["needs"] for one in answer.moved} == {70.0}


def test_who_is_held_for_another_reason_as_well_stays_held() -> None:
    contact(name="两个原因", score=57.0, phone_verified=False)
    contact(name="一个原因", score=57.0)
    assert titles(asked("score", "minimum", 55.0)) == ["一个原因"]


def test_whether_the_phone_must_be_verified() -> None:
    contact(name="未验证", phone_verified=False)
    contact(name="无电话", phone="", mobile="", phone_verified=False)
    answer = asked("phone_verified", "require_verified", False)
    assert (answer.looser, titles(answer)) == (True, ["未验证"])


def test_whether_only_the_white_list_may_go() -> None:
    for name, listing in (("白", "white"), ("灰", "gray"), ("黑", "black"), ("无", "")):
        contact(name=f"{name}名单", listing=listing)
    answer = asked("not_black_listed", "only_white", True)
    assert (answer.looser, titles(answer)) == (False, ["无名单", "灰名单"])


@pytest.mark.parametrize(("value", "looser", "found"), [(1, True, ["王"]), (3, False, ["李四", "王五"])])
def test_how_long_a_name_must_be(value: int, looser: bool, found: list[str]) -> None:
    for name in ("王", "李四", "王五", "司马相如"):
        contact(name=name)
    answer = asked("name_complete", "min_length", value)
    assert (answer.looser, titles(answer)) == (looser, found)


def test_it_says_what_would_come_of_the_change_itself() -> None:
    """The answer is the number by which the gate, changed in earnest, differs."""
    for number in range(30):
        contact(name=f"评分{number}", score=45.0 + number, phone_verified=number % 3 > 0)
    answer = asked("score", "minimum", 52.5)
    before = Contact.objects.filter(eligible=True).count()
    GateSetting.objects.filter(code="score").update(params={"minimum": 52.5})
    Contact.objects.update(proposed_version=0)
    propose.drain()
    assert Contact.objects.filter(eligible=True).count() - before == answer.count > 0


def test_nothing_is_stored() -> None:
    contact(score=57.0)
    propose.drain()
    before = list(Contact.objects.values()), list(Proposal.objects.values()), list(GateSetting.objects.values())
    asked("score", "minimum", 55.0)
    assert before == (
        list(Contact.objects.values()),
        list(Proposal.objects.values()),
        list(GateSetting.objects.values()),
    )


@pytest.mark.parametrize(
    ("code", "name", "value"),
    [
        ("score", "minimum", 60),
        ("score", "minimum", 60.0),
        ("score", "maximum", 5),
        ("odd", "minimum", 5),
        ("name_complete", "placeholders", []),
    ],
)
def test_what_is_so_already_or_is_no_setting_has_no_answer(code: str, name: str, value: Any) -> None:
    assert what_if.what_if(code, name, value, person()) is None


@pytest.mark.parametrize("value", [-1.0, 101.0])
def test_a_value_that_does_not_fit_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match=r"gate\.bad_param"):
        what_if.what_if("score", "minimum", value, person())


def test_a_rule_that_is_off_is_not_asked_about() -> None:
    GateSetting.objects.filter(code="score").update(is_enabled=False)
    assert "score" not in {code for code, _name, _value in what_if.offered(what_if.settings_now())}
    assert what_if.what_if("score", "minimum", 55.0, person()) is None


def test_time_bounds_the_looking_and_the_answer_says_so() -> None:
    for _ in range(3):
        contact(score=57.0)
    answer = asked("score", "minimum", 55.0, seconds=-1.0)
    assert (answer.whole, answer.looked, answer.count) == (False, 0, 0)


def test_a_hundred_are_named_and_all_are_counted(monkeypatch) -> None:
    monkeypatch.setattr(what_if, "SHOWN", 2)
    monkeypatch.setattr(what_if, "CHUNK", 2)
    for _ in range(5):
        contact(score=57.0)
    answer = asked("score", "minimum", 55.0)
    assert (answer.count, len(answer.moved), answer.looked) == (5, 2, 5)


def test_the_queries_do_not_grow_with_the_contacts() -> None:
    user = person()

    def cost(count: int) -> int:
        for _ in range(count):
            contact(score=57.0)
        propose.drain()
        with CaptureQueriesContext(connection) as seen:
            what_if.what_if("score", "minimum", 55.0, user)
        return len(seen)

    assert cost(1) >= cost(20) <= 3


def test_who_is_held_for_two_erps_is_counted_once(monkeypatch) -> None:
    monkeypatch.setattr(what_if, "CHUNK", 2)
    make.erp(name="second")
    for _ in range(3):
        contact(score=57.0)
    answer = asked("score", "minimum", 55.0)
    assert Proposal.objects.blocked().count() == 6
    assert (answer.count, answer.looked) == (3, 3)


def test_people_count_what_they_may_see() -> None:
    contact(score=57.0, owner="张")
    contact(score=57.0, owner="李")
    propose.drain()
    zhang = person("zhang")
    Scope.objects.create(user=zhang, owner="张")
    answer = what_if.what_if("score", "minimum", 55.0, person("zhang"))
    assert answer is not None
    assert answer.count == 1


def test_who_is_gone_from_the_hub_is_not_counted() -> None:
    contact(score=57.0)
    propose.drain()
    Contact.objects.update(deleted_at=reviewing.SOME_TIME)
    assert asked("score", "minimum", 55.0).count == 0
