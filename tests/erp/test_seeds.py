"""The owner's documents against the catalogue: no operation and no field of theirs is missing or told otherwise."""

from typing import Any

import pytest

from tests.erp.seeds import GUESSED, GUIDE, HELP_MENU, LOOKUPS, PERSONS, TABLES, Page, Told
from zbsync.erp.catalogue import ENUMS, OPERATIONS, Operation, Param

DOCUMENTS = {"menu": HELP_MENU, "persons": PERSONS, "guide": GUIDE, "lookups": LOOKUPS}
ALL = [pytest.param(page, id=f"{name}-{page.title}") for name, pages in DOCUMENTS.items() for page in pages]
TOLD = [(page, told) for page in TABLES for told in page.fields]


def each(pairs: list[tuple[Page, Told]]) -> list[Any]:
    """The fields with names a reader of the tests knows again."""
    return [pytest.param(page, told, id=f"{page.address.rpartition('/')[2]}-{told.name}") for page, told in pairs]


def address(path: str) -> str:
    """An address as the server reads it: without regard to case, without the switches that only the help means."""
    plain, _, query = path.lower().partition("?")
    kept = sorted(part for part in query.split("&") if part and not part.startswith("apihelp"))
    return "?".join([plain, "&".join(kept)]) if kept else plain


def operation_of(page: Page) -> Operation:
    """The operation the catalogue has under the document's title."""
    found = [one for one in OPERATIONS.values() if one.caption.partition("（")[0] == page.title]
    assert found, f"the catalogue has no {page.title}"
    return found[0]


def field_of(page: Page, told: Told) -> Param:
    operation = operation_of(page)
    assert told.name in operation.asked, f"{operation.name} has no field {told.name}"
    return operation.asked[told.name]


@pytest.mark.parametrize("page", ALL)
def test_every_operation_of_the_documents_has_its_address(page: Page) -> None:
    paths = operation_of(page).paths
    if page.title == "分配新客户ID":
        assert address(paths["ov1"]).startswith(address(page.address)), "it says which kind besides"
    else:
        assert address(page.address) in [address(path) for path in paths.values()]


@pytest.mark.parametrize("page", [page for page in PERSONS if page.answer])
def test_an_answer_has_the_shape_the_document_tells(page: Page) -> None:
    assert operation_of(page).answer == page.answer


@pytest.mark.parametrize(("page", "told"), each(TOLD))
def test_every_field_of_the_documents_is_there_with_its_type(page: Page, told: Told) -> None:
    assert field_of(page, told).wire_type == told.wire


@pytest.mark.parametrize(("page", "told"), each(TOLD))
def test_every_field_is_required_where_the_document_says_so(page: Page, told: Told) -> None:
    by_policy = page.title == "客户修改"  # the installation decides, the guide says
    assert field_of(page, told).required is told.required or by_policy


@pytest.mark.parametrize(("page", "told"), each([one for one in TOLD if one[1].length]))
def test_every_field_is_as_long_as_the_document_says(page: Page, told: Told) -> None:
    assert field_of(page, told).max_length == told.length


@pytest.mark.parametrize(("page", "told"), each([one for one in TOLD if one[1].codes]))
def test_every_fixed_list_has_the_codes_of_the_document(page: Page, told: Told) -> None:
    ours = field_of(page, told)
    assert set(ENUMS[ours.enum].values()) == set(told.codes)


def test_nothing_is_taken_over_from_the_guesses() -> None:
    known = {name for operation in OPERATIONS.values() for name in operation.asked}
    assert not known & set(GUESSED)


def test_the_walk_would_notice_a_missing_operation() -> None:
    with pytest.raises(AssertionError, match="has no 客户合并"):
        operation_of(Page("客户合并", "/webapi/v3/ov1/salesmanage/custom/merge"))


def test_the_walk_would_notice_a_missing_field() -> None:
    with pytest.raises(AssertionError, match="assign has no field member3"):
        field_of(Page("客户指派", ""), Told("member3", "string"))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("/webapi/v3/ov1/A/b?apihelptype=save", "/webapi/v3/ov1/a/b"),
        ("/x?datatype=tel&apihelptype=save", "/x?datatype=tel"),
        ("/x?b=2&a=1", "/x?a=1&b=2"),
    ],
)
def test_an_address_is_read_as_the_server_does(written: str, read: str) -> None:
    assert address(written) == read
