"""The reviewer's keyboard: the same permissions and checks as the browser, exit codes and JSON as in the contract."""

import json
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand

from tests.admin.people import someone
from tests.models import make
from tests.pipeline.reviewing import ambiguous, person, proposal, push, record
from zbsync.models import Contact, Entry, ErpConnection, Proposal, Push

pytestmark = pytest.mark.django_db
NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)
ERP = {"name": "王小明", "khid": "KH9", "mobile": "13800000001"}


def run(*words: object) -> str:
    out = StringIO()
    call_command(str(words[0]), *map(str, words[1:]), stdout=out)
    return out.getvalue()


def run_json(*words: object) -> dict:
    (line,) = run(*words, "--json").splitlines()
    return json.loads(line)


def refused(*words: object) -> str:
    """The one line of an exit 2."""
    with pytest.raises(CommandError) as caught:
        run(*words)
    assert caught.value.returncode == 2
    (line,) = str(caught.value).splitlines()
    return line


@pytest.fixture(autouse=True)
def _wang() -> None:
    person("wang")


def test_it_approves_everything_that_waits() -> None:
    proposal()
    ambiguous()
    told = run_json("approve", "--all", "--by", "wang", "--reason", "fair")
    assert (told["done"], told["left_out"]) == (1, {"review.ambiguous": 1})
    assert set(told) == {"act", "done", "left_out"}
    entry = Entry.objects.get()
    assert (str(entry.act), entry.actor_name, entry.reason) == (told["act"], "wang", "fair")


def test_it_approves_what_is_named() -> None:
    rows = [proposal() for _ in range(3)]
    assert run_json("approve", "--proposal", rows[0].pk, rows[2].pk, "--by", "wang")["done"] == 2
    assert Proposal.objects.for_review().get() == rows[1]


def test_it_approves_what_a_query_finds() -> None:
    proposal(title="A", channel="微信")
    proposal(title="B", channel="网站")
    assert run_json("approve", "--query", "channel=微信,score_min=60", "--by", "wang")["done"] == 1
    assert Push.objects.get().title == "A"


@pytest.mark.parametrize(
    ("command", "state", "then"),
    [("requeue", "dead", "queued"), ("bury", "rejected", "buried")],
)
@pytest.mark.parametrize("how", ["push", "proposal", "all", "query"])
def test_it_moves_pushes(command, state, then, how) -> None:
    row, other = push(state=state, title="A"), push(state="verified", ord=9, title="A")
    which: dict[str, list] = {
        "push": ["--push", row.pk, other.pk],
        "proposal": ["--proposal", row.proposal_id],
        "all": ["--all"],
        "query": ["--query", f"state={state}"],
    }
    told = run_json(command, *which[how], "--by", "wang")
    row.refresh_from_db()
    assert (row.state, told["done"]) == (then, 1)
    assert told["left_out"] == ({"review.push_not_legal": 1} if how == "push" else {})


def test_it_rejects() -> None:
    row = proposal()
    assert run_json("reject", "--proposal", row.pk, "--by", "wang", "--reason", "spam")["done"] == 1
    row.refresh_from_db()
    assert (row.state, row.reason) == ("rejected", "spam")


def test_it_binds_to_a_customer() -> None:
    record(11, **ERP)
    row = ambiguous()
    assert run_json("bind", "--proposal", row.pk, "--ord", 11, "--by", "wang")["done"] == 1
    row.refresh_from_db()
    assert (row.target_ord, row.target_chosen) == (11, True)


@pytest.mark.parametrize("which", [["--all"], ["--query", "match=ambiguous"], ["--proposal", "?"]])
def test_it_creates_in_spite_of_candidates(which) -> None:
    row = ambiguous()
    proposal(has_errors=True)
    words = [str(row.pk) if word == "?" else word for word in which]
    assert run_json("bind", *words, "--create", "--by", "wang")["done"] == 1
    row.refresh_from_db()
    assert row.action == "create"


@pytest.mark.parametrize("how", ["act", "proposal", "all", "query"])
def test_it_undoes(how) -> None:
    row = proposal()
    act = run_json("approve", "--all", "--by", "wang")["act"]
    which: dict[str, list] = {
        "act": ["--act", act],
        "proposal": ["--proposal", row.pk],
        "all": ["--all"],
        "query": ["--query", "state=approved"],
    }
    assert run_json("undo", *which[how], "--by", "wang")["done"] == 1
    assert Push.objects.get().state == "cancelled"
    assert Contact.objects.due().get() == row.contact


