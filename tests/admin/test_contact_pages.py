"""Contacts: the list with its questions, and the page that tells one contact's whole story."""

import pytest
from django.test.utils import CaptureQueriesContext

from tests.admin.desk import desk, names, text, with_permissions
from tests.models import make
from tests.pipeline import reviewing
from zbsync.models import Interaction
from zbsync.pipeline import review

pytestmark = pytest.mark.django_db

LIST = "/admin/zbsync/contact/"


def story(contact, client=None):
    return (client or desk("administrator")).get(f"{LIST}{contact.pk}/change/")


FILTERED = [
    ("eligible__exact=1", ["a"]),
    ("eligible__exact=0", ["b"]),
    ("eligible__exact=none", ["e", "d", "c"]),
    ("kind__exact=company", ["c"]),
    ("listing__exact=black", ["d"]),
    ("listing__exact=none", ["e", "c", "b", "a"]),
    ("phone_verified__exact=0", ["b"]),
    ("gone=1", ["e"]),
    ("gone=0", ["d", "c", "b", "a"]),
    ("score=55", ["b"]),
    ("channel__exact=广告", ["a"]),
]


@pytest.mark.parametrize(("query", "found"), FILTERED)
def test_a_question_narrows_the_list(query, found) -> None:
    make.contact(name="a", eligible=True, channel="广告")
    make.contact(name="b", eligible=False, phone_verified=False, score=57)
    make.contact(name="c", kind="company")
    make.contact(name="d", listing="black")
    make.contact(name="e", deleted_at=make.NOW)
    assert names(desk().get(f"{LIST}?{query}")) == found


SEARCHED = [
    ("13800001234", ["张三"]),
    ("138-0000-1234", ["张三"]),
    ("1380000", ["张三"]),
    ("WXu77", ["示例公司"]),
    ("u77", ["示例公司"]),
    ("wxid_li", ["李四"]),
    ("张", ["张三"]),
    ("示例", ["示例公司"]),
    ("K9", ["李四"]),
    ("6001", ["李四"]),
    ("nobody", []),
]


@pytest.mark.parametrize(("query", "found"), SEARCHED)
def test_a_search_is_routed_by_its_shape(query, found) -> None:
    make.contact(name="张三", phone="13800001234", wechat_id="")
    make.binding(make.contact(name="李四", wechat_id="wxid_li", k_code="K9", phone="13100000001"), 6001)
    make.contact(source_id="u77", name="王五", company="示例公司", phone="13100000002", wechat_id="")
    assert names(desk().get(LIST, {"q": query})) == found


def test_a_row_says_what_the_gate_said() -> None:
    make.contact(eligible=True)
    make.contact(eligible=False)
    make.contact()
    make.contact(deleted_at=make.NOW)
    page = text(desk().get(LIST))
    for words in ("eligible", "held back", "not judged yet", "gone"):
        assert words in page


@pytest.mark.parametrize("query", ["孙国", "sg", "丰峰", "xaff", "西安丰峰", "SG", "丰 峰"])
def test_a_judged_contact_is_found_by_any_part_of_its_names_and_by_their_initials(query: str) -> None:
    row = make.contact(name="孙国", company="西安丰峰商贸有限公司", proposed_version=1)
    make.proposal(contact=row, state="blocked", title=row.company, person=row.name)
    make.proposal(contact=make.contact(name="王五", proposed_version=1), title="王五", person="王五")
    assert names(desk().get(LIST, {"q": query})) == [row.company]


def test_a_contact_with_several_proposals_stands_there_once() -> None:
    row = make.contact(name="孙国", proposed_version=1)
    for state in ("superseded", "rejected", "ready"):
        make.proposal(contact=row, state=state)
    assert names(desk().get(LIST, {"q": "孙国"})) == ["孙国"]


def test_a_name_that_has_just_changed_is_found_before_it_is_judged() -> None:
    row = make.contact(name="孙国", proposed_version=1, version=2)
    make.proposal(contact=row, title="孙果", person="孙果")
    assert names(desk().get(LIST, {"q": "孙国"})) == ["孙国"]


def test_the_names_of_judged_contacts_are_not_read_one_by_one() -> None:
    make.contact(name="孙国", proposed_version=1)
    assert names(desk().get(LIST, {"q": "孙国"})) == []


def test_the_list_needs_few_queries(django_assert_max_num_queries) -> None:
    for _ in range(20):
        make.contact()
    client = desk()
    with django_assert_max_num_queries(15):
        client.get(LIST)


def test_who_may_not_see_contacts_sees_none() -> None:
    client = with_permissions("view_proposal")
    assert client.get(LIST).status_code == 403
    assert story(make.contact(), client).status_code == 403


@pytest.mark.parametrize("key", ["999999", "abc"])
def test_a_contact_that_is_not_there_is_a_plain_404(key) -> None:
    assert desk().get(f"{LIST}{key}/change/").status_code == 404


