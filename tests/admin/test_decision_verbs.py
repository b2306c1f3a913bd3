"""The forms of the decision screen: each asks one verb, refuses what moved, and loses nothing that was typed."""

import pytest

from tests.admin.desk import LIST, decide, desk, reviewer, screen, text, told, verbs_of, with_permissions
from tests.pipeline import reviewing
from zbsync.models import Binding, Entry, Proposal, Push

pytestmark = pytest.mark.django_db


def fresh(row: Proposal) -> Proposal:
    return Proposal.objects.get(pk=row.pk)


def ord_posted(row: Proposal, ord_: str, verb: str = "bind"):
    return decide(desk(), row, verb, ord=ord_, reason="seen in the ERP")


# ---------------------------------------------------------------- approve, reject
def test_approving_makes_a_push_and_opens_the_next_one() -> None:
    following, row = reviewing.proposal(), reviewing.proposal()
    answer = decide(desk(), row, "approve")
    assert (answer.status_code, answer["Location"]) == (302, screen(following))
    assert fresh(row).state == "approved"
    assert Push.objects.get(proposal=row).approved_by == reviewer()
    assert verbs_of(row) == ["proposal.approve"]


def test_after_a_decision_the_list_it_came_from_goes_on() -> None:
    other, following, row = (reviewing.proposal(channel=name) for name in ("b", "a", "a"))
    answer = decide(desk(), row, "approve", query="channel__exact%3Da")
    assert answer["Location"] == screen(following, "channel__exact%3Da")
    last = decide(desk(), following, "approve", query="channel__exact%3Da")
    assert last["Location"] == f"{LIST}?channel__exact=a"
    assert fresh(other).state == "ready"


def test_the_next_page_says_what_was_done() -> None:
    reviewing.proposal()
    row = reviewing.proposal(title="示例公司")
    client = desk()
    assert "Approved: 示例公司" in told(client.get(decide(client, row, "approve")["Location"]))


def test_approving_a_link_only_binds() -> None:
    values = {"name": "王小明"}
    row = reviewing.proposal(payload=values, target_ord=7, erp_values=values)
    decide(desk(), row, "approve")
    assert Binding.objects.get(contact=row.contact).ord == 7
    assert not Push.objects.exists()


def test_declining_needs_a_reason() -> None:
    row = reviewing.proposal()
    page = decide(desk(), row, "reject")
    assert page.status_code == 422
    assert "Say why: choose a reason or write one." in told(page)
    assert '<details class="zb-pop" open>' in page.content.decode()
    assert fresh(row).state == "ready"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"usual": "Duplicate"}, "Duplicate"),
        ({"note": "asked by phone"}, "asked by phone"),
        ({"usual": "Duplicate", "note": "of Example Co"}, "Duplicate: of Example Co"),
    ],
)
def test_a_usual_reason_an_own_one_or_both_are_kept(given, kept) -> None:
    row = reviewing.proposal()
    assert decide(desk(), row, "reject", **given).status_code == 302
    assert (fresh(row).state, fresh(row).reason) == ("rejected", kept)


def test_a_made_up_usual_reason_is_refused() -> None:
    row = reviewing.proposal()
    assert decide(desk(), row, "reject", usual="because").status_code == 422
    assert fresh(row).state == "ready"


def test_a_reason_too_long_keeps_what_was_typed() -> None:
    row = reviewing.proposal()
    page = decide(desk(), row, "reject", note="x" * 441)
    assert page.status_code == 422
    assert "x" * 441 in page.content.decode()


# ---------------------------------------------------------------- what moved
@pytest.mark.parametrize(
    ("verb", "given"),
    [
        ("approve", {}),
        ("reject", {"usual": "Duplicate"}),
        ("edit", {"field": "intro", "value": "x", "reason": "y"}),
        ("bind", {"ord": "11"}),
        ("not_same", {"ord": "11"}),
        ("create_anyway", {}),
    ],
)
def test_a_digest_that_is_not_the_present_one_is_refused_by_every_verb(verb, given) -> None:
    row = reviewing.proposal() if verb in ("approve", "reject", "edit") else reviewing.ambiguous()
    page = decide(desk(), row, verb, **given | {"digest": "0" * 64})
    assert page.status_code == 409
    assert "It changed since it was shown. Look again." in told(page)
    assert fresh(row).digest == row.digest
    assert fresh(row).state == "ready"
    assert not Entry.objects.exists()


def test_what_somebody_else_decided_is_told_and_shown_afresh() -> None:
    row = reviewing.proposal()
    client = desk()
    decide(client, row, "reject", usual="Duplicate")
    page = decide(client, row, "approve")
    assert page.status_code == 409
    assert "somebody else may have decided" in told(page)
    assert "declined" in text(page)


def test_a_contact_that_changed_meanwhile_is_not_approved() -> None:
    row = reviewing.proposal()
    type(row.contact).objects.filter(pk=row.contact_id).update(version=2)
    assert decide(desk(), row, "approve").status_code == 409
    assert not Push.objects.exists()


# ---------------------------------------------------------------- edit
def test_an_edit_is_kept_with_its_reason_and_the_screen_stays() -> None:
    row = reviewing.proposal()
    answer = decide(desk(), row, "edit", field="intro", value="wants two", reason="Confirmed with the customer")
    assert answer["Location"] == screen(row)
    edited = fresh(row)
    assert edited.payload["intro"] == "wants two"
    assert edited.edits["intro"]["reason"] == "Confirmed with the customer"
    assert edited.digest != row.digest


def test_a_field_can_be_filled_in_that_was_not_there() -> None:
    row = reviewing.proposal()
    decide(desk(), row, "edit", field="email", value="a@mail.example", reason="Completed")
    assert fresh(row).payload["email"] == "a@mail.example"


