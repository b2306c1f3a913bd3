"""The decision screen: contact, payload and ERP record side by side, findings at their field, and only legal verbs."""

import re

import pytest
from django.utils import translation

from tests.admin.desk import buttons, desk, screen, text, with_permissions
from tests.models import make
from tests.pipeline import reviewing
from zbsync.admin.proposal.decision import sheet
from zbsync.models import Proposal

pytestmark = pytest.mark.django_db

ERP_NOW = {"name": "王小明", "mobile": "13800000009", "khid": "KH7", "intro": "old notes", "address": "示例路 1 号"}


def update(**more):
    return reviewing.proposal(target_ord=7, erp_values=ERP_NOW, **more)


def line(proposal: Proposal, target: str):
    fresh = Proposal.objects.select_related("contact", "connection", "hub", "mapping").get(pk=proposal.pk)
    return next(one for one in sheet(fresh).lines if one.target == target)


def finding(code: str, field: str = "", **params):
    return {"code": code, "field": field, "severity": "error", "params": params}


def test_it_shows_the_contact_what_is_sent_and_what_the_erp_has() -> None:
    row = update()
    page = text(desk().get(screen(row)))
    assert row.contact.source_id in page
    assert "138****0001" in page
    assert "138****0009" in page
    assert "示例路 1 号" in page


@pytest.mark.parametrize(
    ("target", "mark", "sign"),
    [("name", "same", "="), ("mobile", "replace", "≠"), ("khid", "keep", "·"), ("intro", "replace", "≠")],
)
def test_each_difference_has_a_sign_and_not_only_a_colour(target, mark, sign) -> None:
    found = line(update(), target)
    assert (found.mark, found.sign) == (mark, sign)


def test_what_is_added_has_a_sign_of_its_own() -> None:
    assert line(reviewing.proposal(), "mobile").sign == "+"


def test_the_fields_stand_in_the_order_of_the_mapping_however_the_payload_was_kept() -> None:
    row = reviewing.proposal()
    in_order = list(row.payload)
    row.payload = {"address": "added by a person", **dict(reversed(row.payload.items()))}
    assert [one.target for one in sheet(row).lines] == [*in_order, "address"]


@translation.override("en")
def test_a_field_that_is_not_written_says_why() -> None:
    assert line(update(), "khid").kept == "only set when creating"
    assert line(update(), "name").kept == "same as in the ERP"


def test_an_appended_text_does_not_strike_out_what_the_erp_has() -> None:
    assert not line(update(), "intro").replaced
    assert line(update(), "mobile").replaced


@translation.override("en")
def test_a_value_tells_where_it_came_from_and_how() -> None:
    origin = {"target": "jz", "value": "175", "label": "很高", "source": "score", "transform": "value_map",
              "policy": "if_empty", "edited_by": ""}  # fmt: skip
    found = line(reviewing.proposal(payload={"jz": "175"}, fields=[origin]), "jz")
    assert found.origin == "score · by a value map"
    assert found.words == "很高"
    assert found.policy
    assert found.caption == "价值评估"


def test_a_plain_copy_goes_without_saying() -> None:
    origin = {
        "target": "name",
        "value": "王",
        "label": "",
        "source": "extra.nick",
        "transform": "strip",
        "policy": "always",
    }
    found = line(reviewing.proposal(payload={"name": "王"}, fields=[origin]), "name")
    assert (found.origin, found.policy) == ("extra.nick", "")


def test_codes_are_shown_as_the_words_of_the_erp() -> None:
    reviewing.option("ly", "微信咨询", "181")
    reviewing.option("ly", "朋友介绍", "172")
    row = reviewing.proposal(payload={"ly": "181"}, fields=[], target_ord=7, erp_values={"ly": "172"})
    found = line(row, "ly")
    assert (found.words, found.erp) == ("微信咨询", "朋友介绍")
    assert ("172", "朋友介绍") in found.options


def test_a_long_dictionary_is_typed_and_not_chosen_from() -> None:
    for number in range(401):
        reviewing.option("area", f"区域{number}", str(number))
    assert line(reviewing.proposal(payload={"area": "7"}, fields=[]), "area").options == []


def test_a_finding_stands_at_its_field() -> None:
    row = reviewing.proposal(
        payload={"name": "王"}, findings=[finding("payload.too_long", "name", caption="客户名称", length=120, max=100)]
    )
    assert "客户名称 has 120 characters, the ERP takes 100. Shorten it." in text(desk().get(screen(row)))
    assert [said.tone for said in line(row, "name").findings] == ["bad"]


