"""The error tree: the picture in the docstring is the tree, and every leaf can say how far the request got."""

import re

import pytest

from zbsync.erp import errors
from zbsync.erp.errors import ErpError, Reached
from zbsync.sentences import SENTENCES


def leaves(above: type[ErpError] = ErpError) -> list[type[ErpError]]:
    """Every class of the tree but its root."""
    return [found for leaf in above.__subclasses__() for found in (leaf, *leaves(leaf))]


def test_the_picture_shows_every_class_with_its_reach() -> None:
    drawn = dict(re.findall(r"[├└]── (\w+) +(yes|no|unknown)\b", errors.__doc__ or ""))
    assert drawn == {leaf.__name__: str(leaf.reached) for leaf in leaves()}


def test_a_class_stands_below_its_parent_in_the_picture() -> None:
    depth = {
        name: len(indent) // 4
        for indent, name in re.findall(r"^    ([│ ]*)[├└]── (\w+)", errors.__doc__ or "", re.MULTILINE)
    }
    assert depth == {leaf.__name__: len(leaf.__mro__) - len(ErpError.__mro__) - 1 for leaf in leaves()}


@pytest.mark.parametrize("leaf", leaves(), ids=lambda leaf: leaf.__name__)
def test_every_leaf_has_a_sentence_for_people(leaf: type[ErpError]) -> None:
    assert leaf.code in SENTENCES
    assert leaf.code.startswith("erp.")
    assert leaf.reached in Reached


def test_an_error_reads_as_code_and_words() -> None:
    assert str(errors.LostReply("ReadTimeout")) == "erp.lost_reply: ReadTimeout"
    assert str(errors.EmptyAnswer()) == "erp.empty_answer"


def test_a_refusal_keeps_the_sentence_and_its_fields() -> None:
    refused = errors.Duplicate("相同客户编号已存在！", ("khid", "name"))
    assert (refused.sentence, refused.cause) == ("相同客户编号已存在！", "duplicate")
    assert (refused.fields, refused.field) == (("khid", "name"), "khid")
    assert errors.Refused("保存失败").field == ""


def test_later_says_how_long_when_it_knows() -> None:
    assert errors.Unavailable("busy", 30.0).retry_after_s == 30.0
    assert errors.TooManyRequests("busy").retry_after_s is None


@pytest.mark.parametrize("leaf", [errors.Expired, errors.NotSent, errors.LoginFailed, errors.Unavailable])
def test_what_may_be_sent_again_was_provably_not_processed(leaf: type[ErpError]) -> None:
    assert leaf.reached is Reached.NO


@pytest.mark.parametrize("leaf", [errors.LostReply, errors.ServerFault, errors.ScriptError, errors.NotJSON])
def test_what_went_out_and_was_not_answered_is_doubt(leaf: type[ErpError]) -> None:
    assert leaf.reached is Reached.UNKNOWN