# ---------------------------------------------------------------- the story
def test_it_tells_the_facts_of_the_contact_and_leaves_out_what_is_empty() -> None:
    contact = make.contact(
        name="张三", company="示例公司", listing="gray", extra={"industry": "印刷", "tags": ["老客户", "A"]}
    )
    page = text(story(contact))
    for words in ("示例公司", "张三", contact.phone, "verified", "gray list", "印刷", "老客户、A", contact.source_id):
        assert words in page
    assert "K code" not in page


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"eligible": True}, "may go to the ERP"),
        ({"eligible": False}, "held back by the gate"),
        ({}, "not judged yet"),
        ({"eligible": True, "deleted_at": make.NOW}, "gone from the hub"),
    ],
)
def test_it_gives_the_verdict(given, words) -> None:
    assert words in text(story(make.contact(**given)))


def test_it_lists_every_finding_with_the_actual_values() -> None:
    contact = make.contact(eligible=False)
    gate = [
        {"code": "gate.score_low", "field": "score", "severity": "error", "params": {"score": 57, "needs": 60}},
        {"code": "gate.black_listed", "field": "list", "severity": "error", "params": {}},
    ]
    make.proposal(contact=contact, state="blocked", gate_findings=gate, cause="gate.score_low")
    page = text(story(contact))
    assert "Score 57, needs 60." in page
    assert "On the black list." in page


def test_it_shows_the_mapping_with_the_origin_of_every_field() -> None:
    row = reviewing.proposal()
    page = text(story(row.contact))
    assert "What it becomes in the ERP" in page
    assert "客户编号" in page
    assert "only when creating" in page


def test_it_tells_what_happened_in_order_and_in_words() -> None:
    contact = reviewing.contact()
    Interaction.objects.create(contact=contact, source_id="i1", at=make.NOW, method="微信", content="请报价")
    row = reviewing.proposal(contact)
    review.approve([row.pk], reviewing.person(), reason="good lead")
    page = text(story(contact))
    assert page.index("请报价") < page.index("Approved")
    assert "good lead" in page
    assert "to review → approved" in page


def test_a_jobs_reason_is_a_sentence_and_not_a_code() -> None:
    row = reviewing.proposal(edits={"intro": {"before": "", "value": "x", "reason": "y", "by": "li", "at": ""}})
    from django.db import transaction

    from zbsync.pipeline import audit, worklist

    with transaction.atomic():
        worklist.supersede([row.pk], "contact.moved", audit.new_act(), audit.Actor.job("propose"), make.NOW)
    page = text(story(row.contact))
    assert "The contact or a rule changed; a newer proposal took its place." in page


def test_it_leads_to_proposals_and_pushes() -> None:
    push = reviewing.push()
    page = story(push.contact).content.decode()
    assert f"/admin/zbsync/push/{push.pk}/change/" in page
    assert f"/admin/zbsync/proposal/{push.proposal_id}/change/" in page


def test_exchanges_are_folded_and_whole() -> None:
    push = reviewing.push()
    body = '{"header": {"status": 0}, "body": "<b>ok</b>"}'
    make.exchange(connection=push.connection, push=push, operation="save_unit", status=200, response_body=body)
    page = story(push.contact)
    assert '<details class="zb-exchange">' in page.content.decode()
    assert "save a unit customer · 200" in text(page)
    assert "<b>ok</b>" not in page.content.decode()
    assert "&lt;b&gt;ok" in page.content.decode()


def test_a_role_that_may_not_read_exchanges_is_told_of_them_without_their_bodies() -> None:
    push = reviewing.push()
    make.exchange(connection=push.connection, push=push, operation="save_unit", response_body="what the ERP said")
    page = story(push.contact, desk("reviewer"))
    assert "Talked to the ERP" in text(page)
    assert "what the ERP said" not in page.content.decode()
    assert "zb-exchange" not in page.content.decode()


def test_a_role_that_may_not_see_proposals_and_pushes_has_no_links_to_them() -> None:
    push = reviewing.push()
    page = story(push.contact, with_permissions("view_contact")).content.decode()
    assert "/admin/zbsync/push/" not in page
    assert "/admin/zbsync/proposal/" not in page


def test_a_bound_contact_names_its_customer() -> None:
    contact = make.contact()
    make.binding(contact, 7788)
    assert "ERP customer 7788" in text(story(contact))


def test_the_story_costs_the_same_however_much_has_happened() -> None:
    from django.db import connection

    push = reviewing.push()
    client = desk("administrator")

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            story(push.contact, client)
        return len(seen)

    queries()
    few = queries()
    for number in range(10):
        make.exchange(connection=push.connection, push=push, operation="read_customer")
        Interaction.objects.create(contact=push.contact, source_id=f"i{number}", at=make.NOW)
    assert queries() <= few < 40


def test_nothing_can_be_edited_on_the_story() -> None:
    row = reviewing.proposal()
    page = story(row.contact).content.decode()
    assert 'name="verb"' not in page
    assert "zb-edit" not in page
