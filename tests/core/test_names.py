"""Codes as people call them: every code there is has a name, and sentences say the names."""

import ast
from pathlib import Path

import pytest
from django.utils import translation

from zbsync.core.findings import Finding
from zbsync.core.gate import CATALOGUE
from zbsync.core.matching import RULES
from zbsync.core.paths import SOURCES
from zbsync.core.payload import KINDS
from zbsync.core.records import Listing
from zbsync.core.transforms import TRANSFORMS, TransformError, compile_transform
from zbsync.erp.catalogue import OPERATIONS, VOCABULARIES
from zbsync.roles import ROLES
from zbsync.sentences import names, rules, say, tell
from zbsync.sentences.auditing import ACTS

SOURCE = Path(__file__).resolve().parents[2] / "zbsync"
PARAMS = {param.name: param for spec in CATALOGUE.values() for param in spec.params}


def written(*callees: str) -> set[str]:
    """The first text argument of each call of these names anywhere in the code."""
    found = set()
    for path in SOURCE.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and ast.unparse(call.func) in callees and call.args:
                first = call.args[0]
                found |= {first.value} if isinstance(first, ast.Constant) and isinstance(first.value, str) else set()
    return found


@pytest.mark.parametrize(
    ("named", "codes"),
    [
        (names.HUB_FIELDS, SOURCES),
        (names.HUB_FIELDS, {one.origin for one in TRANSFORMS.values()} - {""}),
        (names.KINDS, KINDS),
        (names.LISTINGS, {str(one) for one in Listing} - {""}),
        (names.VOCABULARIES, VOCABULARIES),
        (names.MATCH_RULES, RULES),
        (names.OPERATIONS, OPERATIONS),
        (names.SUBJECTS, written("audit.Line", "Line")),
        (names.JOBS, written("audit.Actor.job", "Actor.job")),
        (names.ROLES, ROLES),
        (rules.GATE_RULES, CATALOGUE),
        (rules.GATE_PARAMS, PARAMS),
        (rules.TYPES, {param.type for param in PARAMS.values()}),
        (rules.TRANSFORMS, TRANSFORMS),
    ],
)
def test_every_code_has_a_name(named, codes) -> None:
    assert codes
    assert set(codes) <= set(named)


def test_no_transform_is_explained_that_is_not_there() -> None:
    assert set(rules.TRANSFORMS) == set(TRANSFORMS)


@pytest.mark.parametrize("name", [name for name, (_does, argument) in rules.TRANSFORMS.items() if not argument])
def test_what_is_said_to_take_no_argument_takes_none(name) -> None:
    with pytest.raises(TransformError, match="argument_unused"):
        compile_transform(name, "x")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("company", "company"),
        ("company,name", "company, name"),
        ("list", "list"),
        ("interactions.last.content", "latest interaction: content"),
        ("extra.industry", "extra.industry"),
        ("", ""),
    ],
)
def test_a_source_path_is_called_as_people_call_it(path, words) -> None:
    assert names.hub_field(path) == words


@pytest.mark.parametrize(
    ("actor", "words"),
    [
        ("job:push", "system (pushing)"),
        ("job:unheard", "system (unheard)"),
        ("li.mei", "li.mei"),
        ("job:", "job:"),
        ("", ""),
    ],
)
def test_a_job_is_told_from_a_person(actor, words) -> None:
    assert names.who(actor) == words


@pytest.mark.parametrize(
    ("declared", "words"),
    [("int 1…50", "a whole number 1…50"), ("bool", "true or false"), ("list", "a list of texts"), ("odd 3…", "odd 3…")],
)
def test_what_a_setting_takes_is_told_in_words(declared, words) -> None:
    assert rules.expects(declared) == words


@pytest.mark.parametrize(
    ("code", "params", "said"),
    [
        ("mapping.required", {"caption": "手机", "source": "phone"}, "手机 is empty: phone has nothing"),
        ("mapping.required", {"caption": "手机"}, "手机 is empty: – has nothing"),
        ("payload.not_for_kind", {"caption": "行号", "kind": "individual"}, "individual customers have no field 行号"),
        ("gate.not_white_listed", {"list": "gray"}, "Not on the white list (gray list)."),
        ("gate.not_white_listed", {"list": "–"}, "Not on the white list (–)."),
        ("match.differs", {"ord": 7, "rule": "weixin", "erp": "a", "ours": "b"}, "has another WeChat id: “a” there"),
        ("mapping.vocabulary_missing", {"caption": "客户来源", "vocabulary": "ly"}, "options “customer source” are"),
        (
            "gate.bad_param",
            {"rule": "score", "param": "minimum", "value": "x", "expects": "float 0…100"},
            "The rule score is high enough: “x” does not fit the setting minimum; give a number 0…100.",
        ),
    ],
)
def test_a_sentence_says_names_instead_of_codes(code, params, said) -> None:
    assert said in say(Finding(code, params=params))


def test_in_chinese_a_sentence_has_no_code_left() -> None:
    with translation.override("zh-hans"):
        told = say(Finding("match.kind_differs", params={"ord": 7, "erp": "unit", "ours": "individual"}))
    assert told == "客户 7 在 ERP 中是单位客户，而联系人是个人客户：对方没有的字段不会写入。"


@pytest.mark.parametrize("verb", sorted(ACTS))
def test_every_act_is_told_in_chinese(verb) -> None:
    with translation.override("zh-hans"):
        assert any("一" <= letter <= "鿿" for letter in tell(verb))


def test_what_has_no_name_speaks_for_itself() -> None:
    assert names.called(names.KINDS, "partner") == "partner"
    assert names.both(names.KINDS, "partner") == "partner"
    assert names.both(names.VOCABULARIES, "ly") == "customer source (ly)"
    assert rules.transform("rot13") == "rot13"
    assert tell("no.such_act") == "no.such_act"
