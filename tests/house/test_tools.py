"""What the tools say of the whole tree: types, lint, format, templates, migrations, Django's own checks."""

import os
import re
import secrets
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.template import engines

from tests.conftest import missing_for
from tests.house.tree import ROOT, files, short

LIVE = {
    "ALLOWED_HOSTS": "sync.example",
    "DATABASE_URL": "postgres://zbsync@localhost/zbsync",
    "SECRET_KEY": secrets.token_urlsafe(60),
    "ZBSYNC_MODE": "live",
    "ZBSYNC_NO_VENV": "1",
}
TAG = re.compile(r"{%.*?%}")
INLINE = re.compile(r"<script(?![^>]*\ssrc=)(?![^>]*type=\"application/json\")|<style|\sstyle=|\son[a-z]+=|javascript:")


def inline(source: str) -> list[str]:
    """What a template has inline; arguments of its tags (`with one=…`) look like handlers and are none."""
    return INLINE.findall(TAG.sub(" ", source))


def tool(*command: str, **environment: str) -> str:
    """Run a tool of this very environment on the tree; what it said, or "" when it found nothing to say."""
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env={**os.environ, **environment, "DJANGO_ALLOW_ASYNC_UNSAFE": ""},  # browser tests of this process set it
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=600,
    )
    return done.stdout if done.returncode else ""


@pytest.mark.slow
def test_types_are_strict_and_right() -> None:
    assert not (said := tool("mypy", "--no-error-summary")), said


def test_the_linter_is_silent() -> None:
    assert not (said := tool("ruff", "check", "--output-format=concise", ".")), said


def test_everything_is_formatted() -> None:
    assert not (said := tool("ruff", "format", "--check", "--output-format=concise", ".")), said


def test_templates_are_clean() -> None:
    assert not (said := tool("djlint", "--lint", "--quiet", "templates")), said


def test_a_bad_template_would_be_seen(tmp_path) -> None:
    (tmp_path / "bad.html").write_text('<div><img src="x.png"><a href="/admin/">x</a>\n{{x}}')
    assert "bad.html" in tool(
        "djlint", "--lint", "--quiet", "--configuration", str(ROOT / "pyproject.toml"), str(tmp_path)
    )


@pytest.mark.parametrize("path", files("*.html", "templates", at_least=0), ids=short)
def test_a_template_compiles_and_has_nothing_inline(path: Path) -> None:
    source = path.read_text()
    engines["django"].from_string(source)
    assert not inline(source), "the Content-Security-Policy would block it"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<script>x()</script>", True),
        ('<script src="{% static "a.js" %}"></script>', False),
        ('<script type="application/json">{}</script>', False),
        ('<p style="color: red">', True),
        ('<a onclick="x()">', True),
        ("<p class='x'>", False),
        ('{% include "a.html" with one=one only %}', False),
        ('<a{% if x %} onclick="x()"{% endif %}>', True),
        ('<a {% if x %}onclick="{% url "x" %}"{% endif %}>', True),
    ],
)
def test_it_knows_inline_code(source, found) -> None:
    assert bool(inline(source)) is found


@pytest.mark.django_db
def test_the_migrations_say_what_the_models_say() -> None:
    call_command("makemigrations", "--check", "--dry-run")


@pytest.mark.parametrize("tag", ["check", "check --deploy --fail-level WARNING"])
def test_django_finds_nothing_to_warn_of(tag) -> None:
    environment = LIVE if "deploy" in tag else {"ZBSYNC_NO_VENV": "1"}
    assert not (said := tool("manage", *tag.split(), **environment)), said


@pytest.mark.parametrize("name", ["SECRET_KEY", "ALLOWED_HOSTS"])
def test_live_mode_does_not_start_with_a_default(name) -> None:
    assert name in tool("manage", "check", "--deploy", "--fail-level", "WARNING", **{**LIVE, name: ""})


@pytest.mark.parametrize(
    ("mark", "path", "reason"),
    [("browser", "", "needs chromium"), ("slow", "", ""), ("postgres", None, "PostgreSQL")],
)
def test_a_mark_that_cannot_be_honoured_says_why(monkeypatch, mark, path, reason) -> None:
    if mark == "postgres" and connection.vendor == "postgresql":
        reason = ""
    if path is not None:
        monkeypatch.setenv("PATH", path)
    assert (reason in missing_for(mark)) if reason else missing_for(mark) == ""
