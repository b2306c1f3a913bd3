import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from tests.models import make
from tests.pipeline.pushing import Desk, desk, settled
from zbsync.models import Attempt, Binding, Entry, Exchange, Push, Slot
from zbsync.pipeline import audit, dispatch, outbox, reconcile, verify, wiring

pytestmark = pytest.mark.django_db


@pytest.fixture
def erp() -> Iterator[Desk]:
    with desk() as made:
        yield made


def test_it_creates_a_customer_and_reads_it_back(erp: Desk) -> None:
    push = erp.push()
    assert dispatch.drain().done == 1
    assert settled(push) == ("accepted", "")
    assert verify.drain().done == 1
    assert settled(push) == ("verified", "")
    assert erp.customer(push.ord)["mobile"] == "13900000001"
    assert Binding.objects.get(contact=push.contact).ord == push.ord
    assert erp.writes(push.ord) == ["created"]


def test_every_step_leaves_its_entry_and_its_exchange(erp: Desk) -> None:
    push = erp.push()
    dispatch.drain()
    verify.drain()
    verbs = list(Entry.objects.filter(subject="push", subject_id=push.pk).order_by("pk").values_list("verb", flat=True))
    assert verbs == ["push.claim", "push.reserve", "push.mark_sending", "push.accept", "push.read_equal"]
    attempt = push.attempts.get()
    assert (attempt.outcome, attempt.number) == ("accepted", 1)
    said = set(push.exchanges.values_list("operation", "attempt"))
    assert {("allocate_individual", None), ("save_individual", attempt.pk), ("read_customer", None)} <= said


def test_many_pushes_cost_three_calls_each_and_one_login_a_lane(erp: Desk) -> None:
    for number in range(1, 25):
        erp.push(number)
    assert dispatch.drain().done == verify.drain().done == 24
    assert Push.objects.filter(state="verified").count() == 24
    assert len(erp.sandbox.store.log(cmdkey="__sys_dosave")) == 24
    logins = Exchange.objects.filter(operation="login").count()
    assert logins <= erp.connection.lanes
    assert Exchange.objects.count() - logins == 3 * 24


def test_an_update_writes_its_fields_and_blanks_no_other(erp: Desk) -> None:
    first = erp.push()
    dispatch.drain()
    first.refresh_from_db()
    verify.drain()
    before = erp.customer(first.ord)
    push = erp.update(first.ord or 0, {"intro": "新的备注"}, {"intro": "想要报价"})
    dispatch.drain()
    after = erp.customer(first.ord)
    assert settled(push)[0] == "accepted"
    assert after["intro"] == "新的备注"
    unchanged = set(before) - {"intro"}
    assert {name: after[name] for name in unchanged} == {name: before[name] for name in unchanged}
    assert after["weixinAcc"] == "wx_1"


def test_an_update_is_refused_when_the_erp_changed_since_the_approval(erp: Desk) -> None:
    first = erp.push()
    dispatch.drain()
    first.refresh_from_db()
    verify.drain()
    saves = len(erp.sandbox.store.log(cmdkey="__sys_dosave"))
    push = erp.update(first.ord or 0, {"intro": "新的备注"}, {"intro": "别的"})
    dispatch.drain()
    assert settled(push) == ("rejected", "erp_moved")
    assert [(one["code"], one["field"]) for one in push.findings] == [("push.erp_moved", "intro")]
    assert push.findings[0]["params"] == {"then": "别的", "now": "想要报价"}
    assert len(erp.sandbox.store.log(cmdkey="__sys_dosave")) == saves


def test_an_update_that_the_erp_has_already_is_not_sent_again(erp: Desk) -> None:
    first = erp.push()
    dispatch.drain()
    first.refresh_from_db()
    verify.drain()
    push = erp.update(first.ord or 0, {"intro": "想要报价"}, {"intro": ""})
    dispatch.drain()
    assert settled(push) == ("accepted", "")
    assert erp.writes(first.ord) == ["created"]


def test_an_update_of_a_deleted_customer_is_refused(erp: Desk) -> None:
    first = erp.push()
    dispatch.drain()
    first.refresh_from_db()
    verify.drain()
    erp.sandbox.store.delete(first.ord or 0)
    push = erp.update(first.ord or 0, {"intro": "新的备注"}, {"intro": "想要报价"})
    dispatch.drain()
    assert settled(push) == ("rejected", "erp_gone")


def test_a_refusal_keeps_the_words_of_the_erp_and_the_field(erp: Desk) -> None:
    erp.push(1)
    dispatch.drain()
    twin = erp.push(2, payload={"khid": "WX1", "name": "另一位", "sort1": "3,7"})
    dispatch.drain()
    assert settled(twin) == ("rejected", "duplicate")
    assert "客户编号" in twin.message
    assert twin.findings[0]["field"] == "khid"
    assert twin.attempts.get().outcome == "rejected"
    assert erp.stored("WX1") == 1


