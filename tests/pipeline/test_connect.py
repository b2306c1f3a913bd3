"""Connections from the keyboard: what fits is stored, what does not is told with its mend and stores nothing."""

from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from tests.models import make
from tests.pipeline.pushing import Desk, desk
from zbsync.models import Entry, ErpConnection, Exchange, HubConnection, SourceCode
from zbsync.pipeline import lanes

pytestmark = pytest.mark.django_db

ERP = {
    "--base-url": "http://erp.example",
    "--dialect": "legacy",
    "--username-env": "ERP_USER",
    "--password-env": "ERP_PASSWORD",
}


@pytest.fixture
def live() -> Iterator[Desk]:
    with desk(lanes_=1) as made:
        yield made
        lanes.forget_sessions()


def run(command: str, *arguments: str) -> str:
    said = StringIO()
    call_command(command, *arguments, stdout=said)
    return said.getvalue()


def erp(*more: str, **changed: str) -> str:
    given = ERP | {f"--{name.replace('_', '-')}": value for name, value in changed.items()}
    return run("connect_erp", "main", *[word for pair in given.items() for word in pair], *more)


def refused(*arguments: str, command: str = "connect_erp") -> str:
    with pytest.raises(CommandError) as caught:
        run(command, *arguments)
    assert caught.value.returncode == 2
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_an_erp_is_stored_as_given() -> None:
    said = erp("--lanes", "4", "--timeout", "7.5", "--serialnum", "S1", "--option", "sort1=意向客户/初步接触")
    row = ErpConnection.objects.get(name="main")
    assert said == "ERP main at http://erp.example made\n"
    assert (row.lanes, row.timeout_s, row.serialnum, row.options) == (4, 7.5, "S1", {"sort1": "意向客户/初步接触"})
    assert (row.username_env, row.password_env, row.dialect) == ("ERP_USER", "ERP_PASSWORD", "legacy")


def test_the_serial_number_is_made_once_and_kept() -> None:
    erp()
    first = ErpConnection.objects.get().serialnum
    erp("--lanes", "3")
    assert ErpConnection.objects.get().serialnum == first
    assert first.isalnum()
    assert len(first) <= 20


def test_what_is_not_said_again_stays_and_an_empty_option_goes() -> None:
    erp("--lanes", "4", "--option", "sort1=3,7", "--option", "khid=erp")
    erp("--option", "khid=", "--option", "pace_ms=50")
    row = ErpConnection.objects.get()
    assert (row.lanes, row.options) == (4, {"sort1": "3,7", "pace_ms": 50})


def test_a_change_has_its_entry_and_no_change_has_none() -> None:
    erp()
    erp()
    erp("--lanes", "9")
    entries = Entry.objects.filter(verb="connection.set", subject="erpconnection").order_by("id")
    assert [(entry.before, (entry.after or {}).get("lanes")) for entry in entries] == [(None, None), ({"lanes": 2}, 9)]


def test_channels_that_were_seen_wait_for_a_source() -> None:
    make.contact(channel="抖音")
    erp()
    assert SourceCode.objects.get(channel="抖音").option == ""
    assert SourceCode.objects.filter(channel="微信").exists()


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("sort1=3,7", "3,7"),
        ("page_size=50", 50),
        ("verify=list", "list"),
        ("names=names", "names"),
        ("verify_tls=false", False),
        ("content_type=application/zsml", "application/zsml"),
        ("login_path=/sysa/mobilephone/login.asp", "/sysa/mobilephone/login.asp"),
        ("phrases={}", {}),
        ('phrases={"assign.success":"已转交"}', {"assign.success": "已转交"}),
        ('dialects={"customer.edit":"v3"}', {"customer.edit": "v3"}),
        ("follow_up_list=/sysa/mobilephone/x.asp", "/sysa/mobilephone/x.asp"),
    ],
)
def test_an_option_gets_its_type(option: str, value: Any) -> None:
    erp("--option", option)
    assert ErpConnection.objects.get().options == {option.partition("=")[0]: value}


@pytest.mark.parametrize(
    ("more", "mend"),
    [
        (["--option", "sort2=3,7"], "there are sort1"),
        (["--option", "sort1"], "name=value"),
        (["--option", "sort1=意向客户"], "意向客户/初步接触"),
        (["--option", "khid=mine"], "wx | erp | k_code"),
        (["--option", "pace_ms=soon"], "0, 1, 2"),
        (["--option", "page_size=5000"], "between 1 and 500"),
        (["--option", "content_type=text/html"], "application/json"),
        (["--option", "login_path=login"], "slash"),
        (["--option", "phrases=[]"], "{"),
        (["--option", "verify_tls=perhaps"], "true | false"),
        (["--option", 'phrases={"asign.success":"x"}'], "asign is no operation"),
        (["--option", 'dialects={"assign":"v9"}'], "use legacy, ov1, v3"),
        (["--option", 'dialects={"assing":"v3"}'], "assing is no operation"),
        (["--option", "dialects=v3"], "{"),
        (["--option", "follow_up_list=x.asp"], "slash"),
        (["--lanes", "0"], "1…64"),
        (["--timeout", "600"], "ZBSYNC_CALL_TIMEOUT_S"),
        (["--base-url", "erp.example"], "http://host"),
        (["--base-url", "http://user:word@erp.example"], "leave out"),
        (["--dialect", "v9"], "legacy"),
        (["--password-env", "p@ss word!"], "not its value"),
    ],
)
def test_what_does_not_fit_is_told_with_its_mend(more: list[str], mend: str) -> None:
    given = [word for pair in ERP.items() for word in pair]
    assert mend in refused("main", *given, *more)
    assert not ErpConnection.objects.exists()


