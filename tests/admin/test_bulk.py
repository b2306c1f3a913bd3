"""Many at once: the confirmation says what will happen, the verb does just that, and the rest is told with reasons."""

import html
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.admin.desk import LIST, desk, hidden, names, reviewer, text, tick, told, with_permissions
from tests.pipeline import reviewing
from zbsync.models import Act, Contact, Entry, Proposal, Push

pytestmark = pytest.mark.django_db


def states() -> dict[str, int]:
    found: dict[str, int] = {}
    for state in Proposal.objects.values_list("state", flat=True):
        found[state] = found.get(state, 0) + 1
    return found


def shown() -> str:
    """The moment a list was shown that has all the rows made so far."""
    return timezone.now().isoformat()


def confirm(client, page, action: str, url: str = LIST, **more):
    """Submit the confirmation page as it was rendered."""
    form = {
        "confirmed": "1",
        "action": action,
        "select_across": hidden(page, "select_across")[0],
        "shown_at": hidden(page, "shown_at")[0],
        "_selected_action": hidden(page, "_selected_action"),
        "digest": hidden(page, "digest"),
        **more,
    }
    return client.post(url, form)


def test_ticked_rows_are_confirmed_before_anything_happens() -> None:
    rows = [reviewing.proposal(title=f"示例{number}") for number in range(3)]
    page = desk().post(LIST, tick(*rows, action="approve", shown_at=shown()))
    assert page.status_code == 200
    assert "3 new customers in the ERP" in text(page)
    assert "示例0" in text(page)
    assert "Approve 3" in text(page)
    assert states() == {"ready": 3}
    assert not Entry.objects.exists()


def test_after_the_confirmation_it_happens_and_is_told() -> None:
    rows = [reviewing.proposal() for _ in range(3)]
    client = desk()
    page = client.post(LIST, tick(*rows[:2], action="approve", shown_at=shown()))
    answer = confirm(client, page, "approve", note="morning round")
    assert answer.status_code == 302
    assert "2 proposals approved." in told(client.get(answer["Location"]))
    assert states() == {"approved": 2, "ready": 1}
    assert Push.objects.filter(approved_by=reviewer()).count() == 2
    assert set(Entry.objects.values_list("reason", flat=True)) == {"morning round"}


def test_the_confirmation_counts_by_what_will_happen() -> None:
    reviewing.proposal()
    reviewing.proposal(target_ord=7, erp_values={"name": "old"})
    reviewing.proposal(payload={"name": "x"}, target_ord=8, erp_values={"name": "x"})
    page = desk().post(LIST, tick(*Proposal.objects.all(), action="approve", shown_at=shown()))
    for words in (
        "1 new customers in the ERP",
        "1 customers changed in the ERP",
        "1 only linked, nothing written",
        "Approve 3",
    ):
        assert words in text(page)


def test_the_confirmation_says_what_is_left_out_and_why() -> None:
    rows = [reviewing.proposal(), reviewing.ambiguous(), reviewing.proposal(has_errors=True, cause="payload.too_long")]
    page = text(desk().post(LIST, tick(*rows, action="approve", shown_at=shown())))
    assert "2 left out" in page
    assert "Several customers may be meant. Bind it to one, or create it." in page
    assert "It has findings that must be mended first." in page
    assert "Approve 1" in page


def test_when_nothing_can_be_done_there_is_no_button() -> None:
    page = desk().post(LIST, tick(reviewing.ambiguous(), action="approve", shown_at=shown()))
    assert "None of these can be decided this way." in text(page)
    assert "Back, change nothing" in text(page)
    assert 'type="submit" class="zb-button ' not in page.content.decode()


def test_left_out_rows_are_one_click_away() -> None:
    good, bad = reviewing.proposal(title="good"), reviewing.ambiguous(title="bad")
    client = desk()
    page = client.post(LIST, tick(good, bad, action="approve", shown_at=shown()))
    listed = client.get(confirm(client, page, "approve")["Location"])
    assert "Left out: 1. Several customers may be meant." in told(listed)
    link = f"{LIST}?state__exact=all&act={Act.objects.get().pk}%3Areview.ambiguous"
    assert link in html.unescape(listed.content.decode())
    assert names(client.get(link)) == ["bad"]


@pytest.mark.parametrize("change", ["digest", "touched", "contact"])
def test_a_ticked_row_that_moved_after_the_confirmation_is_left_out(change) -> None:
    still, moved = reviewing.proposal(), reviewing.proposal()
    client = desk()
    page = client.post(LIST, tick(still, moved, action="approve", shown_at=shown()))
    if change == "digest":
        Proposal.objects.filter(pk=moved.pk).update(digest="f" * 64)
    elif change == "touched":
        Proposal.objects.filter(pk=moved.pk).update(touched_at=timezone.now())
    else:
        Contact.objects.filter(pk=moved.contact_id).update(version=9)
    listed = client.get(confirm(client, page, "approve")["Location"])
    assert "1 proposal approved." in told(listed)
    assert "It changed since it was shown. Look again." in told(listed)
    assert Proposal.objects.get(pk=moved.pk).state == "ready"


def test_a_ticked_row_that_moved_before_the_confirmation_is_left_out_too() -> None:
    row = reviewing.proposal()
    seen = shown()
    Proposal.objects.filter(pk=row.pk).update(touched_at=timezone.now() + timedelta(seconds=1))
    client = desk()
    page = client.post(LIST, tick(row, action="approve", shown_at=seen))
    assert "It changed since it was shown" in text(page)
    confirm(client, page, "approve")
    assert states() == {"ready": 1}