def test_a_contact_that_moved_after_the_approval_is_not_sent(erp: Desk) -> None:
    push = erp.push()
    type(push.contact).objects.filter(pk=push.contact_id).update(version=2)
    dispatch.drain()
    assert settled(push) == ("cancelled", "review.moved")
    assert not erp.sandbox.store.log(cmdkey="__sys_dosave")
    assert Entry.objects.get(subject_id=push.pk, verb="push.cancel").before == {"state": "queued"}


def test_a_contact_that_moves_while_its_push_is_leased_is_not_sent(erp: Desk) -> None:
    push = erp.push()
    [held] = outbox.claim(erp.connection, 1, erp.clock())
    type(push.contact).objects.filter(pk=push.contact_id).update(version=2)
    assert outbox.mark_sending([held], erp.clock()) == []
    assert settled(push) == ("cancelled", "review.moved")
    assert not Attempt.objects.exists()


def test_an_expired_session_in_the_middle_of_a_batch_is_renewed(erp: Desk) -> None:
    for number in range(1, 11):
        erp.push(number)
    erp.sandbox.faults.arm([{"name": "session_kill", "count": 2, "after": 7}])
    dispatch.drain()
    verify.drain()
    assert Push.objects.filter(state="verified").count() == 10
    assert [erp.stored(f"WX{number}") for number in range(1, 11)] == [1] * 10


@pytest.mark.parametrize("fault", ["reply_lost", "html_500_after_store", "empty_body", "garbage"])
def test_an_answer_that_was_not_heard_is_in_doubt_and_found_by_looking(erp: Desk, fault: str) -> None:
    push = erp.push()
    erp.sandbox.faults.arm([{"name": fault, "count": 1, "cmdkey": "__sys_dosave"}])
    dispatch.drain()
    assert settled(push)[0] == "in_doubt"
    assert push.attempts.get().outcome == "in_doubt"
    assert dispatch.drain().seen == 0, "a push in doubt is never sent again before somebody looked"
    reconcile.drain()
    assert settled(push) == ("accepted", "")
    verify.drain()
    assert settled(push) == ("verified", "")
    assert erp.writes(push.ord) == ["created"]
    assert erp.stored("WX1") == 1


def test_a_push_that_never_arrived_is_sent_again_after_two_looks_apart(erp: Desk) -> None:
    push = erp.push()
    erp.sandbox.faults.arm([{"name": "reset_before", "count": 1, "cmdkey": "__sys_dosave"}])
    dispatch.drain()
    assert settled(push)[0] == "in_doubt"
    reconcile.drain(clock=erp.clock)
    assert (settled(push)[0], push.looks) == ("in_doubt", 1)
    assert reconcile.drain(clock=erp.clock).seen == 0, "the second look stands apart from the first"
    erp.clock.pass_(61)
    reconcile.drain(clock=erp.clock)
    assert settled(push) == ("queued", "proved_absent")
    dispatch.drain(clock=erp.clock)
    verify.drain(clock=erp.clock)
    assert settled(push) == ("verified", "")
    assert erp.stored("WX1") == 1
    assert [one.number for one in push.attempts.order_by("number")] == [1, 2]


def test_ok_but_not_stored_ends_as_a_difference(erp: Desk) -> None:
    push = erp.push()
    erp.sandbox.faults.arm([{"name": "ok_not_stored", "count": 1}])
    dispatch.drain()
    assert settled(push)[0] == "accepted"
    assert verify.drain().failed == 1
    assert settled(push) == ("drifted", "not_stored")
    assert {one["target"] for one in push.differences} == set(push.payload)


def test_a_value_that_was_read_back_differently_is_named(erp: Desk) -> None:
    push = erp.push()
    dispatch.drain()
    push.refresh_from_db()
    erp.sandbox.store.run("UPDATE customer SET intro = ? WHERE ord = ?", args=("改过", push.ord))
    verify.drain()
    assert settled(push) == ("drifted", "read_different")
    assert push.differences == [{"target": "intro", "sent": "想要报价", "read": "改过"}]


def test_a_drifted_push_is_sent_again_under_its_own_id(erp: Desk) -> None:
    push = erp.push()
    erp.sandbox.faults.arm([{"name": "ok_not_stored", "count": 1}])
    dispatch.drain()
    verify.drain()
    push.refresh_from_db()
    key, ord_ = push.key, push.ord
    [moved] = outbox.requeue([push.pk], act=audit.new_act(), actor=outbox.JOB, now=erp.clock(), reason="again")
    dispatch.drain()
    verify.drain()
    assert settled(push) == ("verified", "")
    assert (moved, push.round, push.ord) == (push.pk, 2, ord_)
    assert push.key != key
    assert erp.stored("WX1") == 1


