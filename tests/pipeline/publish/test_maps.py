"""Value maps edited in place: all pairs or none, by who may, never over somebody else's work."""

import pytest
from django.core.exceptions import PermissionDenied
from simple_history.utils import get_history_manager_for_model

from tests.admin.people import someone
from tests.models import make
from zbsync.models import Contact, Entry, ValueMap, ValueMapEntry
from zbsync.pipeline import bootstrap, publish

pytestmark = pytest.mark.django_db
PAIRS = [("印刷", "印刷业"), ("机械", "制造业")]


@pytest.fixture(autouse=True)
def trades() -> ValueMap:
    bootstrap.seed()
    make.contact(proposed_version=1)
    made = ValueMap.objects.create(name="trades", kind="exact", note="行业")
    for key, value in PAIRS:
        ValueMapEntry.objects.create(value_map=made, key=key, value=value)
    return made


def stored() -> dict[str, str]:
    return dict(ValueMapEntry.objects.filter(value_map__name="trades").values_list("key", "value"))


def due() -> bool:
    return Contact.objects.due().exists()


def test_pairs_are_changed_added_and_removed_with_a_trace() -> None:
    kept = ValueMapEntry.objects.get(key="印刷").pk
    wanted = [("印刷", "包装业"), ("食品", "食品业")]
    assert publish.keep_pairs("trades", wanted, someone("mapper"), reason="新行业") == 3
    assert stored() == dict(wanted)
    assert ValueMapEntry.objects.get(key="印刷").pk == kept
    assert get_history_manager_for_model(ValueMapEntry).filter(key="印刷").count() == 2
    entry = Entry.objects.get(verb="value_map.edit")
    assert entry.before == {"pairs": [["印刷", "印刷业"], ["机械", "制造业"]]}
    assert entry.after == {"name": "trades", "pairs": [["印刷", "包装业"], ["食品", "食品业"]], "due_again": 1}
    assert (entry.reason, due()) == ("新行业", True)


def test_the_same_pairs_again_judge_nobody() -> None:
    assert publish.keep_pairs("trades", PAIRS[::-1], make.user()) == 0
    assert not due()
    assert not Entry.objects.filter(verb="value_map.edit").exists()


@pytest.mark.parametrize(
    ("pairs", "code", "position"),
    [
        ([("a", "x"), ("a", "y")], "mapping.pair_twice", 2),
        ([("a", "x"), ("b", " ")], "mapping.pair_empty", 2),
        ([("a" * 201, "x")], "mapping.pair_long", 1),
        ([("a", "x"), ("b", "y" * 201)], "mapping.pair_long", 2),
    ],
)
def test_pairs_that_cannot_be_are_named_and_nothing_is_kept(pairs, code: str, position: int) -> None:
    with pytest.raises(publish.PairsWrong) as caught:
        publish.keep_pairs("trades", pairs, make.user())
    assert [(one.code, one.params["position"]) for one in caught.value.findings] == [(code, position)]
    assert stored() == dict(PAIRS)
    assert not due()


def test_bounds_must_be_numbers() -> None:
    with pytest.raises(publish.PairsWrong, match="bad_bound"):
        publish.keep_pairs("score_to_jz", [("many", "很高")], make.user())


def test_somebody_elses_work_is_not_written_over() -> None:
    (shown,) = publish.read_maps(["trades"])
    seen = publish.map_digest(shown)
    publish.keep_pairs("trades", [*PAIRS, ("食品", "食品业")], make.user(), seen=seen)
    with pytest.raises(publish.PublishError, match="map_moved"):
        publish.keep_pairs("trades", PAIRS, make.user(), seen=seen)
    assert "食品" in stored()


@pytest.mark.parametrize("verb", [publish.keep_pairs, publish.add_pairs])
def test_a_map_that_is_gone_takes_no_pair(verb) -> None:
    with pytest.raises(publish.PublishError, match="no_such_map"):
        verb("nothing", {} if verb is publish.add_pairs else [], make.user())


def test_new_values_stand_beside_those_there_are() -> None:
    assert publish.add_pairs("trades", {"食品": "食品业"}, someone("mapper")) == 1
    assert stored() == {**dict(PAIRS), "食品": "食品业"}


@pytest.mark.parametrize("role", ["reviewer", "operator", "auditor"])
def test_who_may_not_change_value_maps_changes_none(role: str) -> None:
    with pytest.raises(PermissionDenied):
        publish.keep_pairs("trades", [("a", "b")], someone(role))
    with pytest.raises(PermissionDenied):
        publish.add_pairs("trades", {"a": "b"}, someone(role))
    assert stored() == dict(PAIRS)


def test_all_value_maps_are_read_in_two_statements(django_assert_num_queries) -> None:
    with django_assert_num_queries(2):
        assert [one.name for one in publish.read_maps()] == ["score_to_jz", "trades"]
