"""Every measurement runs, at a size that measures nothing, and tells the ratios that it is for."""

import re
import subprocess
import sys

import pytest

from tests.bench.__main__ import NAMES, main
from tests.house.tree import ROOT
from tests.management.shell import surroundings

pytestmark = pytest.mark.slow
TINY: dict[str, dict[str, object]] = {
    "acts": {"ROWS": 1_200},
    "approve": {"PROPOSALS": 20},
    "fire": {"MINUTES": 0.25, "ARRIVE_A_MINUTE": 0},
    "desk": {"ROWS": 40, "MADE": 20, "BATCH": 20, "TIMES": 1, "STOCK_TIMES": 1},
    "ingest": {"ROWS": 200, "PEER_ROWS": 20, "ROUNDS": 1},
    "match": {"CONTACTS": 40, "CUSTOMERS": 100, "PUSHES": 3},
    "million": {"ROWS": 1_500},
    "propose": {"CONTACTS": 30},
    "sandbox": {"CUSTOMERS": 300, "PAGE": 100, "SECONDS": 0.3, "CONNECTIONS": 2, "LATENCY_MS": 5},
    "push": {"PUSHES": 3, "LANES": 2, "LATENCY_MS": 1, "LOSSES": (0.0,), "ROUNDS": 1},
    "workbench": {"CONTACTS": 40},
    "triage": {"REVIEWS": 2, "STOCK_REVIEWS": 1},
    "survey": {"CUSTOMERS": 120, "PAGE": 50, "LATENCY_MS": 1},
}
TELLS = {
    "acts": [
        r"a threshold a little lower \(55\): [\d.]+ s, \d+ statements",
        r"approve: 1,200 rows in 2 batches",
        r"take back: 1,200 rows in 2 batches",
        r"slowest request [\d.]+ s \(at most 1 s\)",
    ],
    "approve": [r"approve: 20 proposals .* \d+\.\d × the bare writes", r"\d+ statements for 1,000 \(at most 40\)"],
    "fire": [
        r"holds +\d+  each approved contact exists exactly once",
        r"fire: seed 1, 0.25 minutes, SQLite, orm: held",
    ],
    "desk": [
        r"40 proposals on sqlite",
        r"search: p95 of the slowest \d+ ms \(under 150 ms",
        r"stock: first page: median",
    ],
    "ingest": [r"of bare: \d+% at the first import, \d+% at the second", r"times import-export: \d+ at the first"],
    "match": [
        r"matching, which finds and judges: [\d.]+ s, [\d.]+ × \(under 20 × wanted\)",
        r"the whole stage, with difference and digest: [\d.]+ × the bare join and the bare update",
        r"ERP calls: \d+ for 3 verified new customers with a fresh copy, 0 of them look-ups",
        r"\d\.\d\d for each, in the session the survey left \(3.1 allowed\)",
    ],
    "million": [r"csv: 1,500 rows, 1,500 new", r"jsonl: 1,500 rows, 1,500 new", r"peak memory \d+ MB \(250 allowed\)"],
    "propose": [r"30 contacts, \d+ mapped, \d+ held", r"[\d,]+ a second \(3,000 needed\)"],
    "sandbox": [r"last page +-?\d+\.\d ms over the latency", r"calls a second on 2 connections at 5 ms, \d+% of the"],
    "push": [
        r"0% +zbsync +[\d.]+ +0 +0 +0",
        r"0% +celery +[\d.]+ +0 +0 +0|celery is left out: no Redis at ",
        r"0% +django-q2 +[\d.]+ +0 +0 +0",
        r"\d+% of the limit \(90% needed\)",
        r"\d\.\d\d ERP calls for each",
    ],
    "triage": [r"here: 2 reviews, 2\.00 keys and|needs chromium", r"times faster than the stock admin|needs chromium"],
    "workbench": [
        r"preview of 40 contacts, 2 rules of 13 changed: \d+ payloads change",
        r"every rule changed: \d+ payloads change",
        r"\d+\.\d+ s of CPU for 1,000 contacts \(0\.300 allowed",
    ],
    "survey": [
        r"first survey: 120 customers and 120 persons, 7 pages of 50",
        r"\d+% of one lane's limit, 7 pages at 1 ms \(80% needed\)",
        r"peak memory \d+ MB \(250 allowed\)",
    ],
}


def test_every_measurement_is_known_here() -> None:
    assert set(NAMES) == set(TINY) == set(TELLS)


@pytest.mark.parametrize("name", sorted(TINY))
def test_it_runs_and_tells_its_ratio(name: str) -> None:
    sizes = "; ".join(f"bench.{size} = {value}" for size, value in TINY[name].items())
    done = subprocess.run(
        [sys.executable, "-c", f"from tests.bench import {name} as bench; {sizes}; bench.run(print)"],
        cwd=ROOT,
        env=surroundings(),
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    for told in TELLS[name]:
        assert re.search(told, done.stdout), done.stdout


def test_without_a_redis_the_celery_peer_is_left_out_and_that_is_told() -> None:
    """Port 1 has none."""
    sizes = "; ".join(f"bench.{size} = {value}" for size, value in TINY["push"].items())
    done = subprocess.run(
        [sys.executable, "-c", f"from tests.bench import push as bench; {sizes}; bench.run(print)"],
        cwd=ROOT,
        env=surroundings() | {"ZBSYNC_TEST_REDIS": "redis://127.0.0.1:1/0"},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "celery is left out: no Redis at redis://127.0.0.1:1/0, name one in ZBSYNC_TEST_REDIS" in done.stdout
    assert "× celery" not in done.stdout
    assert "× django-q2" in done.stdout


@pytest.mark.parametrize(
    ("words", "code"), [(["--help"], 0), (["--seed", "1"], 2), (["push", "fire", "--seed", "1"], 2)]
)
def test_options_without_one_name_run_nothing_and_name_all(words: list[str], code: int, capsys) -> None:
    assert main(words) == code
    told = capsys.readouterr()
    assert "options belong to one name of acts, approve" in told.err
    assert not told.out


def test_an_unknown_name_is_told_with_the_known_ones(capsys) -> None:
    assert main(["nonsense"]) == 2
    told = capsys.readouterr().err
    assert "nonsense" in told
    assert "million" in told
    assert "test_bench" not in told