def test_a_value_that_might_be_a_password_is_not_repeated() -> None:
    given = [word for pair in (ERP | {"--password-env": "p@ss word!"}).items() for word in pair]
    assert "p@ss" not in refused("main", *given)


def test_a_name_with_spaces_is_refused() -> None:
    assert "letters, digits" in refused("my erp", *[word for pair in ERP.items() for word in pair])


def test_check_logs_in_and_tells_what_is_readable(live: Desk) -> None:
    live.sandbox.store.add_customers([{"name": "甲"}, {"name": "乙"}])
    said = erp("--check", base_url=live.sandbox.url)
    assert "checked: logged in; 2 customers, " in said
    assert Exchange.objects.filter(operation="list_customers").count() == 1


def test_check_tells_a_refused_account_in_words(live: Desk) -> None:
    with (
        override_settings(ZBSYNC_SECRET=lambda name: "wrong"),
        pytest.raises(CommandError, match="does not let the account in") as caught,
    ):
        erp("--check", base_url=live.sandbox.url)
    assert caught.value.returncode == 1
    assert ErpConnection.objects.get(name="main").login_refusals == 1


@pytest.mark.parametrize(
    ("secret", "url", "words", "code"),
    [
        ("", "http://127.0.0.1:9", "set the variable ERP_USER", 2),
        ("x", "http://127.0.0.1:9", "Nobody listens at this address", 1),
    ],
)
def test_check_tells_what_is_wrong(secret: str, url: str, words: str, code: int) -> None:
    with override_settings(ZBSYNC_SECRET=lambda name: secret), pytest.raises(CommandError, match=words) as caught:
        erp("--check", base_url=url)
    assert caught.value.returncode == code


def test_a_hub_is_made_and_found_again() -> None:
    assert run("connect_hub", "files", "--kind", "file") == "hub files (file) made\n"
    assert "is as you said" in run("connect_hub", "files", "--kind", "file")
    assert HubConnection.objects.get().kind == "file"


def test_a_hub_keeps_its_options() -> None:
    run("connect_hub", "hook", "--kind", "webhook", "--option", "secret_env=HOOK", "--option", "skew_s=60")
    run("connect_hub", "hook", "--kind", "webhook", "--option", "skew_s=")
    assert HubConnection.objects.get().options == {"secret_env": "HOOK"}


@pytest.mark.parametrize(
    ("arguments", "mend"),
    [
        (["a b", "--kind", "file"], "letters, digits"),
        (["hub", "--kind", "fax"], "file | customer-hub | openapi | webhook"),
        (["hub", "--kind", "file", "--option", "path=x"], "Leave it out"),
        (["hub", "--kind", "webhook", "--option", "secret=abc"], "secret_env"),
        (["hub", "--kind", "webhook", "--option", "oops"], "name=value"),
    ],
)
def test_a_hub_that_does_not_fit_is_told_with_its_mend(arguments: list[str], mend: str) -> None:
    assert mend in refused(*arguments, command="connect_hub")
    assert not HubConnection.objects.exists()


def test_a_hub_with_contacts_keeps_its_kind() -> None:
    make.contact()
    assert "Make another hub" in refused("hub", "--kind", "webhook", command="connect_hub")


def test_the_survey_command_prints_one_document(live: Desk) -> None:
    import json

    live.sandbox.store.add_customers([{"name": "甲"}])
    told = json.loads(run("survey", "sandbox", "--json"))
    assert set(told) >= {"vocabularies", "customers", "calls", "seconds"}
    assert told["customers"] == {"seen": 1, "new": 1, "changed": 0, "gone": 0, "detailed": 1}
    assert set(told["vocabularies"]["ly"]) == {"options", "retired"}


def test_the_survey_command_tells_people_too(live: Desk) -> None:
    said = run("survey", "sandbox")
    assert "ly" in said
    assert "0 seen" in said


def test_a_survey_of_nobody_names_who_there_is() -> None:
    make.erp(name="main")
    assert "there are main" in refused("other", command="survey")


def test_a_survey_that_fails_says_why(live: Desk) -> None:
    live.sandbox.faults.arm([{"name": "garbage", "path": "source.asp"}])
    with pytest.raises(CommandError, match="answered with a web page") as caught:
        run("survey", "sandbox")
    assert caught.value.returncode == 1
