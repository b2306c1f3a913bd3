"""Any sequence of acts leaves a customer as a small model of the rules says, and the journal agrees with both."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sandbox.caller import (
    APPLY,
    APPROVE,
    LIST,
    ORDER,
    PROTECT,
    REFRESH,
    REVIEW,
    SAVE,
    SHARE,
    TAKE_BACK,
    UNPROTECT,
)
from tests.sandbox.engine import Desk, document, text
from zbsync.sandbox.engine import Sent

FLAGS: dict[str, Any] = {"sharecontact": 1, "replyshare": 0, "chanceshare": 0, "contractshare": 1}
DESK_USER = 1


@dataclass
class Model:
    """A customer as the fact sheet's acts leave it."""

    owner: int = 0
    applicant: int = 0
    protected: bool = False
    shared: set[int] = field(default_factory=set)

    def assign(self, uid: int) -> bool:
        self.owner, self.applicant = uid, 0
        return True

    def open_up(self) -> bool:
        self.owner = 0
        return True

    def take_back(self) -> bool:
        if not self.owner or self.protected:
            return False
        self.owner = 0
        return True

    def apply(self) -> bool:
        if self.owner or self.applicant:
            return False
        self.applicant = DESK_USER
        return True

    def decide(self, agreed: bool) -> bool:
        if not self.applicant:
            return False
        self.owner, self.applicant = (self.applicant if agreed else self.owner), 0
        return True

    def protect(self, wanted: bool) -> bool:
        if self.protected is wanted:
            return False
        self.protected = wanted
        return True

    def share(self, uid: int) -> bool:
        self.shared = {uid}
        return True

    def stypes(self) -> set[str]:
        """Where the list shows the customer to the desk's user."""
        shown = {"1": not self.owner, "2": bool(self.applicant), "3": self.protected, "4": bool(self.shared)}
        return {stype for stype, here in shown.items() if here}


USERS = st.sampled_from([63, 64, 71])
STEPS = st.one_of(
    st.tuples(st.just("assign"), USERS),
    st.tuples(st.just("share"), USERS),
    st.tuples(st.just("decide"), st.booleans()),
    st.tuples(st.just("review"), st.booleans()),
    st.tuples(st.just("protect"), st.booleans()),
    st.tuples(st.sampled_from(["open_up", "take_back", "apply"])),
)


def perform(desk: Desk, ord_: int, step: tuple) -> str:
    """Say one step over the wire; returns the page's sentence."""
    name, *given = step
    calls: dict[str, Callable[..., Sent]] = {
        "assign": lambda uid: desk.post(ORDER, SAVE, ord=ord_, member1=0, member2=uid),
        "open_up": lambda: desk.post(ORDER, SAVE, ord=ord_, member1=1, member2=""),
        "take_back": lambda: desk.post(TAKE_BACK, ord=ord_),
        "apply": lambda: desk.post(APPLY, ord=ord_),
        "decide": lambda agreed: desk.post(APPROVE, ord=ord_, blset=int(agreed)),
        "review": lambda agreed: desk.post(REVIEW, SAVE, ord=ord_, jg=1 if agreed else 2),
        "protect": lambda wanted: desk.post(PROTECT if wanted else UNPROTECT, ord=ord_),
        "share": lambda uid: desk.post(SHARE, SAVE, ord=ord_, member1=0, member2=uid, **FLAGS),
    }
    return text(calls[name](*given))


def follow(model: Model, step: tuple) -> bool:
    """The same step in the model; whether it was allowed."""
    name, *given = step
    done: bool = getattr(model, "decide" if name == "review" else name)(*given)
    return done


@settings(max_examples=60, deadline=None)
@given(st.lists(STEPS, max_size=14))
def test_acts_follow_the_model(steps: list[tuple]) -> None:
    desk, model = Desk(), Model()
    ord_ = desk.allocate()
    desk.save(ord_)
    allowed = []
    for step in steps:
        allowed.append(follow(model, step))
        assert ("成功" in perform(desk, ord_, step)) is allowed[-1], step
    row = desk.store.record(ord_)
    assert row is not None
    assert (row["cateid"] or 0, row["applicant"] or 0, bool(row["protected"])) == (
        model.owner,
        model.applicant,
        model.protected,
    )
    assert {share["uid"] for share in desk.store.shares(ord_)} == model.shared
    assert [effect for effect in desk.effects() if effect in {"changed", "refused"}] == [
        "changed" if done else "refused" for done in allowed
    ]
    tables = {stype: document(desk.post(LIST, REFRESH, stype=stype))["body"]["source"]["table"] for stype in "12345"}
    shown = {stype for stype, table in tables.items() if table["rows"]}
    assert shown == model.stypes()
