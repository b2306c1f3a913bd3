"""What all verbs share: permissions, batches, and the decision they hand back."""

import json
import uuid

import pytest
from django.contrib.auth.models import AnonymousUser, Group, Permission, User
from django.core.exceptions import PermissionDenied

from tests.pipeline.reviewing import person, proposal
from zbsync.models import Proposal
from zbsync.pipeline.review.decision import NAMED, Decision, batches, permit

pytestmark = pytest.mark.django_db


def test_a_decision_counts_every_row_and_names_the_first() -> None:
    decision = Decision()
    for number in range(NAMED + 3):
        decision.leave("review.moved", number)
    decision.leave("review.bound", 7)
    assert decision.left_out == {"review.moved": NAMED + 3, "review.bound": 1}
    assert decision.left_ids["review.moved"] == list(range(NAMED))


def test_a_decision_is_printed_as_the_contract_says() -> None:
    decision = Decision(done=2)
    decision.leave("review.moved", 1)
    told = json.loads(json.dumps(decision.as_json()))
    assert told == {"act": str(decision.act), "done": 2, "left_out": {"review.moved": 1}}
    assert uuid.UUID(told["act"]) == decision.act


def test_two_decisions_are_two_acts() -> None:
    assert Decision().act != Decision().act


# permissions


def test_a_permission_may_come_from_a_group() -> None:
    group = Group.objects.create(name="reviewers")
    group.permissions.add(Permission.objects.get(codename="approve_proposal"))
    user = User.objects.create(username="li")
    user.groups.add(group)
    assert permit(user, "approve_proposal").name == "li"
    assert permit(user, "approve_proposal").user_id == user.pk


def test_an_administrator_may_everything() -> None:
    assert permit(User.objects.create_superuser("root"), "bury_push").name == "root"


@pytest.mark.parametrize(
    "user",
    [
        lambda: person("li", ("reject_proposal",)),
        lambda: User(username="ghost", is_active=False, is_superuser=True),
        AnonymousUser,
    ],
)
def test_nobody_else_may(user) -> None:
    with pytest.raises(PermissionDenied, match=r"lacks the permission zbsync\.approve_proposal"):
        permit(user(), "approve_proposal")


# batches


@pytest.mark.parametrize(
    ("ids", "size", "pages"),
    [
        ([], 2, []),
        ([3, 1, 2], 2, [[1, 2], [3]]),
        ([5, 5, 5], 2, [[5]]),
        (range(4), 4, [[0, 1, 2, 3]]),
        (iter([2, 1]), 1, [[1], [2]]),
    ],
)
def test_ids_come_once_each_and_ascending(ids, size, pages) -> None:
    assert list(batches(ids, size)) == pages


def test_a_queryset_is_paged_by_id_whatever_its_order() -> None:
    ids = [proposal(title=title).pk for title in "cab"]
    assert list(batches(Proposal.objects.order_by("title"), 2)) == [ids[:2], ids[2:]]


def test_rows_that_leave_the_queryset_do_not_shift_the_pages() -> None:
    """The state that the queryset asks for is what the verb changes."""
    ids = [proposal().pk for _ in range(6)]
    seen = []
    for page in batches(Proposal.objects.for_review(), 2):
        seen += page
        Proposal.objects.filter(pk__in=page).update(state="superseded")
    assert seen == ids


def test_an_empty_queryset_costs_one_query(django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        assert list(batches(Proposal.objects.for_review())) == []


def test_a_page_costs_one_query(django_assert_num_queries) -> None:
    for _ in range(4):
        proposal()
    with django_assert_num_queries(1 + 2 + 1):
        assert len(list(batches(Proposal.objects.for_review(), 2))) == 2
