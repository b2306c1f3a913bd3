"""One word for one thing: README's table of words is what the code is written in."""

import ast
import functools
import re

import pytest

from tests.house.tree import ROOT, code, parsed, short, table

WORDS = table((ROOT / "README.md").read_text(), "## The words")
AVOIDED = [(row[0], word) for row in WORDS for word in re.findall(r"[a-z]+", row[2])]


def parts(name: str) -> list[str]:
    """A name's words: `PushState` and `push_state` are push and state."""
    return [part.lower() for part in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)]


@functools.cache
def defined() -> dict[str, list[str]]:
    """Each word of a name that zbsync gives to a module, class, function, argument or variable -> where."""
    found: dict[str, list[str]] = {}

    def note(name: str, where: str) -> None:
        for part in parts(name):
            found.setdefault(part, []).append(f"{where} {name}")

    for path in code():
        note(path.stem, short(path))
        for node in ast.walk(parsed(path)):
            where = f"{short(path)}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                note(node.name, where)
            elif isinstance(node, ast.arg):
                note(node.arg, where)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                note(node.id, where)
    return found


@functools.cache
def prose() -> str:
    """Everything zbsync's modules say, for words that are no identifier of their own."""
    return "\n".join(path.read_text() for path in code()).lower().replace("_", " ")


def test_the_table_is_the_vocabulary() -> None:
    assert len(WORDS) >= 20
    assert all(len(row) == 3 for row in WORDS)


@pytest.mark.parametrize("word", [word for row in WORDS for word in row[0].split(", ")])
def test_the_code_speaks_the_word(word) -> None:
    spoken = re.search(rf"\b{re.escape(word.lower())}", prose()) is not None
    assert spoken, f"{word} stands in README and nowhere in zbsync"


@pytest.mark.parametrize(("instead", "word"), AVOIDED)
def test_the_code_has_no_second_word_for_it(instead, word) -> None:
    places = defined().get(word, [])
    assert not places, f"say {instead}: {places}"


def test_it_reads_names_as_words() -> None:
    assert parts("PushState") == parts("push_state") == ["push", "state"]
    assert parts("HTTPCall_2") == ["http", "call"]
    assert "push" in defined()
