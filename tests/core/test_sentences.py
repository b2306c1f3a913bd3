"""Every code that is constructed anywhere has a sentence, and the sentence finds its values."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from zbsync.core.findings import Finding
from zbsync.sentences import SENTENCES, UNKNOWN, say

SOURCE = Path(__file__).resolve().parents[2] / "zbsync"
MAKERS = {
    "Finding": frozenset(),
    "_finding": frozenset({"caption"}),
    "finding": frozenset({"caption"}),
    "_bad": frozenset({"position", "target"}),
    "TransformError": frozenset({"caption", "position", "target"}),
}
"""What makes findings, and the values it adds by itself."""
NOT_A_LITERAL = None
PLACE = re.compile(r"%\((\w+)\)s")
Made = tuple[str, str, frozenset[str] | None]


def _named(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def _supplied(call: ast.Call, maker: str) -> frozenset[str] | None:
    """The names of the values a call gives; None when they are put together elsewhere."""
    if maker in ("Finding", "finding"):
        given = [word.value for word in call.keywords if word.arg == "params"]
        given += call.args[3:4] if maker == "Finding" else call.args[2:3]
        if not given:
            return frozenset()
        if not isinstance(given[0], ast.Dict) or None in given[0].keys:
            return NOT_A_LITERAL
        return frozenset(str(key.value) for key in given[0].keys if isinstance(key, ast.Constant))
    names = [word.arg for word in call.keywords]
    return NOT_A_LITERAL if None in names else frozenset(name for name in names if name)


@cache
def made() -> tuple[Made, ...]:
    """(where, code, values) of every finding made with its code in plain sight."""
    return tuple(found for path in sorted(SOURCE.rglob("*.py")) for found in _made_in(path))


def _made_in(path: Path) -> Iterator[Made]:
    tree = ast.parse(path.read_text())
    yield from _declared(tree, str(path.relative_to(SOURCE)))
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call) or _named(call) not in MAKERS:
            continue
        for argument in call.args[:2]:
            if isinstance(argument, ast.Constant) and re.fullmatch(r"[a-z_]+\.[a-z0-9_]+", str(argument.value)):
                maker = _named(call)
                values = _supplied(call, maker)
                where = f"{path.relative_to(SOURCE)}:{call.lineno}"
                yield where, str(argument.value), values if values is None else values | MAKERS[maker]
                break


def _declared(tree: ast.AST, where: str) -> Iterator[Made]:
    """The codes of classes that carry one: `code = "erp.refused"`."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assign | ast.AnnAssign) or not isinstance(node.value, ast.Constant):
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if any(isinstance(target, ast.Name) and target.id == "code" for target in targets):
            yield f"{where}:{node.lineno}", str(node.value.value), NOT_A_LITERAL


def test_the_search_finds_the_codes_there_are() -> None:
    codes = {code for _where, code, _values in made()}
    assert {"gate.score_low", "mapping.channel_unmapped", "payload.too_long", "match.ambiguous"} <= codes
    assert len(codes) > 50


def test_every_code_has_a_sentence() -> None:
    assert [f"{where} {code}" for where, code, _values in made() if code not in SENTENCES] == []


def test_every_sentence_finds_its_values() -> None:
    lacking = [
        f"{where} {code}: {missing}"
        for where, code, values in made()
        if values is not None and (missing := set(PLACE.findall(str(SENTENCES.get(code, "")))) - values - {"field"})
    ]
    assert lacking == []


def test_no_sentence_is_left_of_a_code_nobody_makes() -> None:
    makers = [path for path in SOURCE.rglob("*.py") if "sentences" not in path.relative_to(SOURCE).parts]
    text = "\n".join(path.read_text() for path in makers)
    assert [code for code in SENTENCES if f'"{code}"' not in text] == []


@pytest.mark.parametrize("code", SENTENCES)
def test_a_sentence_can_be_said_and_is_one(code: str) -> None:
    sentence = say(Finding(code))
    assert sentence[0] == sentence[0].upper()
    assert sentence.endswith((".", "”"))
    assert "%" not in sentence


def test_it_says_the_actual_values() -> None:
    assert say(Finding("gate.score_low", "score", params={"score": 57, "needs": 60})) == "Score 57, needs 60."


def test_a_missing_value_does_not_hide_the_rest() -> None:
    assert say(Finding("gate.score_low", params={"needs": 60})) == f"Score {UNKNOWN}, needs 60."


def test_a_value_with_a_percent_sign_is_only_text() -> None:
    assert say(Finding("gate.name_placeholder", params={"name": "100%(x)s"})) == (
        "The name “100%(x)s” is a placeholder, not a name."
    )


def test_an_unknown_code_speaks_for_itself() -> None:
    assert say(Finding("moon.full", params={"phase": 1, "name": "x"})) == "moon.full phase: 1, name: x"
    assert say(Finding("moon.full")) == "moon.full"
