"""A version is taken away as a file and brought back; what is wrong with a file stands by row and column."""

import json
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests.admin.desk import text
from tests.admin.people import browser
from tests.admin.workbench.desk import english
from tests.pipeline.publish.drafting import installed
from zbsync.models import Mapping, MappingRule, ValueMapEntry
from zbsync.pipeline import tables

pytestmark = pytest.mark.django_db
IMPORT = "/admin/zbsync/mapping/import/"


@pytest.fixture(autouse=True)
def first() -> Mapping:
    return installed()


def exported(row: Mapping, kind: str, role: str = "mapper") -> Any:
    return english(role).get(reverse("admin:zbsync_mapping_export", args=[row.pk, kind]))


def sent(data: bytes, role: str = "mapper", **more: str) -> Any:
    return english(role).post(IMPORT, {"file": SimpleUploadedFile("m", data), **more}, follow=True)


@pytest.mark.parametrize("kind", ["json", "xlsx"])
def test_what_was_exported_is_imported_as_the_same_rules(first: Mapping, kind: str) -> None:
    MappingRule.objects.filter(mapping=first, target="intro").update(default="电话 13800001111")
    answer = exported(first, kind)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="mapping-v1.{kind}"'
    page = sent(answer.content)
    assert "Imported as draft v2" in text(page)
    made = Mapping.objects.get(state="draft")
    assert tables.read_rules(made) == tables.read_rules(first)


def test_faults_stand_by_row_and_column(first: Mapping) -> None:
    whole = json.loads(exported(first, "json").content)
    whole["rules"][3]["transform"] = "magic"
    whole["rules"][5]["source"] = "nix"
    page = sent(json.dumps(whole).encode())
    assert "Nothing was stored." in text(page)
    assert "rules 4 transform" in text(page)
    assert "rules 6 source" in text(page)
    assert not Mapping.objects.filter(state="draft").exists()


def test_a_value_map_in_force_is_replaced_only_with_the_tick(first: Mapping) -> None:
    data = exported(first, "json").content
    ValueMapEntry.objects.filter(key="90").update(value="极高")
    assert "score_to_jz is here already" in text(sent(data))
    assert "Imported as draft" in text(sent(data, replace="on"))
    assert ValueMapEntry.objects.get(key="90").value == "很高"


@pytest.mark.parametrize(("data", "said"), [(b"", "empty"), (b"x" * ((4 << 20) + 1), "too large"), (b"?", "cannot be")])
def test_what_is_no_mapping_is_refused(data: bytes, said: str) -> None:
    assert said in text(sent(data))
    assert Mapping.objects.count() == 1


@pytest.mark.parametrize("role", ["reviewer", "operator", "auditor"])
def test_others_take_a_version_away_and_bring_none(first: Mapping, role: str) -> None:
    data = exported(first, "json", role)
    assert data.status_code == 200
    assert english(role).get(IMPORT).status_code == 403
    assert sent(data.content, role).status_code == 403
    assert IMPORT not in english(role).get("/admin/zbsync/mapping/").content.decode()
    assert Mapping.objects.count() == 1


def test_the_way_there_is_called_by_its_name_in_both_languages() -> None:
    called = []
    for client in (browser("mapper"), english()):
        way = re.search(rf'<a href="{IMPORT}">([^<]*)</a>', client.get("/admin/zbsync/mapping/").content.decode())
        assert way
        called.append(way[1])
    assert called == ["导入字段映射", "Import a mapping"]


def test_who_has_no_role_takes_nothing_away(first: Mapping) -> None:
    assert exported(first, "json", "").status_code == 403


def test_there_is_no_third_kind_of_file(first: Mapping) -> None:
    assert exported(first, "csv").status_code == 404
