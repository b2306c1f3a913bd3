"""Every sentence a person may see is there in Chinese, and the catalogue that runs is the one written."""

import gettext
import os
import shutil
import subprocess
import sys
from pathlib import Path

import django
import pytest
import simple_history

from tests.house.tree import ROOT
from zbsync.sentences.stock import REWORDED

CATALOGUE = ROOT / "zbsync" / "locale" / "zh_Hans" / "LC_MESSAGES"
DOMAINS = {"django": 50, "djangojs": 1}
"""Ours and what the stock's scripts say in other words, with how many sentences there are at least."""
pytestmark = pytest.mark.skipif(shutil.which("msgfmt") is None, reason="needs msgfmt (apt install gettext)")


def run(*command: str, cwd: Path = ROOT) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def messages(mo: Path) -> dict[str, str]:
    """Message id -> translation; the header's dates are left out."""
    with mo.open("rb") as file:
        found = vars(gettext.GNUTranslations(file))["_catalog"]
    return {key: value for key, value in found.items() if key}


def test_the_catalogues_are_well_formed() -> None:
    for name in DOMAINS:
        run("msgfmt", "--check", "--output-file", os.devnull, str(CATALOGUE / f"{name}.po"))


@pytest.mark.parametrize("which", ["--untranslated", "--only-fuzzy"])
def test_nothing_is_untranslated_or_doubtful(which) -> None:
    assert not [name for name in DOMAINS if run("msgattrib", which, "--no-obsolete", str(CATALOGUE / f"{name}.po"))]


@pytest.mark.parametrize(("name", "least"), DOMAINS.items())
def test_the_compiled_catalogue_is_the_written_one(tmp_path, name, least) -> None:
    run("msgfmt", "--output-file", str(tmp_path / "fresh.mo"), str(CATALOGUE / f"{name}.po"))
    fresh = messages(tmp_path / "fresh.mo")
    assert len(fresh) >= least
    assert messages(CATALOGUE / f"{name}.mo") == fresh


def test_what_we_reword_the_stock_still_says() -> None:
    theirs: dict[str, str] = {}
    for package in (django, simple_history):
        for mo in Path(str(package.__file__)).parent.rglob("locale/zh_Hans/LC_MESSAGES/django*.mo"):
            theirs |= messages(mo)
    scripts = messages(CATALOGUE / "djangojs.mo")
    ours = messages(CATALOGUE / "django.mo") | scripts
    for sentence in (*REWORDED, *scripts):
        assert sentence in theirs, "the stock no longer says so: take it from the list"
        assert ours[sentence] != theirs[sentence], "said the same: take it from the list"


@pytest.mark.slow
def test_every_sentence_of_the_code_is_in_the_catalogue(tmp_path) -> None:
    ignored = shutil.ignore_patterns("__pycache__")
    for folder in ("zbsync", "templates"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignored)
    copy = tmp_path / "zbsync" / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "zbsync.settings", "PYTHONPATH": str(tmp_path)}
    command = [
        sys.executable,
        "-m",
        "django",
        "makemessages",
        "-l",
        "zh_Hans",
        "--no-location",
        "--no-obsolete",
    ]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    missing = run("msgattrib", "--untranslated", str(copy)) + run("msgattrib", "--only-fuzzy", str(copy))
    assert not missing