def test_a_missing_field_with_a_finding_has_a_line_to_fill_in() -> None:
    row = reviewing.proposal(payload={"name": "王"}, findings=[finding("payload.required", "intro", caption="备注")])
    found = line(row, "intro")
    assert (found.value, found.editable, len(found.findings)) == ("", True, 1)


def test_what_matching_compares_is_named_as_people_name_it() -> None:
    params = {"rule": "weixin", "ord": 7, "erp": "wx_a", "ours": "wx_b"}
    row = reviewing.proposal(
        payload={"weixinAcc": "wx_b"}, fields=[], findings=[finding("match.differs", "weixin", **params)]
    )
    page = text(desk().get(screen(row)))
    assert "Customer 7 has another WeChat id: “wx_a” there, “wx_b” here." in page
    assert len(line(row, "weixinAcc").findings) == 1


def test_an_edit_is_marked_with_who_why_and_what_it_was() -> None:
    edits = {"intro": {"before": "old", "value": "new", "reason": "on the phone", "by": "li", "at": "2026-03-01"}}
    page = text(desk().get(screen(reviewing.proposal(edits=edits))))
    assert "edited" in page
    assert "li: was “old”, because: on the phone" in page


def test_held_contacts_say_why_and_offer_nothing() -> None:
    gate = [finding("gate.score_low", "score", score=57, needs=60)]
    row = make.proposal(state="blocked", gate_findings=gate, cause="gate.score_low")
    page = desk().get(screen(row))
    assert "Score 57, needs 60." in text(page)
    assert buttons(page) == set()


HEADLINES = [
    ({}, "Creates a new customer with 5 fields."),
    ({"target_ord": 7, "erp_values": ERP_NOW}, "Changes 2 fields of customer 7 王小明."),
    ({"state": "mapped", "match_kind": "", "action": ""}, "Not compared with the ERP's customers yet."),
]


@pytest.mark.parametrize(("given", "sentence"), HEADLINES)
def test_one_sentence_says_what_approving_would_do(given, sentence) -> None:
    assert sentence in text(desk().get(screen(reviewing.proposal(**given))))


def test_a_link_says_that_nothing_is_written() -> None:
    values = {"name": "王小明"}
    row = reviewing.proposal(payload=values, target_ord=7, erp_values=values)
    page = text(desk().get(screen(row)))
    assert "Links the contact to customer 7 王小明; nothing is written." in page
    assert "Approve: link" in page


def test_candidates_show_the_rule_that_fired_and_every_field() -> None:
    reviewing.record(11, name="王小明", mobile="138-0000-0001", khid="KH11")
    page = text(desk().get(screen(reviewing.ambiguous())))
    assert "same mobile" in page
    assert page.count("Several customers may be meant.") == 1, "said once is enough"
    assert "KH11" in page
    assert "138****0001" in page


def test_two_spellings_of_one_number_are_no_difference() -> None:
    reviewing.record(11, mobile="138-0000-0001")
    row = Proposal.objects.select_related("contact", "connection").get(pk=reviewing.ambiguous().pk)
    card = next(one for one in sheet(row).candidates if one.ord == 11)
    assert {one.caption: one.mark for one in card.rows}["手机"] == "same"


def test_a_candidate_that_was_never_read_in_full_is_compared_as_far_as_it_is_known() -> None:
    row = Proposal.objects.select_related("contact", "connection").get(pk=reviewing.ambiguous().pk)
    card = sheet(row).candidates[0]
    assert card.record is None
    assert {one.caption: one.theirs for one in card.rows}["手机"] == "13800000001"


LEGAL = [
    ("ready", {}, {"approve", "reject", "edit", "bind"}),
    ("ambiguous", {}, {"reject", "edit", "bind", "not_same", "create_anyway"}),
    ("ready", {"has_errors": True, "cause": "payload.too_long"}, {"reject", "edit", "bind"}),
    ("ready", {"state": "mapped", "match_kind": "", "action": ""}, {"reject", "edit", "bind"}),
    ("ready", {"state": "superseded", "cause": "contact.moved"}, set()),
]


@pytest.mark.parametrize(("kind", "given", "offered"), LEGAL)
def test_only_what_is_legal_now_is_offered(kind, given, offered) -> None:
    row = reviewing.ambiguous(**given) if kind == "ambiguous" else reviewing.proposal(**given)
    assert buttons(desk().get(screen(row))) == offered


def test_a_bound_contact_is_not_bound_again() -> None:
    row = update(match_kind="bound")
    make.binding(row.contact, 7, connection=row.connection)
    assert buttons(desk().get(screen(row))) == {"approve", "reject", "edit"}