def test_without_json_it_tells_in_words_which_rows_were_left_out() -> None:
    rows = [ambiguous(), ambiguous()]
    said = run("approve", "--all", "--by", "wang")
    assert "0 done" in said
    assert f"({rows[0].pk}, {rows[1].pk})" in said


@pytest.mark.parametrize("command", ["approve", "reject", "requeue", "bury", "undo"])
def test_whoever_lacks_the_permission_is_told_so(command) -> None:
    person("li", ())
    assert "zbsync." in refused(command, "--all", "--by", "li")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["approve", "--all", "--by", "nobody"], "no such user"),
        (["approve", "--query", "colour=red", "--by", "wang"], "channel"),
        (["approve", "--query", "score_min=high", "--by", "wang"], "not a number"),
        (["requeue", "--query", "channel=x", "--by", "wang"], "ord"),
        (["bind", "--all", "--ord", "5", "--by", "wang"], "one customer for one proposal"),
        (["bind", "--proposal", "1", "2", "--ord", "5", "--by", "wang"], "one customer for one proposal"),
        (["undo", "--act", "yesterday", "--by", "wang"], "not the id of an act"),
    ],
)
def test_bad_input_is_one_line_with_the_mend(words, told) -> None:
    row = proposal()
    assert told in refused(*words)
    row.refresh_from_db()
    assert row.state == "ready"


@pytest.mark.parametrize(
    "words", [["approve", "--by", "wang"], ["approve", "--all"], ["bind", "--proposal", "1", "--by", "wang"]]
)
def test_a_verb_without_rows_or_hand_does_nothing(words) -> None:
    with pytest.raises(CommandError, match="required"):
        run(*words)


def test_every_verb_of_the_contract_is_there() -> None:
    from django.core.management import get_commands, load_command_class

    names = {"approve", "reject", "requeue", "bury", "bind", "undo", "explain", "audit_export", "audit_verify"}
    known = get_commands()
    assert names <= set(known)
    assert all(isinstance(load_command_class("zbsync", name), BaseCommand) for name in names)


def operator() -> str:
    """The name of one whose connections these are."""
    return someone("operator").username


def test_a_person_pauses_an_erp_and_lets_it_go_on() -> None:
    make.erp(name="main")
    told = run_json("pause", "main", "--by", operator(), "--reason", "stocktaking")
    assert told == {"connection": "main", "paused": True, "changed": True}
    row = ErpConnection.objects.get(name="main")
    assert (row.pause_cause, row.probe_after) == ("by_hand", None)
    told = run_json("resume", "main", "--by", operator(), "--reason", "counted")
    assert told == {"connection": "main", "paused": False, "changed": True}
    kept = Entry.objects.order_by("pk").values_list("verb", "actor_name", "reason")
    assert list(kept) == [
        ("connection.pause", "a-operator", "stocktaking"),
        ("connection.resume", "a-operator", "counted"),
    ]


def test_what_is_so_already_is_told_and_kept_nowhere() -> None:
    make.erp(name="main")
    assert run("resume", "main", "--by", operator()) == "main was not paused\n"
    assert run("pause", "main", "--by", operator()) == "main is paused: nothing more is sent\n"
    assert run("pause", "main", "--by", operator()) == "main was paused by a person already\n"
    assert run("resume", "main", "--by", operator()) == "main goes on\n"
    assert Entry.objects.count() == 2


def test_a_persons_pause_takes_the_place_of_one_that_would_end_by_itself() -> None:
    row = make.erp(name="main", paused_at=NOW, pause_cause="breaker.share", probe_after=NOW)
    assert run_json("pause", "main", "--by", operator())["changed"]
    row.refresh_from_db()
    assert (row.pause_cause, row.probe_after) == ("by_hand", None)


@pytest.mark.parametrize("verb", ["pause", "resume"])
def test_a_connection_nobody_knows_is_told_with_those_there_are(verb: str) -> None:
    make.erp(name="main")
    assert refused(verb, "other", "--by", operator()) == "other: there is no such ERP connection; there are main"
