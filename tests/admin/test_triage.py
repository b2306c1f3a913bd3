"""What triage by keyboard asks of the server: the same verbs, told instead of shown; who else looks; the same case."""

from datetime import timedelta
from urllib.parse import parse_qs, urlparse

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from tests.admin.desk import LIST, decide, desk, names, reviewer, screen, text, verbs_of, with_permissions
from tests.admin.people import browser, someone
from tests.pipeline import reviewing
from zbsync.admin.proposal import presence
from zbsync.admin.proposal.alike import alike
from zbsync.models import Presence, Proposal

pytestmark = pytest.mark.django_db


def ask(client, row: Proposal, verb: str, **given):
    """As the script sends a verb."""
    told = {"verb": verb, "digest": row.digest, **given}
    return client.post(screen(row), told, headers={"X-Requested-With": "fetch"})


def state_of(row: Proposal) -> str:
    return Proposal.objects.get(pk=row.pk).state


# ---------------------------------------------------------------- the verbs, told
def test_a_decision_is_told_in_words() -> None:
    row = reviewing.proposal(title="张三")
    assert ask(desk(), row, "approve").json() == {"done": True, "told": ["Approved: 张三"]}
    assert state_of(row) == "approved"
    assert verbs_of(row) == ["proposal.approve"]


def test_it_needs_the_digest_that_was_shown() -> None:
    row = reviewing.proposal()
    answer = ask(desk(), row, "approve", digest="0" * 64).json()
    assert not answer["done"]
    assert answer["told"] == ["It changed since it was shown. Look again."]
    assert state_of(row) == "ready"


def test_declining_without_a_reason_is_refused_in_words() -> None:
    row = reviewing.proposal()
    answer = ask(desk(), row, "reject").json()
    assert (answer["done"], answer["told"]) == (False, ["Say why: choose a reason or write one."])
    assert ask(desk(), row, "reject", usual="Duplicate").json()["done"]
    assert Proposal.objects.get(pk=row.pk).reason == "Duplicate"


@pytest.mark.parametrize(("verb", "given"), [("approve", {}), ("reject", {"usual": "Duplicate"})])
def test_the_last_decision_is_taken_back(verb, given) -> None:
    row, client = reviewing.proposal(), desk()
    ask(client, row, verb, **given)
    assert ask(client, row, "undo").json()["done"]
    assert verbs_of(row)[-1] == "proposal.undo"


def test_what_was_not_decided_cannot_be_taken_back() -> None:
    answer = ask(desk(), reviewing.proposal(), "undo").json()
    assert not answer["done"]
    assert answer["told"]


def test_nothing_of_it_is_told_again_on_the_next_page() -> None:
    row, client = reviewing.proposal(title="张三"), desk()
    ask(client, row, "approve")
    assert "Approved: 张三" not in text(client.get(LIST))


def test_who_may_not_decide_is_refused_by_the_verb_too() -> None:
    row = reviewing.proposal()
    assert ask(with_permissions("view_proposal"), row, "approve").status_code == 403
    assert state_of(row) == "ready"


def test_a_form_without_the_script_gets_a_page() -> None:
    row = reviewing.proposal()
    assert decide(desk(), row, "approve").status_code == 302


# ---------------------------------------------------------------- what the pages tell the script
def test_a_row_of_the_list_carries_the_digest_it_was_shown_with() -> None:
    row = reviewing.proposal()
    assert f'data-digest="{row.digest}"' in desk().get(LIST).content.decode()


@pytest.mark.parametrize(
    ("permissions", "may"),
    [(("view_proposal",), ""), (("view_proposal", "approve_proposal"), "approve"),
     (("view_proposal", "approve_proposal", "reject_proposal"), "approve reject")],
)  # fmt: skip
def test_the_list_says_which_keys_decide(permissions, may) -> None:
    reviewing.proposal()
    assert f'data-may="{may}"' in with_permissions(*permissions).get(LIST).content.decode()


def test_the_screen_names_its_digest_its_list_and_its_verbs() -> None:
    row = reviewing.proposal()
    page = desk().get(screen(row, "state__exact%3Dready")).content.decode()
    assert f'data-digest="{row.digest}"' in page
    assert f'data-list="{LIST}?state__exact=ready"' in page
    assert "approve reject edit bind" in page.partition('data-may="')[2].partition('"')[0]


def test_what_cannot_be_approved_has_no_key_for_it() -> None:
    page = desk().get(screen(reviewing.ambiguous())).content.decode()
    assert "approve" not in page.partition('data-may="')[2].partition('"')[0].split()


@pytest.mark.parametrize("words", ["Keyboard", "approve, and on to the next", "Duplicate"])
def test_help_and_reasons_are_on_both_pages(words) -> None:
    row = reviewing.proposal()
    assert words in text(desk().get(LIST))
    assert words in text(desk().get(screen(row)))


# ---------------------------------------------------------------- who else is looking
def here(row: Proposal, who: str, ago: timedelta = timedelta()) -> Presence:
    user, _ = User.objects.get_or_create(username=who)
    return Presence.objects.create(proposal=row, user=user, at=timezone.now() - ago)


def look(client, row: Proposal, **given):
    return client.post(f"{screen(row)}?presence", given).json()["others"]


def test_who_looks_is_remembered_and_sees_only_the_others() -> None:
    row, client = reviewing.proposal(), desk()
    assert look(client, row) == ""
    here(row, "li")
    assert look(client, row) == "li is looking at this too"
    assert Presence.objects.filter(proposal=row, user=reviewer()).count() == 1


