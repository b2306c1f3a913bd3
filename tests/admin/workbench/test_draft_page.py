"""The editor of a draft: each error at its field, results for real contacts, and nothing kept that was only tried."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.admin.desk import text
from tests.admin.people import browser
from tests.models import make
from tests.pipeline.publish.drafting import drafted
from zbsync.core.mapping import rules_digest
from zbsync.models import Mapping, MappingRule
from zbsync.pipeline import tables

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft() -> Mapping:
    return drafted()


@pytest.fixture
def mapper() -> Client:
    client = browser("mapper")
    client.cookies["django_language"] = "en"
    return client


def page(draft: Mapping) -> str:
    return reverse("admin:zbsync_mapping_change", args=[draft.pk])


def typed(draft: Mapping, **changed: Any) -> dict[str, str]:
    """The form as the page shows it, with fields changed: `rules-0-source="x"`."""
    rules = tables.read_rules(draft)
    form = {"note": "", "seen": rules_digest(rules), "rules-TOTAL_FORMS": str(len(rules)), "rules-INITIAL_FORMS": "0"}
    for index, rule in enumerate(rules):
        for name in ("position", "target", "applies_to", "source", "transform", "argument", "default", "policy"):
            form[f"rules-{index}-{name}"] = str(getattr(rule, name))
        form[f"rules-{index}-too_long"] = str(rule.too_long)
        if rule.required:
            form[f"rules-{index}-required"] = "on"
    return form | {name.replace("__", "-"): str(value) for name, value in changed.items()}


def place(draft: Mapping, target: str) -> int:
    return [rule.target for rule in tables.read_rules(draft)].index(target)


def error_at(answer: str, index: int, column: str) -> str:
    found = re.search(rf'id="err-rules-{index}-{column}">(.*?)</div>', answer, re.DOTALL)
    assert found
    return re.sub("<[^>]+>", "", found[1]).strip()


def test_what_was_typed_is_kept(draft: Mapping, mapper: Client) -> None:
    at = place(draft, "intro")
    form = typed(draft, **{f"rules__{at}__source": "remark", "note": "备注改读备注栏"})
    answer = mapper.post(page(draft), form, follow=True)
    assert "Draft saved: 1 rule changed." in text(answer)
    draft.refresh_from_db()
    assert (draft.note, draft.rules.get(target="intro").source) == ("备注改读备注栏", "remark")


def test_a_rule_is_added_and_one_removed(draft: Mapping, mapper: Client) -> None:
    new = {"target": "url", "source": "extra.site", "transform": "copy", "applies_to": "both", "policy": "always",
           "too_long": "hold", "position": "0"}  # fmt: skip
    form = typed(draft, **{f"rules__13__{name}": value for name, value in new.items()})
    form |= {"rules-TOTAL_FORMS": "14", f"rules-{place(draft, 'email')}-DELETE": "on"}
    assert mapper.post(page(draft), form).status_code == 302
    targets = list(draft.rules.values_list("target", flat=True))
    assert targets[-1] == "url"
    assert "email" not in targets


def test_an_empty_row_is_no_rule(draft: Mapping, mapper: Client) -> None:
    blank = {"transform": "copy", "applies_to": "both", "policy": "always", "too_long": "hold", "position": ""}
    form = typed(draft, **{f"rules__13__{name}": value for name, value in blank.items()})
    form |= {"rules-TOTAL_FORMS": "14", "rules-INITIAL_FORMS": "13"}
    assert mapper.post(page(draft), form).status_code == 302
    assert draft.rules.count() == 13


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("source", "no.such", "“no.such” is not a field of a contact"),
        ("source", "", "names no source field"),
        ("transform", "magic", "not one of the available choices"),
        ("argument", "x", "takes no argument"),
        ("target", "mobile", "already has a rule"),
        ("target", "", "This field is required"),
        ("default", "x" * 501, "at most 500 characters"),
        ("policy", "sometimes", "not one of the available choices"),
        ("position", "-1", "greater than or equal to 0"),
    ],
)
def test_a_wrong_field_has_its_error_beside_it(draft: Mapping, mapper: Client, column, value, said) -> None:
    at = place(draft, "intro")
    answer = mapper.post(page(draft), typed(draft, **{f"rules__{at}__{column}": value}))
    shown = answer.content.decode()
    assert answer.status_code == 200
    assert said in error_at(shown, at, column).replace("&quot;", '"'), error_at(shown, at, column)
    assert not any(error_at(shown, place(draft, other), column) for other in ("email", "khid"))
    assert "Nothing was kept" in text(answer)
    assert list(tables.read_rules(draft)) == list(tables.read_rules(Mapping.objects.get(version=1)))


def test_trying_shows_the_result_and_keeps_nothing(draft: Mapping, mapper: Client) -> None:
    make.contact(name="王小明", notes="老客户", remark="加急")
    at = place(draft, "intro")
    form = typed(draft, **{f"rules__{at}__source": "remark"}) | {"_try": "1"}
    shown = text(mapper.post(page(draft), form))
    assert "加急" in shown
    assert "now: 老客户" in shown
    assert draft.rules.get(target="intro").source == "notes"


def test_the_script_gets_only_the_parts(draft: Mapping, mapper: Client) -> None:
    make.contact(name="王小明")
    at = place(draft, "mobile")
    form = typed(draft, **{f"rules__{at}__source": "name"}) | {"_try": "1"}
    shown = mapper.post(f"{page(draft)}?part=results", form).content.decode()
    assert "<html" not in shown
    assert f'data-part="out-rules-{at}"' in shown
    assert "王小明" in shown
    assert "not a valid mainland mobile" in shown


def test_a_contact_is_chosen_to_try_on(draft: Mapping, mapper: Client) -> None:
    chosen = make.contact(name="李示例选")
    for _ in range(4):
        make.contact()
    assert "李示例选" not in text(mapper.get(page(draft)))
    found = mapper.get(page(draft), {"sought": "李示例"}).content.decode()
    assert f'href="?contacts={chosen.pk}"' in found
    assert "李示例选" in text(mapper.get(page(draft), {"contacts": f"{chosen.pk},x,,"}))


def test_somebody_elses_draft_is_not_written_over(draft: Mapping, mapper: Client) -> None:
    form = typed(draft, **{f"rules__{place(draft, 'intro')}__source": "remark"})
    MappingRule.objects.filter(mapping=draft, target="email").update(source="remark")
    assert "Somebody changed this draft" in text(mapper.post(page(draft), form))
    assert draft.rules.get(target="intro").source == "notes"


@pytest.mark.parametrize("role", ["reviewer", "operator", "auditor"])
def test_others_read_a_draft_and_cannot_change_it(draft: Mapping, role: str) -> None:
    client = browser(role)
    assert 'name="rules-0-target"' not in client.get(page(draft)).content.decode()
    assert client.post(page(draft), typed(draft, rules__0__argument="name")).status_code == 403
    assert draft.rules.get(target="name", applies_to="unit").argument == "company,name"


def test_further_fields_of_the_hub_are_offered(draft: Mapping, mapper: Client) -> None:
    make.contact(extra={"industry": "印刷"})
    assert '<option value="extra.industry">' in mapper.get(page(draft)).content.decode()


def test_the_page_asks_the_same_number_of_questions_whatever_its_size(draft: Mapping, mapper: Client) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as seen:
            mapper.get(page(draft))
        return len(seen)

    few = asked()
    MappingRule.objects.filter(mapping=draft).exclude(target="name").delete()
    assert few == asked() < 30
