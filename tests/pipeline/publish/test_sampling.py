"""What the editor shows beside a rule: real results for real contacts, and how they differ from what is in force."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.models import make
from zbsync.core.mapping import Rule
from zbsync.models import Contact
from zbsync.pipeline import bootstrap, publish

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def installed() -> None:
    make.options(make.erp())
    bootstrap.seed()


def tried(rule: Rule, contact: Contact) -> publish.Tried:
    return publish.try_rules([rule], [contact])[0][0]


def test_a_rule_shows_its_value_and_what_is_said_now() -> None:
    contact = make.contact(notes="老客户", remark="急")
    one = tried(Rule("intro", "remark"), contact)
    assert (one.value, one.before, one.changed) == ("急", "老客户", True)
    assert not tried(Rule("intro", "notes"), contact).changed


def test_an_option_is_shown_by_its_name() -> None:
    one = tried(Rule("jz", "score", "value_map", "score_to_jz:jz"), make.contact(score=95.0))
    assert (one.value, one.label) == ("175", "很高")


def test_why_it_gives_nothing_is_said() -> None:
    one = tried(Rule("mobile", "wechat_id", "mobile"), make.contact(wechat_id="abc"))
    assert (one.value, [finding.code for finding in one.findings]) == ("", ["mapping.not_a_mobile"])


def test_a_rule_for_the_other_kind_does_not_apply() -> None:
    one = tried(Rule("zijin", "score", applies_to="unit"), make.contact())
    assert (one.applies, one.changed) == (False, False)


def test_interactions_are_read() -> None:
    contact = make.contact()
    contact.interactions.create(source_id="i1", at=make.NOW, content="请报价")
    assert "请报价" in tried(Rule("c2", "", "join_interactions"), contact).value


def test_one_that_cannot_work_does_not_hide_the_others() -> None:
    results = publish.try_rules([Rule("intro", "nix"), None, Rule("intro", "name")], [make.contact(name="王小明")])
    assert [[one.value for one in of_rule] for of_rule in results] == [[], [], ["王小明"]]


def test_without_an_erp_nothing_is_tried() -> None:
    contact = make.contact()
    make.erp().__class__.objects.update(is_active=False)
    assert publish.try_rules([Rule("intro", "notes")], [contact]) == [[]]


def test_the_number_of_questions_does_not_grow() -> None:
    contacts = [make.contact() for _ in range(3)]

    def asked(rules: int, of: int) -> int:
        with CaptureQueriesContext(connection) as seen:
            publish.try_rules([Rule("intro", "notes")] * rules, contacts[:of])
        return len(seen)

    assert asked(1, 1) == asked(30, 3) < 12


def test_samples_are_of_both_kinds_and_the_newest() -> None:
    make.contact()
    firm = make.contact(kind="company", company="江北机械")
    newest = [make.contact() for _ in range(2)]
    make.contact(deleted_at=make.NOW)
    assert publish.sample_contacts(make.user()) == [firm, newest[1], newest[0]]


def test_chosen_contacts_keep_their_order_and_number() -> None:
    one, two, three, four = (make.contact() for _ in range(4))
    assert publish.sample_contacts(make.user(), [four.pk, one.pk, 10**9]) == [four, one]
    assert len(publish.sample_contacts(make.user(), [one.pk, two.pk, three.pk, four.pk])) == publish.AT_ONCE


@pytest.mark.parametrize("sought", ["江北", "1390000", "wx_find", "K-77"])
def test_a_contact_is_found_by_how_something_of_it_begins(sought: str) -> None:
    make.contact(name="别人")
    found = make.contact(company="江北机械", phone="13900001111", wechat_id="wx_find_me", source_id="K-77-1")
    assert publish.find_contacts(make.user(), sought) == [found]
    assert publish.find_contacts(make.user(), "") == []


def test_further_sources_are_what_recent_contacts_have() -> None:
    make.contact(extra={"industry": "印刷", "tags": ["a"], "crm": {"level": 3, "a.b": 1}})
    assert publish.further_sources() == ["extra.crm.level", "extra.industry", "extra.tags"]
