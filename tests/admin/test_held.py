"""Why not, and what would it take: held contacts by reason with their values, and what another setting would do."""

import re

import pytest

from tests.admin.desk import desk, english, names, text, with_permissions
from tests.admin.people import browser
from tests.models import make
from zbsync.admin.proposal import held
from zbsync.models import GateSetting, Proposal
from zbsync.pipeline import bootstrap, propose

pytestmark = pytest.mark.django_db

HELD = "/admin/zbsync/proposal/held/"


@pytest.fixture
def world() -> None:
    """Six that the gate holds, for three reasons, and one that passes."""
    bootstrap.seed()
    make.options(make.erp())
    for score in (40.0, 56.0, 57.0, 58.0):
        make.contact(name=f"评分{score:g}", score=score)
    make.contact(name="王", score=80.0)
    make.contact(name="未验证", phone_verified=False)
    make.contact(name="张合格", score=90.0)
    propose.drain()


def links(page, words: str) -> list[str]:
    return [one.replace("&amp;", "&") for one in re.findall(rf'<a href="([^"]+)">{words}</a>', page.content.decode())]


def test_reasons_are_counted_and_each_number_leads_to_exactly_those(world: None) -> None:
    page = desk().get(HELD)
    assert page.context["held"] == 6
    first = page.context["reasons"][0]
    assert (first.label, first.count, first.share) == ("score too low", 4, "67")
    for one in page.context["reasons"]:
        assert desk().get(one.url).context["cl"].result_count == one.count


@pytest.mark.parametrize(
    ("count", "total", "told"),
    [
        (1, 100_000, "<1"),
        (1, 101, "<1"),
        (1, 100, "1"),
        (2, 3, "67"),
        (99, 100, "99"),
        (998, 1000, ">99"),
        (5, 5, "100"),
    ],
)
def test_a_share_is_not_rounded_away_and_not_up_to_all(count: int, total: int, told: str) -> None:
    assert held.share(count, total) == told


def test_a_small_share_is_told_as_less_than_one_percent(world: None) -> None:
    for number in range(300):
        make.proposal(contact=make.contact(name=f"多{number}"), state="blocked", cause="gate.score_low")
    page = text(desk().get(HELD))
    assert "<1 %" in page
    assert " 0 %" not in page


def test_examples_tell_the_actual_values_and_lead_to_their_screens(world: None) -> None:
    page = desk().get(HELD)
    assert "Score 57, needs 60." in text(page)
    (screen,) = links(page, "评分57")
    assert "评分57" in text(desk().get(screen))
    assert len(page.context["reasons"][0].examples) == 3


def test_near_misses_are_told_with_their_bounds_and_linked(world: None) -> None:
    page = desk().get(HELD)
    assert "near misses: a score from 55, and below 60" in text(page)
    assert page.context["near"] == 3
    assert len(names(desk().get(page.context["near_url"]))) == 3


def test_a_lower_score_is_answered_with_the_list(world: None) -> None:
    page = desk().get(HELD, {"ask": "score.minimum", "value": "57"})
    assert "If “lowest score” were 57: 2 contacts more may go." in text(page)
    assert [name for name, _url, _said in page.context["moved"]] == ["评分58", "评分57"]
    for _name, url, _said in page.context["moved"]:
        assert desk().get(url).status_code == 200
    assert 'value="57"' in page.content.decode()


def test_a_higher_score_is_answered_too(world: None) -> None:
    page = desk().get(HELD, {"ask": "score.minimum", "value": "95"})
    assert "1 contact fewer may go." in text(page)
    assert "what would hold it" in text(page)


def test_a_yes_or_no_is_turned_round(world: None) -> None:
    page = desk().get(HELD, {"ask": "phone_verified.require_verified"})
    assert "If “must be verified in the hub” were no: 1 contact more may go." in text(page)


@pytest.mark.parametrize("value", ["", "many", "101", "-1", "nan", "inf", "1e999"])
def test_what_is_no_fitting_number_is_told(world: None, value: str) -> None:
    page = desk().get(HELD, {"ask": "score.minimum", "value": value})
    assert (page.status_code, "Give a number 0–100." in text(page)) == (200, True)


@pytest.mark.parametrize("ask", ["odd.minimum", "score", "name_complete.placeholders", ""])
def test_a_made_up_question_is_no_question(world: None, ask: str) -> None:
    page = desk().get(HELD, {"ask": ask, "value": "5"})
    assert (page.status_code, "answer" in page.context) == (200, False)


def test_the_same_value_is_told_to_be_so(world: None) -> None:
    assert "that is what it is now." in text(desk().get(HELD, {"ask": "score.minimum", "value": "60"}))


def test_asking_changes_nothing(world: None) -> None:
    before = list(GateSetting.objects.values()), list(Proposal.objects.values())
    desk().get(HELD, {"ask": "score.minimum", "value": "10"})
    assert before == (list(GateSetting.objects.values()), list(Proposal.objects.values()))


@pytest.mark.parametrize(
    ("role", "words"),
    [("mapper", "Change the gate"), ("reviewer", "The gate's rules"), ("auditor", "The gate's rules")],
)
def test_the_gate_is_one_click_away_for_who_may(world: None, role: str, words: str) -> None:
    assert links(english(browser(role)).get(HELD), words) == ["/admin/zbsync/gatesetting/"]


def test_who_may_not_see_the_gate_gets_no_link_and_who_may_see_no_proposals_no_page(world: None) -> None:
    page = with_permissions("view_proposal").get(HELD)
    assert "gatesetting" not in page.content.decode()
    assert with_permissions("view_push").get(HELD).status_code == 403


def test_nobody_held_and_no_rule_on_is_told() -> None:
    page = text(desk().get(HELD))
    assert "The gate holds nobody back." in page
    assert "No rule of the gate is switched on." in page


def test_it_is_in_the_menu_and_in_chinese(world: None) -> None:
    assert f'href="{HELD}"' in desk().get("/admin/").content.decode()
    page = text(browser("reviewer").get(HELD, {"ask": "score.minimum", "value": "55"}))
    for words in ("未达标分析与测算", "接近达标：评分 55 起、不到 60", "会多通过 3 个联系人"):
        assert words in page


def test_it_needs_few_queries(world: None, django_assert_max_num_queries) -> None:
    client = browser("administrator")
    with django_assert_max_num_queries(35):
        client.get(HELD, {"ask": "score.minimum", "value": "55"})
