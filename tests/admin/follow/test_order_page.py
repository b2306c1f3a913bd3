"""Ordering something from a contact's page: which, its own fields, and then its decision screen."""

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.admin.desk import desk, text
from tests.models import make
from zbsync.models import Contact, Proposal

pytestmark = pytest.mark.django_db
USERS = {"销售中心/周敏": "63"}


@pytest.fixture
def bound() -> Contact:
    """A contact that is a customer."""
    make.options(make.erp(), users=USERS)
    make.mapping()
    contact = make.contact(proposed_version=1, followed_version=1, eligible=True)
    make.binding(contact, 4711)
    return contact


def url(contact: Contact, operation: str = "") -> str:
    address = reverse("admin:zbsync_contact_order", args=[contact.pk])
    return f"{address}?operation={operation}" if operation else address


def test_the_contacts_page_leads_there_when_it_is_bound(bound: Contact) -> None:
    page = desk("reviewer").get(reverse("admin:zbsync_contact_change", args=[bound.pk]))
    assert url(bound) in page.content.decode()
    other = make.contact()
    page = desk("reviewer").get(reverse("admin:zbsync_contact_change", args=[other.pk]))
    assert url(other) not in page.content.decode()


def test_an_order_opens_its_decision_screen_and_is_approved_there(bound: Contact) -> None:
    reviewer = desk("reviewer")
    assert "protect the customer" in text(reviewer.get(url(bound)))
    answer = reviewer.post(url(bound), {"operation": "customer.protect", "note": "big deal"})
    row = Proposal.objects.get()
    screen = reverse("admin:zbsync_proposal_change", args=[row.pk])
    assert (answer.status_code, answer["Location"]) == (302, screen)
    page = text(reviewer.get(screen))
    assert "protect the customer · " in page
    assert "Protects customer 4711." in page
    reviewer.post(screen, {"verb": "approve", "digest": row.digest})
    row.refresh_from_db()
    assert (row.state, row.push.operation) == ("approved", "customer.protect")


def test_the_fields_are_the_operations_own(bound: Contact) -> None:
    page = text(desk("reviewer").get(url(bound, "customer.share")))
    assert all(caption in page for caption in ("共享方式", "共享用户", "共享合同", "共享给所有用户"))
    given = {"operation": "customer.share", "member1": "0", "member2": "周敏"}
    rights = dict.fromkeys(("sharecontact", "replyshare", "chanceshare", "contractshare"), "1")
    assert desk("reviewer").post(url(bound), given | rights).status_code == 302
    assert Proposal.objects.get().payload["member2"] == "63"


@pytest.mark.parametrize(
    ("given", "status"),
    [({"operation": "customer.review"}, 422), ({"operation": "customer.review", "jg": "7"}, 422)],
)
def test_what_is_missing_is_asked_for(bound: Contact, given: dict[str, str], status: int) -> None:
    answer = desk("reviewer").post(url(bound), given)
    assert answer.status_code == status
    assert not Proposal.objects.exists()


def test_the_same_order_twice_is_told(bound: Contact) -> None:
    for _ in range(2):
        answer = desk("reviewer").post(url(bound), {"operation": "customer.protect"})
    assert answer.status_code == 409
    assert "waits for a decision already" in text(answer)


@pytest.mark.parametrize("role", ["mapper", "operator", "auditor"])
def test_who_may_not_order_sees_no_way_there(bound: Contact, role: str) -> None:
    page = desk(role).get(reverse("admin:zbsync_contact_change", args=[bound.pk]))
    assert url(bound) not in page.content.decode()
    assert desk(role).get(url(bound)).status_code == 403


@pytest.mark.parametrize("key", ["0", "x", "999999"])
def test_a_contact_that_is_none_is_not_found(bound: Contact, key: str) -> None:
    assert desk("reviewer").get(reverse("admin:zbsync_contact_order", args=[key])).status_code == 404


# ------------------------------------------------------------ what follows a customer, on the desk's own pages


def follow_up(bound: Contact, **given: Any) -> Proposal:
    payload = {"intro": "2026-01-05 08:30 微信：要报价", "sort": "484", "plantype": "0"}
    fields = [{"target": "intro", "value": payload["intro"], "label": "", "source": "interactions", "transform": "",
               "policy": "always", "edited_by": ""}]  # fmt: skip
    told = {"state": "ready", "match_kind": "bound", "action": "create", "target_ord": 4711, "subject": "i1"}
    return make.proposal(contact=bound, operation="followup.add", payload=payload, fields=fields, **{**told, **given})


def test_a_follow_up_says_what_it_is_on_its_screen(bound: Contact) -> None:
    page = text(desk("reviewer").get(reverse("admin:zbsync_proposal_change", args=[follow_up(bound).pk])))
    assert "add a follow-up · " in page
    assert "Adds a follow-up to customer 4711. The ERP cannot take it back." in page
    assert "洽谈内容" in page
    assert "要报价" in page
    assert "Approve: create" not in page, "it makes no customer"


def test_one_that_waits_says_why(bound: Contact) -> None:
    row = follow_up(bound, state="mapped", match_kind="", action="", target_ord=None, cause="waiting.customer_failed")
    page = text(desk("reviewer").get(reverse("admin:zbsync_proposal_change", args=[row.pk])))
    assert "Mend that first" in page


def test_the_list_shows_and_filters_by_what_is_to_be_done(bound: Contact) -> None:
    follow_up(bound)
    make.proposal(state="ready")
    listed = reverse("admin:zbsync_proposal_changelist")
    assert "add a follow-up" in text(desk("reviewer").get(listed))
    for operation, count in (("followup.add", 1), ("customer.save", 1), ("person.save", 0)):
        page = desk("reviewer").get(listed, {"operation__exact": operation})
        assert page.context["cl"].result_count == count


def test_the_confirmation_counts_by_what_is_to_be_done(bound: Contact) -> None:
    rows = [follow_up(bound), make.proposal(state="ready", contact=make.contact(proposed_version=1))]
    form: dict[str, Any] = {"action": "approve", "_selected_action": [row.pk for row in rows]}
    form |= {"digests": [f"{row.pk}:{row.digest}" for row in rows], "shown_at": timezone.now().isoformat()}
    page = text(desk("reviewer").post(reverse("admin:zbsync_proposal_changelist"), form))
    assert "add a follow-up" in page
    assert "new customers in the ERP" in page


def test_the_pushes_say_what_they_do(bound: Contact) -> None:
    row = follow_up(bound, state="approved")
    push = make.push(proposal=row, operation="followup.add", subject="i1", ord=4711)
    operator = desk("operator")
    listed = reverse("admin:zbsync_push_changelist")
    assert "add a follow-up" in text(operator.get(listed, {"operation__exact": "followup.add"}))
    page = text(operator.get(reverse("admin:zbsync_push_change", args=[push.pk])))
    assert "洽谈内容" in page
    assert "不生成" in page, "an option of the help's own lists is told by its name"