def test_an_edit_without_a_reason_keeps_what_was_typed() -> None:
    row = reviewing.proposal()
    page = decide(desk(), row, "edit", field="intro", value="typed in vain?", reason="")
    assert page.status_code == 422
    assert "Say why the field is edited." in told(page)
    assert "typed in vain?" in page.content.decode()
    assert '<details class="zb-edit" open>' in page.content.decode()


def test_a_value_the_erp_would_refuse_is_refused_with_the_mend_and_not_lost() -> None:
    row = reviewing.proposal()
    page = decide(desk(), row, "edit", field="khid", value="W" * 51, reason="Typing error")
    assert page.status_code == 422
    assert "客户编号 has 51 characters, the ERP takes 50. Shorten it." in told(page)
    assert "W" * 51 in page.content.decode()
    assert fresh(row).payload == row.payload


def test_what_was_typed_into_a_new_field_comes_back_too() -> None:
    row = reviewing.proposal()
    page = decide(desk(), row, "edit", field="age", value="forty", reason="Completed").content.decode()
    assert '<option value="age" selected>' in page
    assert 'value="forty"' in page


@pytest.mark.parametrize("field", ["date1", "no_such_field"])
def test_a_field_that_cannot_be_changed_is_refused(field) -> None:
    row = reviewing.proposal()
    assert decide(desk(), row, "edit", field=field, value="x", reason="y").status_code == 422
    assert fresh(row).payload == row.payload


# ---------------------------------------------------------------- the target
def test_binding_to_a_candidate_makes_it_the_target() -> None:
    reviewing.record(11, name="王小明", mobile="13800000001")
    row = reviewing.ambiguous()
    answer = ord_posted(row, "11")
    assert answer["Location"] == screen(row)
    bound = fresh(row)
    assert (bound.target_ord, bound.target_chosen, bound.match_kind) == (11, True, "unique")
    assert bound.action == "update"


def test_binding_to_a_customer_that_was_never_read_sends_it_back_to_be_read() -> None:
    row = reviewing.ambiguous()
    ord_posted(row, "99")
    assert (fresh(row).state, fresh(row).target_ord) == ("mapped", 99)


@pytest.mark.parametrize("typed", ["", "abc", "0", "-3", "1.5", "9" * 30])
def test_what_is_no_erp_id_is_refused_and_comes_back(typed) -> None:
    row = reviewing.ambiguous()
    page = ord_posted(row, typed)
    assert page.status_code == 422
    assert f'name="ord" inputmode="numeric" required value="{typed}"' in page.content.decode()
    assert fresh(row).target_ord is None


def test_a_customer_that_belongs_to_another_contact_is_refused() -> None:
    other = reviewing.contact()
    Binding.objects.create(contact=other, connection=reviewing.erp(), ord=11, provenance="settle")
    row = reviewing.ambiguous()
    page = ord_posted(row, "11")
    assert page.status_code == 409
    assert "This ERP customer belongs to another contact" in told(page)


def test_somebody_else_is_remembered_and_the_rest_judged_again() -> None:
    reviewing.record(12, name="王小明", mobile="13800000001")
    row = reviewing.ambiguous()
    ord_posted(row, "11", "not_same")
    judged = fresh(row)
    assert judged.not_same == [11]
    assert (judged.match_kind, judged.target_ord) == ("unique", 12)


def test_create_anyway_makes_a_new_customer_of_it() -> None:
    row = reviewing.ambiguous()
    answer = decide(desk(), row, "create_anyway")
    assert answer["Location"] == screen(row)
    assert (fresh(row).action, fresh(row).not_same) == ("create", [11, 12])


# ---------------------------------------------------------------- undo
def test_a_decision_can_be_taken_back_while_nothing_came_of_it() -> None:
    row = reviewing.proposal()
    client = desk()
    decide(client, row, "approve")
    answer = decide(client, row, "undo")
    assert answer.status_code == 302
    assert Push.objects.get(proposal=row).state == "cancelled"


def test_what_was_sent_cannot_be_taken_back() -> None:
    push = reviewing.push(state="accepted", ord=5)
    page = decide(desk(), push.proposal, "undo")
    assert page.status_code == 409
    assert "was sent already" in told(page)


# ---------------------------------------------------------------- who may
@pytest.mark.parametrize(
    ("verb", "given"),
    [
        ("approve", {}),
        ("reject", {"usual": "Duplicate"}),
        ("edit", {"field": "intro", "value": "x", "reason": "y"}),
        ("bind", {"ord": "11"}),
        ("not_same", {"ord": "11"}),
        ("create_anyway", {}),
    ],
)
def test_who_may_only_look_is_refused_by_the_verb_itself(verb, given) -> None:
    row = reviewing.ambiguous() if verb in ("bind", "not_same", "create_anyway") else reviewing.proposal()
    assert decide(with_permissions("view_proposal"), row, verb, **given).status_code == 403
    assert not Entry.objects.exists()


def test_an_unknown_verb_is_refused() -> None:
    row = reviewing.proposal()
    page = decide(desk(), row, "destroy")
    assert page.status_code == 422
    assert "does not know “destroy”" in told(page)


def test_a_form_from_another_site_is_refused() -> None:
    row = reviewing.proposal()
    strict = desk()
    strict.handler.enforce_csrf_checks = True
    assert decide(strict, row, "approve").status_code == 403
    assert fresh(row).state == "ready"


def test_looking_never_decides() -> None:
    row = reviewing.proposal()
    desk().get(f"{screen(row)}?verb=approve&digest={row.digest}")
    assert fresh(row).state == "ready"
