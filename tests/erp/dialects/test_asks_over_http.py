"""The suite of asks again, each dialect and each ask, said to the pretend ERP over real HTTP.

The meaning of its answer must be the one of the golden bytes, and what it then holds the one that was asked for. One
ERP serves the whole module, emptied and prepared for each ask as for the golden case of the same name.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.erp.dialects.asks import ASKS, Ask
from tests.erp.dialects.held import HELD
from tests.erp.dialects.test_dialects import SAID, dialect
from tests.erp.support import SESSION, config
from tests.sandbox.test_golden import OTHER, PREPARE, UNIT
from zbsync.erp.dialects.choice import DIALECTS
from zbsync.erp.transport import Transport
from zbsync.sandbox.app import Sandbox, running

SPOKEN = {name: dialect(name) for name in DIALECTS}
READS = ("read", "listed")
OTHERWISE = {
    "assign": "UPDATE customer SET cateid = 64 WHERE ord = 1207",
    "edit_customer": "UPDATE customer SET intro = '旧' WHERE ord = 1207",
}
"""Where the golden case begins with what is asked for, so that asking would prove nothing."""


@dataclass
class Office:
    """The pretend ERP and a line to it."""

    sandbox: Sandbox
    line: Transport

    def prepare(self, case: str) -> None:
        """As the golden case has it, with a session that is let in."""
        self.sandbox.faults.arm([])
        self.sandbox.store.wipe()
        self.sandbox.store.add_customers([OTHER, UNIT])
        self.sandbox.store.open_session(1, "fixedserial01", SESSION)
        PREPARE.get(case, lambda _: None)(self.sandbox)
        if case in OTHERWISE:
            self.sandbox.store.run(OTHERWISE[case])

    def ask(self, name: str, ask: Ask) -> Any:
        """Said by one dialect, and understood."""
        call = ask.put(SPOKEN[name])
        return call.decode(self.line.send(call.encode(SESSION), 5.0))


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    with running(customers=0) as sandbox:
        yield Office(sandbox, Transport(config(base_url=sandbox.url)))


def title_of(ask: Ask) -> str:
    return next(title for title, one in ASKS.items() if one is ask)


@pytest.mark.parametrize(("name", "ask", "folder", "case"), SAID)
def test_what_is_asked_is_understood_and_held(office: Office, name: str, ask: Ask, folder: str, case: str) -> None:
    office.prepare(case)
    store = office.sandbox.store
    look, wanted = HELD.get(title_of(ask), (lambda _: None, None))
    if wanted is not None:
        assert look(store) != wanted, "it would prove nothing"
    assert ask.look(office.ask(name, ask)) == ask.told
    if wanted is not None:
        assert look(store) == wanted
    seen = store.log()
    assert len(seen) == 1, "one call"
    assert (seen[0].effect in READS) is (wanted is None)


def test_no_ask_that_writes_goes_unchecked() -> None:
    writes = {title for title, ask in ASKS.items() for name in ask.golden if ask.put(SPOKEN[name]).write}
    assert writes | {"allocate a unit", "allocate an individual"} == HELD.keys()
    assert {param.values[0] for param in SAID} == DIALECTS.keys(), "every dialect is asked"
