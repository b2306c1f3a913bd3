"""What the store promises: files outlive processes, threads do not disturb one another, nothing is half done."""

import sqlite3
import threading
from pathlib import Path

import pytest

from tests.sandbox.caller import Caller
from zbsync.sandbox.app import running
from zbsync.sandbox.documents import Reply
from zbsync.sandbox.request import Request, read_call
from zbsync.sandbox.store import Store


def test_a_file_survives_the_end_of_its_process(tmp_path: Path) -> None:
    path = str(tmp_path / "erp.sqlite3")
    first = Store(path)
    with running(first) as sandbox:
        caller = Caller(sandbox)
        caller.login()
        ord_ = caller.create(khid="WX1")
        draft = caller.allocate()
        sandbox.store.set_policy(expired_status=7)
        sandbox.store.count_failure("dev9", 2)
    first.close()
    with running(Store(path)) as sandbox:
        caller.connection.close()
        caller.connection = Caller(sandbox).connection
        assert caller.values(ord_)["khid"] == "WX1"  # the session is still good
        assert caller.save(ord=draft) == "保存成功！"
        assert caller.allocate() == draft + 1
        assert sandbox.store.policy("expired_status") == 7
        assert sandbox.store.failures("dev9") == 2
        assert [seen.effect for seen in sandbox.store.writes()] == ["created", "created"]
        assert [seen.seq for seen in sandbox.log()] == list(range(1, 8))


def test_a_transaction_is_all_or_nothing_and_joins_an_open_one() -> None:
    store = Store()
    with pytest.raises(sqlite3.IntegrityError), store.transaction():
        store.add_customers([{"name": "甲", "ord": "7"}, {"name": "甲", "ord": "7"}])
    assert store.customers() == []
    with store.transaction():
        store.add_customers([{"name": "乙"}])
    assert len(store.customers()) == 1


@pytest.mark.parametrize(("keep", "count"), [(True, 1), (False, 0)])
def test_a_page_is_undone_when_it_is_not_to_be_kept(keep: bool, count: int) -> None:
    store = Store()
    with store.transaction(), store.page(keep=keep):
        store.allocate(1, 1)
    assert len(store.customers(drafts=True)) == count


def test_a_page_that_raises_leaves_the_transaction_usable() -> None:
    store = Store()

    def broken_page() -> None:
        with store.page():
            store.allocate(1, 1)
            raise KeyError

    with store.transaction():
        with pytest.raises(KeyError):
            broken_page()
        store.allocate(1, 1)
    [draft] = store.customers(drafts=True)
    assert draft["khid"] == "KH00002"  # the first number is burnt


def test_threads_get_different_numbers() -> None:
    store = Store()
    ords: list[int] = []

    def work() -> None:
        for _ in range(50):
            with store.transaction():
                ords.append(store.allocate(1, 1)[0])

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(ords)) == 400
    assert len({draft["khid"] for draft in store.customers(drafts=True)}) == 400


def test_a_wipe_brings_the_factory_back() -> None:
    store = Store()
    store.add_customers([{"name": "甲", "khid": "KH00009"}])
    store.drop_option("ly", "VIP")
    store.freeze(1)
    store.set_policy(required=["ly"])
    store.wipe()
    state = store.state()
    assert (state["customers"], state["persons"], state["policies"]["required"]) == (0, 0, [])
    assert ("VIP", "977") in store.options(13)
    user = store.user(1)
    assert user is not None
    assert not user.frozen
    assert store.allocate(1, 1) == (1201, "KH00001")


def test_customers_are_found_by_fields_of_either_table() -> None:
    store = Store()
    store.add_customers([{"name": "甲", "khid": "A"}, {"name": "乙", "mobile": "138"}, {"name": "丙"}])
    assert [row["name"] for row in store.customers(khid="A")] == ["甲"]
    assert [row["name"] for row in store.customers(mobile="138")] == ["乙"]
    assert [row["ord"] for row in store.customers()] == [1201, 1202, 1203]


def test_fixed_ords_are_kept_and_never_given_again() -> None:
    store = Store()
    ords = store.add_customers([{"name": "甲", "ord": "7"}, {"name": "乙", "ord": "2000"}, {"name": "丙"}])
    assert ords == [7, 2000, 2001]
    with pytest.raises(sqlite3.IntegrityError):
        store.add_customers([{"name": "丁"}, {"name": "戊", "ord": "7"}])
    assert len(store.customers()) == 3


def test_the_journal_counts_what_changed_a_customer() -> None:
    store = Store()
    call = read_call(Request("POST", "/x?y=1", {}, b'{"session":"s","cmdkey":"c","datas":[{"id":"ord","val":5}]}'))
    effects = ["created", "modified", "read", "refused", "created"]
    for effect in effects:
        store.note(call, Reply(effect=effect, khid="WX1"))
    assert [seen.effect for seen in store.writes(khid="WX1")] == ["created", "modified", "created"]
    assert store.writes(khid="WX") == []
    first = store.log()[0]
    assert (first.path, first.query, first.cmdkey, first.session, first.ord) == ("/x", "y=1", "c", "s", 5)
    assert [seen.seq for seen in store.log(3)] == [4, 5]
    assert len(store.log(limit=2)) == 2
    assert store.calls() == 5


def test_a_pending_call_is_amended_with_what_came_of_it() -> None:
    store = Store()
    call = read_call(Request("POST", "/x", {}, b'{"datas":[{"id":"khid","val":"WX1"}]}'))
    seq = store.note(call, Reply(effect="pending"), ("late_commit",), answered=False)
    store.amend(seq, Reply(effect="created", ord=9))
    [seen] = store.log()
    assert (seen.effect, seen.ord, seen.khid, seen.faults, seen.status) == ("created", 9, "WX1", "late_commit", 0)


def test_an_unknown_column_of_the_journal_is_told() -> None:
    with pytest.raises(ValueError, match="a call has no colour; filter by cmdkey, content, dialect, digest"):
        Store().log(colour="red")


@pytest.mark.parametrize(
    ("values", "word"),
    [({"colour": 1}, "unknown policy 'colour'"), ({"ov1": 1}, "takes a bool"), ({"required": "ly"}, "takes a list")],
)
def test_a_wrong_policy_changes_nothing(values: dict[str, object], word: str) -> None:
    store = Store()
    with pytest.raises(ValueError, match=word):
        store.set_policy(expired_status=5, **values)
    assert store.policy("expired_status") == 1


def test_sessions_end_one_by_one_or_all_at_once() -> None:
    store = Store()
    first, second = store.open_session(1), store.open_session(63, "dev", "fixed")
    assert second == "fixed"
    assert first != second
    store.drop_session(first)
    assert store.session_user(first) is None
    user = store.session_user("fixed")
    assert user is not None
    assert user.name == "周敏"
    assert store.kill_sessions() == 1
    assert store.session_user("fixed") is None


def test_a_captcha_is_wanted_after_so_many_failures_as_the_policy_says() -> None:
    store = Store()
    store.set_policy(login_attempts=2)
    store.count_failure("dev")
    assert store.captcha("dev") == ""
    store.count_failure("dev")
    assert store.captcha("dev") != ""
    store.forgive("dev")
    assert (store.captcha("dev"), store.failures("dev")) == ("", 0)
