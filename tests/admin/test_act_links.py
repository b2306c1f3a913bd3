"""The links of a confirmation and of an act: each leads to exactly the rows that were counted."""

import re
from typing import Any

import pytest
from django.utils import timezone

from tests.admin.desk import LIST, desk, names, text, tick
from tests.admin.test_acts import all_that_match
from tests.models import make
from tests.pipeline import reviewing
from zbsync.models import Act, Proposal

pytestmark = pytest.mark.django_db


def test_a_link_says_what_it_narrows_to_and_can_be_cleared() -> None:
    reviewing.ambiguous(title="甲")
    client = desk()
    all_that_match(client)
    act = Act.objects.get()
    page = text(client.get(LIST, {"act": f"{act.pk}:review.ambiguous", "state__exact": "all"}))
    assert "Of which act?" in page
    assert act.name in page
    page = text(client.get(LIST, {"left_out": "approve:review.ambiguous"}))
    assert "Left out?" in page
    assert "Left out?" not in text(client.get(LIST))


def test_all_rows_of_an_act_are_found_whatever_came_of_them() -> None:
    reviewing.proposal(title="甲")
    reviewing.ambiguous(title="乙")
    reviewing.proposal(title="丙", state="rejected", decided_by=make.user(), decided_at=make.NOW)
    client = desk()
    all_that_match(client)
    shown = client.get(LIST, {"act": str(Act.objects.get().pk), "state__exact": "all"})
    assert sorted(names(shown)) == ["乙", "甲"]


@pytest.mark.parametrize("verb", ["reject", "create_anyway"])
def test_reasons_of_the_other_verbs_are_linked_as_well(verb: str) -> None:
    decided: dict[str, Any] = {"state": "rejected", "decided_by": make.user(), "decided_at": make.NOW}
    rows = [reviewing.ambiguous(title="甲"), reviewing.proposal(title="乙", **decided)]
    client, url = desk(), f"{LIST}?state__exact=all"
    page = client.post(url, tick(*rows, action=verb, shown_at=timezone.now().isoformat()))
    [link] = re.findall(r'<dt><a href="([^"]*left_out[^"]*)"', page.content.decode())
    assert names(client.get(link.replace("&amp;", "&"))) == ["乙"]


def test_of_two_rows_for_one_customer_the_first_goes_and_the_page_says_so() -> None:
    for title in ("甲", "乙", "丙"):
        reviewing.proposal(title=title, target_ord=7, erp_values={"name": "old"})
    reviewing.proposal(title="丁", target_ord=8, erp_values={"name": "old"})
    client = desk()
    for across in ("0", "1"):
        told_ = tick(*Proposal.objects.all(), action="approve", shown_at=timezone.now().isoformat())
        page = client.post(LIST, {**told_, "select_across": across})
        assert "2 customers changed in the ERP" in text(page)
        assert "Approve 2" in text(page)
        [link] = re.findall(r'<dt><a href="([^"]*left_out[^"]*)"><b>2</b>', page.content.decode())
        assert sorted(names(client.get(link.replace("&amp;", "&")))) == ["丙", "乙"]
    all_that_match(client)
    act = Act.objects.get()
    assert (act.taken, act.left_out) == (2, 2)


def test_ticked_rows_are_only_compared_with_one_another() -> None:
    rows = [reviewing.proposal(title=one, target_ord=7, erp_values={"name": "old"}) for one in ("甲", "乙")]
    page = desk().post(LIST, tick(rows[1], action="approve", shown_at=timezone.now().isoformat()))
    assert "Approve 1" in text(page)
    assert "left out" not in text(page)
