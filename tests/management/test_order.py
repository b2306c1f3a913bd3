"""`order` from the keyboard: what a person wants done to a customer waits for approval, and bad input is one line."""

import pytest

from tests.management.test_verbs import refused, run, run_json
from tests.models import make
from tests.pipeline.reviewing import contact, erp, mapping, person
from zbsync.models import Contact, HubConnection, Proposal

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def wanted() -> Contact:
    """A contact bound to a customer, and somebody who may order."""
    mapping()
    person("wang", ("order_proposal",))
    made = contact(source_id="c1")
    make.binding(made, 4711, connection=erp())
    return made


def test_it_proposes_and_tells_how_many() -> None:
    told = run_json("order", "protect", "--contact", "c1", "--by", "wang", "--reason", "big deal")
    assert (told["done"], told["left_out"]) == (1, {})
    row = Proposal.objects.get()
    assert (row.operation, row.state, row.target_ord) == ("customer.protect", "ready", 4711)


def test_the_long_name_is_the_same_order() -> None:
    run("order", "customer.review", "--contact", "c1", "--field", "jg=同意", "--field", "intro=老客户", "--by", "wang")
    assert Proposal.objects.get().payload == {"jg": "1", "intro": "老客户"}


def test_what_is_left_out_is_told_in_words() -> None:
    contact(source_id="c2")
    assert "not bound" in run("order", "protect", "--contact", "c1", "c2", "--by", "wang")


@pytest.mark.parametrize(
    ("words", "mend"),
    [
        (("eat", "--contact", "c1"), "use one of apply, approve, review, take_back, share, protect, unprotect"),
        (("protect", "--contact", "nobody"), "there is no such contact"),
        (("review", "--contact", "c1", "--field", "jg"), "write it as name=value"),
        (("review", "--contact", "c1", "--field", "jg=9"), "is not one of the ERP's options"),
        (("review", "--contact", "c1"), "the ERP requires it"),
    ],
)
def test_bad_input_is_one_line_with_the_mend(words: tuple[str, ...], mend: str) -> None:
    assert mend in refused("order", *words, "--by", "wang")
    assert not Proposal.objects.exists()


def test_who_may_not_is_told_so() -> None:
    person("li", ("approve_proposal",))
    assert "order_proposal" in refused("order", "protect", "--contact", "c1", "--by", "li")
    assert "no such user" in refused("order", "protect", "--contact", "c1", "--by", "nobody")


def test_one_id_in_two_hubs_wants_the_hub_named() -> None:
    other = HubConnection.objects.create(name="other", kind="file")
    contact(source_id="c1", hub=other)
    assert "--hub" in refused("order", "protect", "--contact", "c1", "--by", "wang")
    assert run_json("order", "protect", "--contact", "c1", "--hub", "file", "--by", "wang")["done"] == 1