def test_a_door_that_is_shut_costs_a_few_pushes_a_try_and_the_others_nothing(erp: Desk) -> None:
    pushes = [erp.push(number) for number in range(1, 41)]
    erp.sandbox.faults.arm([{"name": "unavailable", "seconds": 90}])
    dispatch.drain()
    states = {settled(push)[0] for push in pushes}
    assert states == {"queued"}
    assert sum(push.attempts_made for push in pushes) <= 2 * erp.connection.lanes
    assert min(push.not_before for push in pushes) > erp.clock() + timedelta(seconds=60)
    erp.sandbox.faults.arm([])
    erp.clock.pass_(200)
    dispatch.drain(clock=erp.clock)
    assert Push.objects.filter(state="accepted").count() == 40


def test_after_the_last_try_a_push_is_given_up() -> None:
    with desk(settings={"max_attempts": 1}) as erp:
        push = erp.push()
        erp.sandbox.faults.arm([{"name": "unavailable", "cmdkey": "__sys_dosave"}])
        dispatch.drain()
        assert settled(push) == ("dead", "unavailable")
        assert Entry.objects.filter(subject_id=push.pk, verb="push.give_up").count() == 1


def test_after_two_refused_logins_nobody_knocks_a_third_time(erp: Desk) -> None:
    pushes = [erp.push(number) for number in range(1, 6)]
    erp.sandbox.store.freeze(1)
    dispatch.drain()
    erp.connection.refresh_from_db()
    assert (erp.connection.pause_cause, erp.connection.login_refusals) == ("login_refused", 2)
    assert not Attempt.objects.exists(), "that the account is not let in is no push's failure"
    calls = erp.sandbox.store.calls()
    assert dispatch.drain().seen == verify.drain().seen == 0
    assert erp.sandbox.store.calls() == calls
    assert {(settled(push)[0], push.attempts_made) for push in pushes} == {("queued", 0)}
    erp.sandbox.store.freeze(1, frozen=False)
    assert wiring.resume(erp.connection, outbox.JOB, erp.clock(), "account mended")
    dispatch.drain()
    assert Push.objects.filter(state="accepted").count() == 5


def test_a_captcha_pauses_the_connection_at_once(erp: Desk) -> None:
    push = erp.push()
    erp.sandbox.faults.arm([{"name": "captcha", "count": 1}])
    dispatch.drain()
    erp.connection.refresh_from_db()
    assert erp.connection.pause_cause == "captcha"
    assert (settled(push)[0], push.attempts_made) == ("queued", 0)


def test_it_takes_nothing_up_when_time_is_over(erp: Desk) -> None:
    push = erp.push()
    assert dispatch.drain(until=0.0).seen == 0
    assert settled(push)[0] == "queued"


def test_a_limit_bounds_what_is_taken_up(erp: Desk) -> None:
    for number in range(1, 6):
        erp.push(number)
    assert dispatch.drain(limit=3).done == 3
    assert Push.objects.queued().count() == 2


def test_a_slot_that_somebody_holds_is_passed_over(erp: Desk) -> None:
    erp.push()
    with wiring.slot(erp.connection) as hold:
        assert hold
        assert dispatch.drain().seen == 0
    assert dispatch.drain().done == 1


def test_a_binding_that_contradicts_is_a_finding_and_loses_no_settle(erp: Desk) -> None:
    push = erp.push()
    make.binding(push.contact, 999_999, connection=erp.connection)
    dispatch.drain()
    assert settled(push) == ("accepted", "push.binding_conflict")
    verify.drain()
    assert settled(push) == ("verified", "push.binding_conflict")
    assert push.findings[0]["params"] == {"ord": push.ord, "bound": 999_999}
    assert Binding.objects.get(contact=push.contact).ord == 999_999


def test_a_bug_in_a_lane_is_told_and_leaves_a_doubt_that_looking_ends(erp: Desk) -> None:
    push = erp.push(kind="nonsense", ord=4711)
    with pytest.raises(ValueError, match="nonsense"):
        dispatch.drain()
    assert settled(push) == ("in_doubt", "bug")
    reconcile.drain(clock=erp.clock)
    assert (settled(push)[0], push.looks) == ("in_doubt", 1)


def test_a_slot_that_was_lost_meanwhile_ends_the_work() -> None:
    def stolen() -> datetime:
        Slot.objects.update(token=uuid.uuid4())
        return timezone.now()

    with desk(settings={"lease_s": 0.0}) as erp:
        erp.push()
        assert dispatch.drain(clock=stolen).seen == 0
        assert Push.objects.queued().count() == 1
