"""The weather: any fault at all, as often as asked, the same from the same seed, and nobody is lost in it."""

import http.client
import json
from collections import Counter
from contextlib import suppress
from typing import Any

import pytest

from tests.sandbox.caller import ADD, LIST, LOGIN, REFRESH, SAVE, Caller, datas
from zbsync.sandbox.app import running
from zbsync.sandbox.faults import KINDS, Faults, read_rules
from zbsync.sandbox.request import Call, Request, read_call

LASTING = {name for name, kind in KINDS.items() if kind.lasting}


def call(path: str = ADD, command: str = SAVE) -> Call:
    body = json.dumps({"cmdkey": command, "datas": datas({"ord": 7})}).encode()
    return read_call(Request("POST", path, {}, body))


def rain(calls: int, spec: Any, one: Call | None = None, seed: int = 0) -> list[str]:
    """What each of so many calls was struck by; "" for nothing."""
    faults = Faults(read_rules(spec), seed)
    return [",".join(faults.strike(one or call())) for _ in range(calls)]


@pytest.mark.parametrize("probability", [0, 0.02, 0.1, 0.5, 1])
def test_it_strikes_as_often_as_asked(probability: float) -> None:
    hits = sum(map(bool, rain(2000, [{"name": "weather", "probability": probability}])))
    assert abs(hits / 2000 - probability) < 0.035


def test_it_brings_every_fault_that_hits_such_a_call_and_none_that_lasts() -> None:
    drawn = Counter(rain(4000, [{"name": "weather"}]))
    assert set(drawn) == {name for name, kind in KINDS.items() if kind.operation != "allocate"} - LASTING
    assert min(drawn.values()) > 4000 / len(KINDS) / 3


def test_a_reading_call_is_never_struck_by_what_only_hits_writes() -> None:
    drawn = set(rain(3000, [{"name": "weather"}], call(LIST, REFRESH)))
    assert drawn == {name for name, kind in KINDS.items() if kind.operation in {"", "calls"}} - LASTING


def test_a_login_is_struck_by_what_hits_any_call() -> None:
    drawn = set(rain(3000, [{"name": "weather", "only": ["captcha", "bom", "refuse"]}], call(LOGIN, "")))
    assert drawn == {"captcha", "bom"}


def test_some_kinds_can_be_asked_for_or_kept_away() -> None:
    assert set(rain(200, [{"name": "weather", "only": ["bom", "slow"]}])) == {"bom", "slow"}
    assert not {"stall", "slow"} & set(rain(2000, [{"name": "weather", "without": ["stall", "slow"]}]))


def test_the_same_seed_brings_the_same_weather() -> None:
    spec = [{"name": "weather", "probability": 0.3}]
    assert rain(300, spec, seed=5) == rain(300, spec, seed=5) != rain(300, spec, seed=6)


def test_a_seed_may_come_with_the_rules() -> None:
    def falls(spec: Any) -> list[bool]:
        faults = Faults(seed=1)
        faults.arm(spec)
        return [bool(faults.strike(call())) for _ in range(200)]

    rules = [{"name": "weather", "probability": 0.3}, {"name": "bom", "probability": 0.1}]
    assert falls({"seed": 9, "rules": rules}) == falls(json.dumps({"seed": 9, "rules": rules}))
    assert falls({"seed": 9, "rules": rules}) != falls({"seed": 8, "rules": rules})
    assert falls({"rules": rules}) == falls(rules)


@pytest.mark.parametrize("spec", [{"seed": "x", "rules": []}, {"seed": 1, "rules": [], "more": 1}])
def test_a_seed_that_is_none_is_refused(spec: Any) -> None:
    with pytest.raises(ValueError, match="faults with a seed"):
        Faults().arm(spec)


def test_rules_rain_together_with_the_weather() -> None:
    both = rain(500, [{"name": "bom"}, {"name": "weather", "only": ["slow"], "probability": 0.5}])
    assert set(both) == {"bom", "bom,slow"}


def test_through_any_weather_a_patient_caller_gets_every_customer_in_exactly_once() -> None:
    """Resending under the kept ord until the read-back shows it: the ERP ends with one of each, and says so."""
    with running(seed=3) as sandbox:
        caller = Caller(sandbox, timeout=0.6)
        caller.login()
        ords = [caller.allocate() for _ in range(12)]
        away = ["human_twin", "stall", "allocate_twice"]
        sandbox.faults.arm([{"name": "weather", "probability": 0.5, "seconds": 0.05, "without": away}])
        for ord_ in ords:
            _persist(caller, ord_)
        sandbox.faults.arm([])
        caller.login()
        assert sorted(row["khid"] for row in sandbox.store.customers()) == sorted(f"WX{ord_}" for ord_ in ords)
        assert sandbox.store.tally()["khid_twice"] == {}
        made = Counter(seen.ord for seen in sandbox.log(effect="created"))
        assert made == Counter(ords)
        assert sum(rule["struck"] for rule in sandbox.faults.armed()) == 0


def _persist(caller: Caller, ord_: int) -> None:
    bad = (http.client.HTTPException, OSError, ValueError, KeyError, TypeError, AttributeError)
    for _ in range(80):
        with suppress(*bad):
            caller.save(ord=ord_, khid=f"WX{ord_}", name=f"客户{ord_}", person_name=f"人{ord_}")
        caller.connection.close()
        with suppress(*bad):
            if caller.detail(ord_)["khid"]["value"] == f"WX{ord_}":
                return
        caller.connection.close()
        with suppress(*bad):
            caller.login()
        caller.connection.close()
    raise AssertionError(f"{ord_} never got in")
