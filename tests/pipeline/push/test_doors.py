"""What a door cannot say: told before anybody approves, left out of what is written, and never sent in silence."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from tests.models import make
from tests.pipeline.life import Life, life
from tests.pipeline.pushing import desk, settled
from zbsync.models import Option, Proposal
from zbsync.pipeline import dispatch, judgement, match, propose, verify
from zbsync.sentences import say

pytestmark = pytest.mark.django_db

BY_NAMES = {"sort1": "意向客户/初步接触", "dialects": {"customer.add": "v3", "customer.edit": "v3"}}
LABELS = {"sort1": "意向客户/初步接触"}
CONNECT = ["--dialect=legacy", "--username-env=ERP_USER", "--password-env=ERP_PASSWORD"]
NO_PLACE = ("pym", "bz", "jf2", "age", "phone2", "XiQueIntro")


def at_v3(world: Life) -> None:
    world.erp.connection.options = BY_NAMES
    world.erp.connection.save()


@pytest.fixture
def world(db: None, tmp_path: Path) -> Any:
    with life(tmp_path) as made:
        at_v3(made)
        yield made


def mapped_with(world: Life, **extra: str) -> Proposal:
    """A proposal whose mapping says more fields, matched."""
    world.hub()
    propose.drain()
    row = world.row()
    row.payload = {**row.payload, **extra}
    row.digest = judgement.digest_of(row)
    row.save()
    match.drain()
    return world.row()


def told(row: Proposal) -> dict[str, tuple[str, str]]:
    return {
        one["field"]: (one["code"], one["severity"])
        for one in row.findings
        if one["code"] in ("payload.not_carried", "payload.option_unnamed")
    }


@pytest.mark.parametrize("field", NO_PLACE)
def test_a_field_without_a_place_is_told_and_not_written(world: Life, field: str) -> None:
    row = mapped_with(world, **{field: "1"})
    assert told(row) == {field: ("payload.not_carried", "info" if field == "pym" else "error")}
    (kept,) = [one for one in row.changes if one["target"] == field]
    assert (kept["written"], kept["why"]) == (False, "not_carried")
    assert row.has_errors is (field != "pym")
    (sentence,) = [say(one) for one in judgement.findings_of(row) if one.field == field]
    assert "v3" in sentence


def test_the_screen_tells_it_beside_the_field_and_offers_no_approval(world: Life, admin_client: Any) -> None:
    row = mapped_with(world, age="40")
    page = admin_client.get(f"/admin/zbsync/proposal/{row.pk}/change/").content.decode()
    assert "该接口版本无法发送" in page
    assert "接口版本 v3 无法发送“40”" in page
    assert world.approve().left_ids == {"review.has_errors": [row.pk]}


def test_emptying_the_field_is_a_mend_too(world: Life) -> None:
    mapped_with(world, age="40")
    row = world.edit("age", "")
    assert (told(row), row.has_errors) == ({}, False)
    assert world.approve().done == 1


def test_an_empty_one_is_not_worth_a_word(world: Life) -> None:
    assert told(mapped_with(world, age="")) == {}


def test_the_older_door_has_a_place_for_all(world: Life) -> None:
    world.erp.connection.options = {"sort1": "3,7"}
    world.erp.connection.save()
    assert told(mapped_with(world, **dict.fromkeys(NO_PLACE, "1"))) == {}


def test_what_was_told_and_left_out_is_no_drift(world: Life) -> None:
    row = mapped_with(world, pym="wxm")
    assert world.approve().done == 1
    world.deliver()
    assert world.pushes() == [("verified", "")]
    assert "pym" not in row.push.payload


def test_choosing_another_door_is_the_mend(world: Life) -> None:
    row = mapped_with(world, age="40")
    assert row.has_errors
    call_command("connect_erp", "sandbox", "--option", "dialects=", *CONNECT, f"--base-url={world.erp.sandbox.url}")
    assert world.approve().left_ids == {"review.moved": [row.pk]}
    world.think()
    assert (told(world.row()), world.row().has_errors) == ({}, False)
    assert world.approve().done == 1


def test_a_form_that_gives_another_door_has_open_proposals_judged_anew(world: Life, admin_client: Any) -> None:
    row = mapped_with(world)
    page = f"/admin/zbsync/erpconnection/{world.erp.connection.pk}/change/"
    form = admin_client.get(page).context["adminform"].form
    sent = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    admin_client.post(page, sent)
    assert world.contact().proposed_version, "nothing moved"
    admin_client.post(page, {**sent, "options": '{"sort1": "3,7"}'})
    assert world.contact().proposed_version == 0
    assert world.approve().left_ids == {"review.moved": [row.pk]}


def test_a_door_chosen_after_the_approval_refuses_what_it_has_no_place_for() -> None:
    with desk() as erp:
        made = erp.push(labels=LABELS, payload={"khid": "WX1", "name": "甲", "sort1": "3,7", "age": "40"})
        erp.connection.options = {"dialects": {"customer.add": "v3"}}
        erp.connection.save()
        dispatch.drain()
        assert settled(made) == ("rejected", "refused")
        assert [(one["code"], one["field"]) for one in made.findings] == [("payload.not_carried", "age")]
        assert (erp.stored("WX1"), made.message) == (0, "not sent")


def test_an_option_without_a_name_is_found_before_the_approval(world: Life) -> None:
    Option.objects.filter(vocabulary__name="ly", path="微信咨询").update(label="", path="")
    row = mapped_with(world, ly="978")
    assert told(row)["ly"] == ("payload.option_unnamed", "error")


def test_an_option_of_a_dictionary_that_nobody_read_may_still_be_found(world: Life) -> None:
    row = mapped_with(world)
    row.payload, row.fields = {**row.payload, "jz": "175"}, [one for one in row.fields if one["target"] != "jz"]
    row.findings = [{"code": "payload.option_unchecked", "field": "jz", "severity": "warning", "params": {}}]
    judgement.settle_difference(row)
    assert told(row)["jz"] == ("payload.option_unnamed", "warning")


def test_an_option_that_turns_out_to_have_no_name_is_refused_and_not_sent() -> None:
    with desk() as erp:
        erp.connection.options = {"dialects": {"customer.add": "v3"}}
        erp.connection.save()
        made = erp.push(labels=LABELS, payload={"khid": "WX1", "name": "甲", "sort1": "3,7", "jz": "9999"})
        dispatch.drain()
        assert settled(made) == ("rejected", "refused")
        assert made.message.startswith("not sent")
        assert erp.stored("WX1") == 0


@pytest.mark.parametrize("labels", [{}, {"ly": "朋友介绍"}])
def test_a_changed_option_is_sent_by_its_new_name(labels: dict[str, str]) -> None:
    with desk() as erp:
        first = erp.push(payload={"khid": "WX1", "name": "甲", "sort1": "3,7", "ly": "171", "jz": "175"})
        dispatch.drain()
        verify.drain()
        erp.connection.options = {"dialects": {"customer.edit": "v3"}}
        erp.connection.save()
        first.refresh_from_db()
        change = erp.update(first.ord or 0, {"ly": "172"}, {"ly": "171"}, labels=labels)
        dispatch.drain()
        verify.drain()
        assert settled(change) == ("verified", "")
        held = erp.customer(first.ord)
        assert (held["ly"], held["jz"], held["sort1"]) == ("172", "175", "3,7")


def test_many_rows_ask_for_their_connection_once(world: Life, django_assert_max_num_queries: Any) -> None:
    for number in range(12):
        world.hub(str(number), phone=f"138000022{number:02d}")
    propose.drain()
    rows = list(Proposal.objects.filter(connection=make.erp(name="sandbox")).select_related("connection"))
    for row in rows:
        row.match_kind = "absent"
    with django_assert_max_num_queries(0):
        for row in rows:
            judgement.settle_difference(row)
