"""The weather over the sandbox: for a few seconds at a time some kinds of trouble, from a seed, then others, then none.

What the sandbox may do to a caller is in its `faults`; here is only how often, and what happens beside the calls: a
colleague enters a customer by hand, the ERP refuses duplicates, all sessions end.
"""

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from zbsync.sandbox import factory, faults
from zbsync.sandbox.app import Sandbox

HOLD_S = (3.0, 9.0)
"""How long one weather lasts."""

TUNED: tuple[dict[str, Any], ...] = (
    {"name": "reset_before"},
    {"name": "unavailable", "seconds": 1},
    {"name": "html_500"},
    {"name": "refuse"},
    {"name": "session_kill"},
    {"name": "captcha", "count": 1},
    {"name": "ok_not_stored"},
    {"name": "late_commit", "seconds": 1.5},
    {"name": "reply_lost"},
    {"name": "html_500_after_store"},
    {"name": "empty_body"},
    {"name": "garbage"},
    {"name": "slow", "seconds": 12, "count": 3},
    {"name": "slow", "seconds": 0.8},
    {"name": "control_chars"},
    {"name": "bom"},
    {"name": "rows_as_object"},
)

KINDS = (*TUNED, *({"name": name} for name in sorted(faults.KINDS.keys() - {one["name"] for one in TUNED})))
"""Every fault the sandbox knows; what is not tuned above comes as it is."""


@dataclass
class Weather:
    """Turns the sandbox's faults; `struck` counts how often each hit a call."""

    sandbox: Sandbox
    chance: random.Random
    struck: Counter[str] = field(default_factory=Counter)

    def turn(self) -> None:
        """Other weather than before; sometimes none."""
        self._count()
        kinds = self.chance.sample(KINDS, k=self.chance.randint(0, 5))
        self.sandbox.faults.arm([kind | {"probability": self.chance.choice([0.05, 0.15, 0.4])} for kind in kinds])
        blocked = {"khid": "block", "mobile": self.chance.choice(["block", "warn"])}
        self.sandbox.store.set_policy(duplicates=blocked)
        self._mend()
        if self.chance.random() < 0.4:
            self._colleague()

    def calm(self) -> None:
        """No trouble any more."""
        self._count()
        self.sandbox.faults.arm([])
        self.sandbox.store.set_policy(duplicates={"khid": "block", "mobile": "warn"})
        self._mend()

    def _count(self) -> None:
        for rule in self.sandbox.faults.armed():
            self.struck[rule["name"]] += rule["struck"]

    def _mend(self) -> None:
        """What only a person can: the captcha is passed, an option that vanished is entered again."""
        store = self.sandbox.store
        store.run("DELETE FROM serial")
        for name_of, options in factory.DICTIONARY.items():
            there = {name for name, _ in store.options(factory.ENUMS[name_of])}
            for ord_, name in options:
                if name not in there:
                    store.add_option(name_of, ord_, name)

    def _colleague(self) -> None:
        """Somebody enters one of the hub's next contacts by hand, with the same mobile."""
        number = self.sandbox.store.next_id("number")
        mobile = f"139{self.chance.randrange(200):08d}"
        self.sandbox.store.add_customers([{"name": f"手工{number}", "mobile": mobile, "intsort": "2"}])
