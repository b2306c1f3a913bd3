"""The environment, read: what fits is taken, what cannot be is one line with the name, the value and the mend."""

import dataclasses
import math
import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from tests.house.tree import ROOT
from tests.management.shell import OURS, surroundings
from zbsync.conf import Conf

LIVE = {"ZBSYNC_MODE": "live", "SECRET_KEY": "k" * 50, "ALLOWED_HOSTS": "sync.example"}
NUMBERS = [field.name for field in dataclasses.fields(Conf) if field.name != "mode"]
WHOLE = [name for name in NUMBERS if isinstance(getattr(Conf(), name), int)]


def read(root: Path = ROOT, /, **environment: str) -> dict[str, Any]:
    """The settings as a process with this environment reads them, in the project's folder `root`."""
    before = dict(os.environ)
    try:
        for name in before:
            if name.startswith((*OURS, "CSRF_", "SECURE_")):
                del os.environ[name]
        os.environ.update(environment)
        return runpy.run_path(str(root / "zbsync" / "settings.py"), run_name="zbsync.settings")
    finally:
        os.environ.clear()
        os.environ.update(before)


def refusal(**environment: str) -> str:
    """The one line that says what cannot be."""
    with pytest.raises(ImproperlyConfigured) as caught:
        read(**environment)
    (line,) = str(caught.value).splitlines()
    return line


def variable(name: str) -> str:
    return f"ZBSYNC_{name.upper()}"


def test_without_an_environment_it_fits_a_laptop() -> None:
    made = read()
    assert made["ZBSYNC"] == Conf()
    assert made["DATABASES"]["default"]["NAME"].endswith("var/zbsync.sqlite3")
    assert made["DEBUG"] is False
    assert len(made["SECRET_KEY"]) > 50


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """A project's folder in which nothing has ever been started."""
    (tmp_path / "zbsync").mkdir()
    shutil.copy(ROOT / "zbsync" / "settings.py", tmp_path / "zbsync")
    return tmp_path


def test_the_laptops_key_is_made_once_and_readable_by_its_owner_alone(fresh: Path) -> None:
    made = read(fresh)["SECRET_KEY"]
    assert read(fresh)["SECRET_KEY"] == made
    assert [path.name for path in (fresh / "var").iterdir() if path.is_file()] == ["secret_key"]
    assert (fresh / "var" / "secret_key").stat().st_mode & 0o077 == 0


def test_of_several_first_starts_all_have_the_same_key(fresh: Path) -> None:
    tell = f"import runpy; print(runpy.run_path({str(fresh / 'zbsync' / 'settings.py')!r})['SECRET_KEY'])"
    starts = [
        subprocess.Popen([sys.executable, "-c", tell], cwd=ROOT, env=surroundings(), stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    keys = {start.communicate(timeout=60)[0] for start in starts}
    assert len(keys) == 1
    assert len(keys.pop()) > 50


def test_live_mode_makes_no_key(fresh: Path) -> None:
    read(fresh, **LIVE)
    assert not (fresh / "var" / "secret_key").exists()


def test_a_file_beside_manage_is_read_and_the_environment_wins_over_it(fresh: Path) -> None:
    (fresh / ".env").write_text("ZBSYNC_WORKERS=3\nZBSYNC_BATCH_SIZE=7\nTZ_NAME=\n# ZBSYNC_MODE=live\n")
    made = read(fresh, ZBSYNC_WORKERS="4")
    assert (made["ZBSYNC"].workers, made["ZBSYNC"].batch_size, made["ZBSYNC"].mode) == (4, 7, "sandbox")
    assert made["TIME_ZONE"] == "Asia/Shanghai"
    (fresh / ".env").write_text("ZBSYNC_WORKERS=three\n")
    with pytest.raises(ImproperlyConfigured, match="ZBSYNC_WORKERS='three'"):
        read(fresh)


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_is_taken_with_blanks_around_it(name: str) -> None:
    kind = type(getattr(Conf(), name))
    taken = getattr(read(**{variable(name): " 7 "})["ZBSYNC"], name)
    assert (taken, type(taken)) == (7, kind)


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("wrong", ["many", "-1", "nan", "-inf", "inf", "1,5", "1e999"])
def test_what_is_no_number_is_told_with_its_name_and_one_that_fits(name: str, wrong: str) -> None:
    line = refusal(**{variable(name): wrong})
    assert line.startswith(f"{variable(name)}={wrong!r}")
    assert line.endswith(f"set it to something like {getattr(Conf(), name)}")


@pytest.mark.parametrize("name", WHOLE)
def test_half_a_thing_is_refused_where_things_are_counted(name: str) -> None:
    assert "is not a whole number" in refusal(**{variable(name): "3.5"})


@pytest.mark.parametrize("name", NUMBERS)
def test_nothing_is_zero_but_where_zero_means_something(name: str) -> None:
    never = {"canary_above", "breaker_share", "breaker_unknown"}
    if name in {"second_person_above", "mirror_max_age_s", "detail_budget", *never}:
        assert getattr(read(**{variable(name): "0"})["ZBSYNC"], name) == 0
    else:
        assert "must be more than 0" in refusal(**{variable(name): "0"})


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12))
def test_any_text_is_a_time_above_zero_or_refused_by_name(text: str) -> None:
    try:
        taken = read(ZBSYNC_LEASE_S=text)["ZBSYNC"].lease_s
    except ImproperlyConfigured as error:
        assert str(error).startswith("ZBSYNC_LEASE_S=")  # noqa: PT017 - either end is right
    else:
        assert 0 < taken < math.inf


