"""Every command has the options the contract gives it and tells what it does not understand in one line."""

import pytest
from django.core.management import CommandError, load_command_class
from django.core.management.base import BaseCommand

ROWS = "--all --proposal --query --by --json"
CONTRACT = {
    "bootstrap": "--admin",
    "connect_hub": "NAME --kind --option",
    "connect_erp": "NAME --base-url --dialect --username-env --password-env --serialnum --lanes --timeout --option"
    " --check",
    "demo": "--contacts --no-browser --once",
    "sandbox": "--port --latency-ms --faults --seed",
    "import_contacts": "FILE --hub --dry-run --json",
    "survey": "NAME --contracts --json",
    "run": "--until-idle --stages --json",
    "approve": ROWS,
    "reject": ROWS,
    "requeue": ROWS,
    "bury": ROWS,
    "bind": ROWS,
    "undo": ROWS,
    "status": "--json",
    "explain": "SOURCE_ID --hub --json",
    "audit_export": "--format --since --out",
    "audit_verify": "--export --db --checkpoint --json",
    "worker": "",
    "web": "--port",
    "pause": "NAME --by --json",
    "resume": "NAME --by --json",
}
GROWN = {
    **dict.fromkeys(("pause", "resume"), "--reason"),
    "demo": "--port",
    "sandbox": "--store --customers --policies",
    "approve": "--reason",
    "reject": "--reason",
    "requeue": "--reason --push",
    "bury": "--reason --push",
    "bind": "--reason --ord --create",
    "undo": "--reason --act",
    "worker": "--patience",
    "web": "--host",
}
"""What has been added since; the contract may grow."""
COMPLETE = {
    "connect_hub": "h --kind file",
    "connect_erp": "e --base-url http://erp.example --dialect legacy --username-env U --password-env P",
    "sandbox": "--port 0",
    "import_contacts": "f --hub h",
    "survey": "e",
    "explain": "c1",
    **dict.fromkeys(("pause", "resume"), "e --by wang"),
    "audit_export": "--format csv --out f",
    **dict.fromkeys(("approve", "reject", "requeue", "bury", "undo"), "--all --by wang"),
    "bind": "--all --create --by wang",
}
"""The least that must be said, of those that ask for something."""


def command(name: str) -> BaseCommand:
    return load_command_class("zbsync", name)


def options(name: str) -> set[str]:
    """Options by their names and arguments by their metavar, without those that Django gives everybody."""
    stock = {option for action in BaseCommand().create_parser("", "")._actions for option in action.option_strings}
    found = set()
    for action in command(name).create_parser("manage.py", name)._actions:
        names = set(action.option_strings) or {str(action.metavar or action.dest).upper()}
        found |= names - stock - {"-h"}
    return found


def refusal(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What is told on the way from a command line that the parser refuses: exit 2, one line, nothing on stdout."""
    with pytest.raises(SystemExit) as caught:
        command(words[0]).run_from_argv(["manage.py", *words])
    out, err = capsys.readouterr()
    assert (caught.value.code, out) == (2, "")
    (line,) = err.splitlines()
    return str(line)


@pytest.mark.parametrize("name", CONTRACT)
def test_it_has_the_options_of_the_contract_and_those_it_grew(name: str) -> None:
    assert options(name) == {*CONTRACT[name].split(), *GROWN.get(name, "").split()}


@pytest.mark.parametrize("name", CONTRACT)
def test_a_wrong_option_is_told_in_one_line_with_the_way_to_the_right_ones(name: str, capsys) -> None:
    line = refusal(capsys, name, *COMPLETE.get(name, "").split(), "--colour=red")
    assert line == f"{name}: unrecognized arguments: --colour=red; see `manage.py {name} --help`"


@pytest.mark.parametrize("name", COMPLETE)
def test_what_must_be_said_is_asked_for(name: str, capsys) -> None:
    assert "required" in refusal(capsys, name)


@pytest.mark.parametrize(("name", "least"), COMPLETE.items())
def test_the_least_is_enough_and_nothing_of_it_can_go(name: str, least: str) -> None:
    words = least.split()
    parser = command(name).create_parser("manage.py", name)
    parser.parse_args(words)
    for at, word in enumerate(words):
        if word.startswith("--"):
            rest = words[:at] + words[at + (1 if word in ("--all", "--create") else 2) :]
            with pytest.raises(CommandError, match="required"):
                parser.parse_args(rest)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("approve --all --proposal 1 --by wang", "not allowed with argument --all"),
        ("approve --proposal one --by wang", "invalid int value: 'one'"),
        ("approve --proposal --by wang", "expected at least one argument"),
        ("bind --proposal 1 --ord 5 --create --by wang", "not allowed with argument --ord"),
        ("undo --act a --all --by wang", "not allowed with argument"),
        ("audit_verify --db --export f", "not allowed with argument --db"),
        ("audit_export --format pdf --out f", "invalid choice: 'pdf' (choose from 'jsonl', 'csv')"),
        ("demo --contacts many", "invalid int value: 'many'"),
        ("web --port http", "invalid int value: 'http'"),
        ("worker --patience long", "invalid float value: 'long'"),
        ("connect_erp e --lanes two", "invalid int value: 'two'"),
        ("explain c1 c2", "unrecognized arguments: c2"),
    ],
)
def test_words_that_do_not_fit_are_named(words: str, told: str, capsys) -> None:
    assert told in refusal(capsys, *words.split())


def test_a_line_break_in_a_word_makes_no_second_line(capsys) -> None:
    assert "unrecognized arguments: two lines" in refusal(capsys, "status", "two\nlines")


def test_a_programmer_may_have_the_traceback() -> None:
    with pytest.raises(CommandError, match="unrecognized"):
        command("status").run_from_argv(["manage.py", "status", "--nonsense", "--traceback"])
