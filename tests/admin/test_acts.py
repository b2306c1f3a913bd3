"""The pages of acts on many: what is asked for, who confirms it, how far it is, and where everything of it lies."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone

from tests.admin.desk import LIST, desk, english, hidden, names, text, tick, told, with_permissions
from tests.admin.people import browser, someone
from tests.models import make
from tests.pipeline import reviewing
from zbsync.conf import conf
from zbsync.models import Act, Entry, Proposal, Push, hands
from zbsync.pipeline.review import acts
from zbsync.pipeline.review.acts import running

pytestmark = pytest.mark.django_db


def page_of(act: Act) -> str:
    return reverse("admin:zbsync_act_change", args=[act.pk])


@pytest.fixture
def above_two():
    with override_settings(ZBSYNC=replace(conf(), second_person_above=2)):
        yield


@pytest.fixture
def small(monkeypatch):
    """Batches of two."""
    monkeypatch.setattr(running, "BATCH", 2)
    monkeypatch.setattr(acts.asking, "BATCH", 2)


def all_that_match(client, action: str = "approve", url: str = LIST, **more):
    """Tick all that match, and submit the confirmation page as it is."""
    page = client.post(url, tick(Proposal.objects.latest("pk"), action=action, select_across="1"))
    form = {name: hidden(page, name)[0] for name in ("select_across", "shown_at", "action")}
    return client.post(url, {"confirmed": "1", "_selected_action": hidden(page, "_selected_action"), **form, **more})


def waiting(count: int = 4) -> Act:
    for _ in range(count):
        reviewing.proposal()
    act = acts.ask(Proposal.objects.for_review(), "approve", someone("administrator"), acts.Wish("展会"))
    assert act.state == "waiting"
    return act


def answers(client, act: Act, verb: str, **more):
    return client.post(page_of(act), {"verb": verb, **more})


# ---------------------------------------------------------------- before it happens
def test_each_reason_on_the_confirmation_leads_to_exactly_those_rows() -> None:
    rows = [reviewing.proposal(title="good"), reviewing.ambiguous(title="两个"), reviewing.ambiguous(title="三个")]
    client = desk()
    for across in ("0", "1"):
        shown = timezone.now().isoformat()
        page = client.post(LIST, tick(*rows, action="approve", select_across=across, shown_at=shown))
        [link] = re.findall(r'<dt><a href="([^"]*left_out[^"]*)"><b>2</b>', page.content.decode())
        assert sorted(names(client.get(link.replace("&amp;", "&")))) == ["三个", "两个"]


def test_the_link_keeps_the_filter() -> None:
    reviewing.ambiguous(title="甲", channel="a")
    reviewing.ambiguous(title="乙", channel="b")
    client, url = desk(), f"{LIST}?channel__exact=a"
    page = client.post(url, tick(Proposal.objects.all()[0], action="approve", select_across="1"))
    [link] = re.findall(r'<dt><a href="([^"]*left_out[^"]*)"', page.content.decode())
    assert names(client.get(link.replace("&amp;", "&"))) == ["甲"]


def test_what_moved_since_it_was_shown_is_among_the_links() -> None:
    row, client = reviewing.proposal(title="变了"), desk()
    earlier = (timezone.now() - timedelta(hours=1)).isoformat()
    Proposal.objects.update(touched_at=timezone.now())
    page = client.post(LIST, tick(row, action="approve", shown_at=earlier))
    [link] = re.findall(r'<dt><a href="([^"]*left_out[^"]*)"', page.content.decode())
    assert names(client.get(link.replace("&amp;", "&"))) == ["变了"]


@pytest.mark.parametrize("value", ["nothing", "bury:x", "approve", "approve:", "approve:review.moved:soon"])
def test_a_made_up_reason_finds_nothing(value: str) -> None:
    reviewing.proposal()
    assert names(desk().get(LIST, {"left_out": value})) == []


@pytest.mark.parametrize("value", ["x", "x:taken", "999", "999:taken"])
def test_a_made_up_act_finds_nothing(value: str) -> None:
    reviewing.proposal()
    page = desk().get(LIST, {"act": value})
    assert (page.status_code, names(page)) == (200, [])


def test_the_confirmation_says_that_one_person_is_not_enough(above_two) -> None:
    for _ in range(3):
        reviewing.proposal()
    page = desk().post(LIST, tick(*Proposal.objects.all(), action="approve", shown_at=timezone.now().isoformat()))
    assert "This needs a second person" in text(page)
    assert "3 proposals are more than one person may approve at once." in text(page)
    assert "Ask a second person for 3" in text(page)
    assert not Act.objects.exists()


def test_it_has_a_name_a_reason_and_the_filter() -> None:
    reviewing.proposal(channel="a")
    client, url = desk(), f"{LIST}?channel__exact=a"
    listed = client.get(all_that_match(client, url=url, name="春季展会线索", note="called them all")["Location"])
    act = Act.objects.get()
    assert (act.name, act.reason, act.query) == ("春季展会线索", "called them all", "channel__exact=a")
    assert "This act" in told(listed)
    assert page_of(act) in listed.content.decode()


# ---------------------------------------------------------------- a large one
def test_a_large_one_leads_to_its_page_which_moves_until_it_has_ended(small) -> None:
    for _ in range(5):
        reviewing.proposal()
    client = desk()
    answer = all_that_match(client)
    act = Act.objects.get()
    assert answer["Location"] == page_of(act)
    acts.step(act.pk)
    page = client.get(page_of(act))
    assert "2 of 5 rows" in text(page)
    assert "rows a second" in text(page)
    assert "left" in text(page)
    assert re.search(rf'<noscript><p><a [^>]*href="{page_of(act)}">Look again', page.content.decode())
    assert "Stop after the batch in hand" in text(page)
    acts.drain()
    page = client.get(page_of(act))
    assert "5 of 5 rows" in text(page)
    assert "Look again" not in page.content.decode()
    assert "Call off" not in text(page)


def test_the_part_that_moves_is_given_alone(small) -> None:
    for _ in range(3):
        reviewing.proposal()
    client = desk()
    all_that_match(client)
    part = client.get(page_of(Act.objects.get()), {"part": "live"}).content.decode()
    assert "<progress" in part
    assert "<html" not in part
    assert "data-ended" not in part
    acts.drain()
    assert "data-ended" in client.get(page_of(Act.objects.get()), {"part": "live"}).content.decode()


def test_it_is_called_off_from_its_page(small) -> None:
    for _ in range(5):
        reviewing.proposal()
    client = desk()
    all_that_match(client)
    act = Act.objects.get()
    acts.step(act.pk)
    page = client.get(answers(client, act, "cancel", reason="wrong list")["Location"])
    assert "Called off. What was done already stays done." in told(page)
    assert "is being called off" in text(page)
    acts.drain()
    assert "called off by" in text(client.get(page_of(act)))
    assert Proposal.objects.filter(state="approved").count() == 2
    assert "It has ended already." in told(client.get(answers(client, act, "cancel")["Location"]))


def test_afterwards_everything_is_linked() -> None:
    reviewing.proposal(title="甲")
    reviewing.ambiguous(title="乙")
    client = desk("administrator")
    all_that_match(client)
    act = Act.objects.get()
    page = client.get(page_of(act)).content.decode()
    links = [link.replace("&amp;", "&") for link in re.findall(r'<a href="([^"]+)" data-key', page)]
    assert len(links) == 4
    shown = {link: client.get(link).context["cl"] for link in links}
    assert [len(one.result_list) for one in shown.values()] == [1, 1, 1, 2]
    assert names(client.get(links[0])) == ["乙"]
    assert names(client.get(links[1])) == ["甲"]
    assert shown[links[2]].result_list[0].act == act.act
    assert {entry.verb for entry in shown[links[3]].result_list} == {"act.ask", "proposal.approve"}


def test_a_batch_that_failed_is_told_on_the_page() -> None:
    act = Act.objects.create(
        name="a", verb="approve", state="running", total=9, asked_by=make.user(), asked_at=make.NOW, fault="DataError"
    )
    assert "A batch failed (DataError); it is tried again." in text(desk().get(page_of(act)))
    Act.objects.update(fault="act.not_allowed", state="cancelled")
    assert "may not decide any more" in text(desk().get(page_of(act)))


def test_minutes_are_told_when_it_takes_that_long() -> None:
    began = timezone.now() - timedelta(seconds=10)
    act = Act.objects.create(
        name="a", verb="reject", state="running", total=10_000, taken=1000, asked_by=make.user(), asked_at=began,
        began_at=began,
    )  # fmt: skip
    page = text(desk().get(page_of(act)))
    assert "1000 of 10000 rows" in page
    assert re.search(r"about [12] minutes? left", page)


# ---------------------------------------------------------------- the second person
def test_who_asked_sees_that_it_waits_and_no_button_to_confirm(above_two) -> None:
    act = waiting()
    page = english(browser("administrator")).get(page_of(act))
    assert "A second person decides" in text(page)
    assert "You asked for it: somebody else has to confirm it." in text(page)
    assert 'value="confirm"' not in page.content.decode()
    assert 'value="look"' not in page.content.decode()
    assert 'value="cancel"' in page.content.decode()


def test_the_button_works_when_every_row_of_the_sample_was_opened(above_two) -> None:
    act, client = waiting(), desk()
    page = client.get(page_of(act)).content.decode()
    assert re.search(r'value="confirm" class="zb-button" disabled', page)
    assert len(hidden(client.get(page_of(act)), "proposal")) == len(act.sample) == 4
    refused = client.get(answers(client, act, "confirm")["Location"])
    assert "Open every row of the sample first." in told(refused)
    for row_id in act.sample:
        opened = answers(client, act, "look", proposal=row_id)
        assert client.get(opened["Location"]).status_code == 200
    page = client.get(page_of(act)).content.decode()
    assert re.search(r'value="confirm" class="zb-button">', page)
    assert Entry.objects.filter(verb="act.look", actor=someone("reviewer")).count() == 4
    done = client.get(answers(client, act, "confirm", reason="fine")["Location"])
    assert "Confirmed. Jobs carry it out now." in told(done)
    acts.drain()
    assert set(Push.objects.values_list("approved_by__username", flat=True)) == {"a-reviewer"}
    assert "a-reviewer" in text(client.get(page_of(act)))


def test_looking_at_the_page_records_nothing(above_two) -> None:
    act = waiting()
    before = Entry.objects.count()
    desk().get(page_of(act))
    assert Entry.objects.count() == before


def test_a_row_that_is_not_in_the_sample_cannot_be_opened_for_it(above_two) -> None:
    act = waiting()
    for proposal in ("0", "x", ""):
        assert answers(desk(), act, "look", proposal=proposal).status_code == 404
    assert answers(desk(), act, "bury").status_code == 404


@pytest.mark.parametrize("verb", ["confirm", "cancel", "look"])
def test_who_may_only_look_sees_no_buttons_and_is_refused(verb: str, above_two) -> None:
    act = waiting()
    client = with_permissions("view_act", "view_proposal")
    page = client.get(page_of(act))
    assert page.status_code == 200
    assert 'name="verb"' not in page.content.decode()
    assert answers(client, act, verb, proposal=act.sample[0]).status_code == 403


def test_who_may_not_see_acts_gets_no_page(above_two) -> None:
    act = waiting()
    assert with_permissions("view_proposal").get(page_of(act)).status_code == 403
    assert desk().get(reverse("admin:zbsync_act_change", args=[0])).status_code == 404


def test_the_decision_screen_tells_the_editor_that_a_colleague_has_to_approve() -> None:
    row = reviewing.proposal()
    Proposal.objects.update(hands=hands.add("", hands.EDITED, someone("reviewer").pk))
    url = reverse("admin:zbsync_proposal_change", args=[row.pk])
    page = desk().get(url)
    assert "You edited it yourself: a colleague has to approve it." in text(page)
    assert 'value="approve"' not in page.content.decode()
    refused = desk().post(url, {"verb": "approve", "digest": row.digest})
    assert (refused.status_code, Push.objects.exists()) == (409, False)
    assert 'value="approve"' in desk("administrator").get(url).content.decode()


# ---------------------------------------------------------------- the list
def test_the_list_tells_state_numbers_and_persons(above_two) -> None:
    waiting()
    page = desk().get(reverse("admin:zbsync_act_changelist"))
    for words in ("展会", "waits for a second person", "a-administrator", "Acts on many"):
        assert words in text(page)
    assert "展会" not in text(desk().get(reverse("admin:zbsync_act_changelist"), {"state__exact": "done"}))
    assert "展会" in text(desk().get(reverse("admin:zbsync_act_changelist"), {"q": "展会"}))


def test_the_front_page_says_what_waits_for_a_second_person(above_two) -> None:
    assert "To confirm" not in text(desk().get("/admin/"))
    waiting()
    page = desk().get("/admin/")
    assert "To confirm" in text(page)
    card = next(one for one in page.context["desk"]["cards"] if one.title == "To confirm")
    assert card.count == desk().get(card.url).context["cl"].result_count == 1