def test_looking_at_another_one_is_no_company() -> None:
    row = reviewing.proposal()
    here(reviewing.proposal(), "li")
    assert look(desk(), row) == ""


def test_who_was_not_heard_of_for_a_minute_is_gone() -> None:
    row = reviewing.proposal()
    here(row, "li", presence.LIFE + timedelta(seconds=1))
    assert look(desk(), row) == ""
    assert not Presence.objects.filter(user__username="li").exists()


def test_who_leaves_is_gone_at_once() -> None:
    row, client = reviewing.proposal(), desk()
    look(client, row)
    look(client, row, leaving="1")
    assert not Presence.objects.exists()


def test_a_crowd_is_not_listed_to_its_end() -> None:
    row = reviewing.proposal()
    for number in range(6):
        here(row, f"p{number}")
    assert look(desk(), row).count("p") == presence.NAMED


def test_it_stands_on_the_page_without_a_script_and_looking_writes_nothing() -> None:
    row = reviewing.proposal()
    here(row, "li")
    page = desk().get(screen(row))
    assert "li is looking at this too" in text(page)
    assert Presence.objects.count() == 1


def test_presence_is_no_door_for_who_may_not_look() -> None:
    row = reviewing.proposal()
    assert browser("").post(f"{screen(row)}?presence").status_code == 403
    assert not Presence.objects.filter(user=someone("")).exists()


# ---------------------------------------------------------------- the same case
def test_the_same_case_is_the_same_act_for_the_same_reasons() -> None:
    row = reviewing.proposal(channel="微信")
    twins = [reviewing.proposal(channel="微信", title=f"twin {number}") for number in range(2)]
    reviewing.proposal(channel="广告")
    reviewing.proposal(channel="微信", kind="unit")
    reviewing.proposal(channel="微信", state="superseded")
    reviewing.ambiguous(channel="微信")
    found = alike(row, reviewer())
    assert found.others == 2
    assert set(names(desk().get(found.url))) == {row.title, *(twin.title for twin in twins)}


def test_what_is_decided_has_no_same_case() -> None:
    assert alike(reviewing.proposal(state="superseded"), reviewer()).others == 0


def test_all_of_them_go_the_way_of_every_act_on_many() -> None:
    rows = [reviewing.proposal(channel="微信") for _ in range(3)]
    other = reviewing.proposal(channel="广告")
    client = desk()
    page = client.get(screen(rows[0]))
    assert "The same case 2 others" in text(page)
    asked = {"action": "reject", "select_across": "1", "index": "0", "_selected_action": rows[0].pk}
    url = alike(rows[0], reviewer()).url
    confirmation = client.post(url, asked)
    assert "Decline 3" in text(confirmation)
    client.post(url, {**asked, "confirmed": "1", "usual": "Duplicate", "shown_at": timezone.now().isoformat()})
    assert [state_of(row) for row in (*rows, other)] == ["rejected"] * 3 + ["ready"]


def test_a_case_of_its_own_offers_nothing() -> None:
    assert "The same case" not in text(desk().get(screen(reviewing.proposal())))


def test_who_may_not_decline_is_not_offered_it() -> None:
    row = reviewing.proposal()
    reviewing.proposal()
    assert "The same case" not in text(with_permissions("view_proposal").get(screen(row)))


def test_the_address_of_a_case_names_all_that_makes_it() -> None:
    query = parse_qs(urlparse(alike(reviewing.proposal(), reviewer()).url).query, keep_blank_values=True)
    assert {"state__exact", "cause__exact", "match_kind__exact", "action__exact", "kind__exact"} <= query.keys()


# ---------------------------------------------------------------- what stays is folded
def test_fields_that_stay_as_they_are_are_folded_away() -> None:
    erp = {"name": "王小明", "khid": "WX9", "mobile": "13800000001", "intro": "old"}
    row = reviewing.proposal(target_ord=11, erp_values=erp)
    page = desk().get(screen(row)).content.decode()
    told, _, folded = page.partition("stay as they are")
    assert 'id="f-intro"' in told
    assert 'id="f-mobile"' in folded
    assert 'id="f-mobile"' not in told


def test_a_field_with_something_to_say_is_never_folded() -> None:
    finding = {"code": "match.differs", "field": "mobile", "severity": "warning",
               "params": {"rule": "mobile", "ord": 11, "erp": "1", "ours": "2"}}  # fmt: skip
    erp = {"name": "王小明", "mobile": "13800000001", "intro": "old"}
    row = reviewing.proposal(target_ord=11, erp_values=erp, findings=[finding])
    told = desk().get(screen(row)).content.decode().partition('class="zb-more zb-more--table"')[0]
    assert 'id="f-mobile"' in told


def test_candidates_are_ranked_and_say_how_much_agrees() -> None:
    reviewing.record(11, name="王小明", mobile="13800000001")
    reviewing.record(12, name="李四", mobile="13800000001")
    page = text(desk().get(screen(reviewing.ambiguous())))
    assert "1 王小明" in page
    assert "2 李四" in page
    assert "2 of 5 fields agree" in page


def test_where_a_customer_must_be_chosen_the_choice_comes_first() -> None:
    first = desk().get(screen(reviewing.ambiguous())).content.decode()
    assert first.index('id="candidates"') < first.index('class="zb-desk"')
    sure = desk().get(screen(reviewing.proposal(candidates=[reviewing.candidate(11)]))).content.decode()
    assert sure.index('id="candidates"') > sure.index('class="zb-desk"')