def test_a_row_whose_digest_was_not_carried_is_left_out() -> None:
    rows = [reviewing.proposal(), reviewing.proposal()]
    client = desk()
    page = client.post(LIST, tick(*rows, action="approve", shown_at=shown()))
    confirm(client, page, "approve", digest=hidden(page, "digest")[:1])
    assert states() == {"approved": 1, "ready": 1}


@pytest.mark.parametrize("moment", ["", "yesterday", "2026-13-45T00:00", "2026-01-01T00:00"])
def test_a_form_that_does_not_say_when_it_was_shown_decides_nothing(moment) -> None:
    row = reviewing.proposal()
    client = desk()
    page = client.post(LIST, tick(row, action="approve", shown_at=shown()))
    confirm(client, page, "approve", shown_at=moment)
    assert states() == {"ready": 1}


# ---------------------------------------------------------------- all that match
def test_all_that_match_the_filter_go_and_no_others() -> None:
    for number in range(60):
        reviewing.proposal(channel="a" if number % 2 else "b")
    client, url = desk(), f"{LIST}?channel__exact=a"
    one = Proposal.objects.filter(channel="a")[0]
    page = client.post(url, tick(one, action="approve", select_across="1"))
    assert "All that match the filter" in text(page)
    assert "30 new customers in the ERP" in text(page)
    assert hidden(page, "digest") == []
    listed = client.get(confirm(client, page, "approve", url)["Location"])
    assert "30 proposals approved." in told(listed)
    assert set(Proposal.objects.filter(state="approved").values_list("channel", flat=True)) == {"a"}


def test_what_comes_to_match_after_the_count_is_left_out() -> None:
    first = reviewing.proposal()
    client = desk()
    page = client.post(LIST, tick(first, action="approve", select_across="1"))
    late = reviewing.proposal(touched_at=timezone.now() + timedelta(seconds=1))
    confirm(client, page, "approve")
    assert Proposal.objects.get(pk=first.pk).state == "approved"
    assert Proposal.objects.get(pk=late.pk).state == "ready"


def test_a_search_is_a_filter_too() -> None:
    for title in ("示例甲", "示例乙", "别人"):
        reviewing.proposal(title=title)
    client, url = desk(), f"{LIST}?q=示例&state__exact=ready"
    page = client.post(url, tick(Proposal.objects.all()[0], action="approve", select_across="1"))
    confirm(client, page, "approve", url)
    assert states() == {"approved": 2, "ready": 1}


def test_thousands_need_few_queries(django_assert_max_num_queries) -> None:
    mapping, erp = reviewing.mapping(), reviewing.erp()
    contact = reviewing.contact
    sample = reviewing.proposal()
    contacts = [contact() for _ in range(40)]
    Proposal.objects.bulk_create(
        Proposal(
            contact=one, hub=one.hub, connection=erp, contact_version=1, mapping=mapping, state="ready",
            kind="individual", payload=sample.payload, fields=sample.fields, digest=f"{number:064d}",
            match_kind="absent", action="create", changes=sample.changes, title=one.name,
            created_at=sample.created_at, touched_at=sample.touched_at,
        )
        for number, one in enumerate(contacts)
    )  # fmt: skip
    client = desk()
    page = client.post(LIST, tick(sample, action="approve", select_across="1"))
    with django_assert_max_num_queries(50):
        confirm(client, page, "approve")
    assert states() == {"approved": 41}


# ---------------------------------------------------------------- decline, create anyway
def test_declining_many_needs_a_reason() -> None:
    row = reviewing.proposal()
    client = desk()
    page = client.post(LIST, tick(row, action="reject", shown_at=shown()))
    again = confirm(client, page, "reject")
    assert again.status_code == 200
    assert "Say why: choose a reason or write one." in text(again)
    assert states() == {"ready": 1}
    confirm(client, again, "reject", usual="Test or spam")
    assert states() == {"rejected": 1}
    assert Proposal.objects.get().reason == "Test or spam"


def test_after_a_forgotten_reason_the_digests_are_still_those_that_were_confirmed_last() -> None:
    row = reviewing.proposal()
    client = desk()
    page = client.post(LIST, tick(row, action="reject", shown_at=shown()))
    again = confirm(client, page, "reject")
    assert hidden(again, "digest") == [f"{row.pk}:{row.digest}"]
    assert hidden(again, "shown_at") == hidden(page, "shown_at")


def test_create_anyway_leaves_them_to_be_approved() -> None:
    row = reviewing.ambiguous()
    client = desk()
    page = client.post(LIST, tick(row, action="create_anyway", shown_at=shown()))
    assert "Create 1 as new" in text(page)
    listed = client.get(confirm(client, page, "create_anyway")["Location"])
    assert "will create a new customer. Approve it next." in told(listed)
    assert (Proposal.objects.get().action, states()) == ("create", {"ready": 1})


# ---------------------------------------------------------------- who may
@pytest.mark.parametrize("action", ["approve", "reject", "create_anyway"])
def test_who_may_only_look_gets_neither_page_nor_act(action) -> None:
    row = reviewing.proposal()
    client = with_permissions("view_proposal")
    client.post(LIST, tick(row, action=action, shown_at=shown()))
    client.post(LIST, tick(row, action=action, confirmed="1", usual="Duplicate", digest=f"{row.pk}:{row.digest}"))
    assert states() == {"ready": 1}
    assert not Entry.objects.exists()


def test_ticking_nothing_is_told() -> None:
    reviewing.proposal()
    client = desk()
    answer = client.post(LIST, tick(action="approve"))
    page = client.get(answer["Location"]) if answer.status_code == 302 else answer
    assert told(page)
    assert states() == {"ready": 1}