@pytest.mark.parametrize("name", [*map(variable, NUMBERS), "ZBSYNC_MODE", "ZBSYNC_BROKER", "LOG_LEVEL", "TZ_NAME"])
def test_an_empty_variable_is_one_that_is_not_set(name: str) -> None:
    """A line of .env.example with nothing behind the sign."""
    made, plain = read(**{name: " "}), read()
    for told in ("ZBSYNC", "ZBSYNC_BROKER", "LOG_LEVEL", "TIME_ZONE"):
        assert made[told] == plain[told]


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({"ZBSYNC_MODE": "Live"}, "set it to sandbox or live"),
        ({"ZBSYNC_BROKER": "rabbit://box"}, "neither orm nor an address such as redis://"),
        ({"DEBUG": "ture"}, "DEBUG='ture': set it to true or false"),
        ({"TZ_NAME": "Asia/Nowhere"}, "TZ_NAME='Asia/Nowhere' is no time zone"),
        ({"LOG_LEVEL": "loud"}, "set it to DEBUG, INFO, WARNING"),
        ({"DATABASE_URL": "nowhere"}, "postgres://user:password@host:5432/name"),
        ({"DATABASE_URL": "mysql://a:b@erp.example/c"}, "sqlite:////path/to/file"),
        ({**LIVE, "SECRET_KEY": ""}, "SECRET_KEY is not set: live mode needs 50"),
        ({**LIVE, "SECRET_KEY": "k" * 49}, "SECRET_KEY has 49 characters"),
        ({**LIVE, "ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS is not set"),
        ({**LIVE, "DEBUG": "yes"}, "unset it in live mode"),
        ({**LIVE, "SECURE_SSL_REDIRECT": "ture"}, "set it to true or false"),
        ({**LIVE, "SECURE_HSTS_SECONDS": "a year"}, "something like 31536000"),
    ],
)
def test_what_cannot_be_is_told_with_the_mend(environment: dict[str, str], told: str) -> None:
    assert told in refusal(**environment)


@pytest.mark.parametrize(
    ("name", "secret"),
    [("DATABASE_URL", "mysql://u:pssst@box/db"), ("ZBSYNC_BROKER", "http://:pssst@box"), ("SECRET_KEY", "pssst")],
)
def test_a_refusal_does_not_repeat_a_secret(name: str, secret: str) -> None:
    assert "pssst" not in refusal(**{**LIVE, name: secret})


@pytest.mark.parametrize(
    ("broker", "kept"),
    [("", ("orm", "default")), ("orm", ("orm", "default")), ("redis://box:6379/2", ("redis", "redis://box:6379/2"))],
)
def test_the_doorbell_hangs_where_the_broker_says(broker: str, kept: tuple[str, str]) -> None:
    cluster = read(ZBSYNC_BROKER=broker)["Q_CLUSTER"]
    assert {name: cluster[name] for name in ("orm", "redis") if name in cluster} == dict([kept])


def test_the_cluster_keeps_the_clocks_and_never_tries_by_itself() -> None:
    cluster = read(ZBSYNC_JOB_TIMEOUT_S="30", ZBSYNC_REDELIVER_S="90.4", ZBSYNC_WORKERS="5")["Q_CLUSTER"]
    assert (cluster["timeout"], cluster["retry"], cluster["workers"]) == (30, 90, 5)
    assert (cluster["max_attempts"], cluster["ack_failures"], cluster["catch_up"]) == (1, True, False)


@pytest.mark.parametrize(("address", "engine"), [("sqlite:////x/y", "sqlite3"), ("postgres://h/n", "postgresql")])
def test_each_database_is_asked_what_it_needs(address: str, engine: str) -> None:
    database = read(DATABASE_URL=address)["DATABASES"]["default"]
    assert database["ENGINE"].endswith(engine)
    assert database["CONN_MAX_AGE"] > 0
    assert ("synchronous=FULL" in str(database.get("OPTIONS"))) is (engine == "sqlite3")
    assert database.get("CONN_HEALTH_CHECKS", False) is (engine == "postgresql")
    assert ("-c jit=off" in str(database.get("OPTIONS"))) is (engine == "postgresql")


def test_options_in_the_address_of_a_postgresql_stay() -> None:
    options = read(DATABASE_URL="postgres://h/n?options=-c%20statement_timeout%3D9000")["DATABASES"]["default"][
        "OPTIONS"
    ]
    assert options["options"] == "-c statement_timeout=9000 -c jit=off"


def test_live_mode_is_safe_by_default() -> None:
    made = read(**LIVE)
    assert made["ALLOWED_HOSTS"] == ["sync.example"]
    for name in ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT", "SESSION_COOKIE_HTTPONLY"):
        assert made[name] is True
    assert made["SECURE_HSTS_SECONDS"] == 31_536_000
    assert "Manifest" in made["STORAGES"]["staticfiles"]["BACKEND"]


def test_a_proxy_that_redirects_itself_can_say_so() -> None:
    made = read(**LIVE, SECURE_SSL_REDIRECT="false", SECURE_HSTS_SECONDS="0")
    assert (made["SECURE_SSL_REDIRECT"], made["SECURE_HSTS_SECONDS"]) == (False, 0)


def test_the_sandboxs_account_is_known_on_a_laptop_and_never_live() -> None:
    assert read()["ZBSYNC_SECRET"]("ZBSYNC_SANDBOX_USER") == "demo"
    assert read(**LIVE)["ZBSYNC_SECRET"]("ZBSYNC_SANDBOX_USER") == ""


def test_a_secret_is_read_by_its_name_and_is_empty_when_unset() -> None:
    ask = read(**LIVE)["ZBSYNC_SECRET"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ERP_MAIN_PASSWORD", "pssst")
        assert (ask("ERP_MAIN_PASSWORD"), ask("ERP_OTHER_PASSWORD")) == ("pssst", "")