@pytest.mark.parametrize(
    ("permission", "offered"),
    [
        ("approve_proposal", {"approve"}),
        ("reject_proposal", {"reject"}),
        ("edit_proposal", {"edit"}),
        ("bind_proposal", {"bind"}),
        ("view_push", set()),
    ],
)
def test_only_what_one_may_do_is_offered(permission, offered) -> None:
    client = with_permissions("view_proposal", permission)
    assert buttons(client.get(screen(reviewing.proposal()))) == offered


def test_who_may_not_look_sees_nothing() -> None:
    assert with_permissions("view_contact").get(screen(reviewing.proposal())).status_code == 403


def test_a_refusal_is_told_before_anybody_tries() -> None:
    row = reviewing.proposal()
    type(row.contact).objects.filter(pk=row.contact_id).update(version=2)
    page = desk().get(screen(row))
    assert "It changed since it was shown. Look again." in text(page)
    assert "approve" not in buttons(page)


@pytest.mark.parametrize("key", ["999999", "abc", "1_2"])
def test_a_proposal_that_is_not_there_is_a_plain_404(key) -> None:
    assert desk().get(f"/admin/zbsync/proposal/{key}/change/").status_code == 404


def test_an_approved_proposal_leads_to_its_push_and_can_be_taken_back() -> None:
    push = reviewing.push()
    page = desk().get(screen(push.proposal))
    assert f"/admin/zbsync/push/{push.pk}/change/" in page.content.decode()
    assert buttons(page) == {"undo"}


def test_the_screen_leads_to_the_whole_story() -> None:
    row = reviewing.proposal()
    assert f"/admin/zbsync/contact/{row.contact_id}/change/" in desk().get(screen(row)).content.decode()


def test_looking_changes_nothing_and_costs_few_queries(django_assert_max_num_queries) -> None:
    row = reviewing.ambiguous()
    client = desk()
    before = Proposal.objects.filter(pk=row.pk).values().get()
    with django_assert_max_num_queries(25):
        client.get(screen(row, "state__exact%3Dready"))
    assert Proposal.objects.filter(pk=row.pk).values().get() == before


def test_the_number_of_queries_does_not_grow_with_candidates() -> None:
    client = desk()
    few = _queries(client, reviewing.ambiguous())
    many = [reviewing.candidate(number, mobile="13800000001") for number in range(11, 31)]
    assert _queries(client, reviewing.ambiguous(candidates=many)) <= few


def _queries(client, row) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.get(screen(row))
    with CaptureQueriesContext(connection) as seen:
        client.get(screen(row))
    return len(seen)


def test_markup_in_a_contact_stays_text() -> None:
    row = reviewing.proposal(payload={"name": "<img src=x onerror=alert(1)>"}, title="<b>x</b>")
    page = desk().get(screen(row)).content.decode()
    assert "<img src=x" not in page
    assert "<b>x</b>" not in page


def test_nothing_on_the_screen_needs_a_script() -> None:
    page = desk().get(screen(reviewing.ambiguous())).content.decode()
    assert not re.search(r"\son[a-z]+=|\sstyle=|javascript:", page)
    assert re.findall(r'<script src="([^"]+)"', page) == ["/static/admin/js/theme.js"]


# ---------------------------------------------------------------- previous and next
def test_the_neighbours_are_those_of_the_list() -> None:
    first, other, second, third = (reviewing.proposal(channel=name) for name in ("a", "b", "a", "a"))
    page = desk().get(screen(second, "channel__exact%3Da")).content.decode()
    previous, following = (re.search(rf'rel="{rel}" href="([^"]+)"', page) for rel in ("prev", "next"))
    assert previous
    assert f"/{third.pk}/change/" in previous.group(1)
    assert following
    assert f"/{first.pk}/change/" in following.group(1)
    assert "_changelist_filters=channel__exact%3Da" in following.group(1)
    assert other.pk not in (first.pk, third.pk)


def test_the_neighbours_follow_the_order_of_the_list() -> None:
    rows = [reviewing.proposal(score=score) for score in (70, 90, 80)]
    page = desk().get(screen(rows[2], "o%3D-5")).content.decode()  # by score, falling: 90, 80, 70
    following = re.search(r'rel="next" href="([^"]+)"', page)
    assert following
    assert f"/{rows[0].pk}/change/" in following.group(1)


def test_the_first_has_no_previous_and_the_last_no_next() -> None:
    row = reviewing.proposal()
    page = desk().get(screen(row)).content.decode()
    assert 'rel="prev"' not in page
    assert 'rel="next"' not in page
    assert "1 in the list" in page


def test_a_filter_from_the_address_that_makes_no_sense_breaks_nothing() -> None:
    row = reviewing.proposal()
    assert desk().get(screen(row, "score%3Dnonsense%26x%3Dy%26contact__password%3D1")).status_code == 200
