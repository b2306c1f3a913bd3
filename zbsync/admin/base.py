"""What all our admin pages share: cheap counting, calm defaults, and pages that can only be read."""

from types import MappingProxyType
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import connection, models
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.text import capfirst
from simple_history.admin import SimpleHistoryAdmin
from simple_history.template_utils import HistoricalRecordContextHelper

from zbsync.admin.render import plain
from zbsync.models.within import within
from zbsync.sentences.names import Names

COUNT_CAP = 10_001
"""So many rows are counted whatever the list; only a longer one is asked what it is."""


class CheapPaginator(Paginator):  # type: ignore[type-arg]
    """Counts to COUNT_CAP and no further: a longer list says so, and is narrowed, not paged, to its end.

    A whole table is estimated, for that costs nothing. "All that match" is counted exactly on the page that asks
    whether they shall go.
    """

    @cached_property
    def count(self) -> int:
        """How many rows there are to page through."""
        queryset = self.object_list
        if not isinstance(queryset, models.QuerySet):
            return len(queryset)
        rows = queryset.order_by()
        counted = rows[:COUNT_CAP].count()
        if counted < COUNT_CAP or rows.query.where:
            return counted
        return max(counted, _estimate(rows))

    @property
    def capped(self) -> bool:
        """Whether there may be more than `count`."""
        return self.count >= COUNT_CAP


def _estimate(rows: models.QuerySet[Any]) -> int:
    """The table's size as the database believes it, without reading the table."""
    table = rows.model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE oid = %s::regclass", [table])
        else:
            cursor.execute(f"SELECT max(rowid) FROM {connection.ops.quote_name(table)}")  # noqa: S608
        row = cursor.fetchone()
    return int(row[0] or 0) if row else 0


def user_of(request: HttpRequest) -> AbstractBaseUser:
    """The person behind a request. Admin pages are only reached by people; raises PermissionDenied otherwise."""
    if not isinstance(request.user, AbstractBaseUser):
        raise PermissionDenied
    return request.user


class DeskAdmin(admin.ModelAdmin[Any]):
    """Fifty rows a page, no second count of the whole table, no counts beside filters."""

    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = CheapPaginator
    actions_on_top = True
    actions_on_bottom = False
    list_title: Any = ""
    list_subtitle: Any = ""
    row_title: Any = ""

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """The rows that this person may see: for lists, pages, search and choices alike."""
        return within(request.user, super().get_queryset(request))

    def __init__(self, model: type[models.Model], admin_site: admin.AdminSite) -> None:
        super().__init__(model, admin_site)
        self._leads_to = {one.name: one.related_model for one in self.opts.concrete_fields if one.many_to_one}
        for name in self._leads_to:
            setattr(self, f"words_{name}", self._words(name))

    def _words(self, name: str) -> Any:
        """A column that says what the row `name` is called and does not lead there."""

        @admin.display(description=self.opts.get_field(name).verbose_name)  # type: ignore[union-attr]  # a column
        def words(row: Any) -> str:
            return str(getattr(row, name) or self.get_empty_value_display())

        return words

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Where nothing can be changed the stock links every row that is named; here only those that open."""
        sets, closed = super().get_fieldsets(request, obj), self._closed(request, obj)

        def told_once(names: Any) -> list[Any]:
            return list(dict.fromkeys(f"words_{one}" if one in closed else one for one in names))

        return [(title, {**told, "fields": told_once(told["fields"])}) for title, told in sets]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """With the columns that stand in for those links."""
        return [*super().get_readonly_fields(request, obj), *(f"words_{one}" for one in self._closed(request, obj))]

    def _closed(self, request: HttpRequest, obj: Any) -> set[str]:
        """The names of rows that are only told on this page, and whose own pages this person may not see."""
        if obj is None:
            return set()
        chosen = self.has_change_permission(request, obj)
        told = set(self.readonly_fields) & self._leads_to.keys() if chosen else self._leads_to.keys()
        return {name for name in told if not self._opens(request, self._leads_to[name])}

    def _opens(self, request: HttpRequest, model: Any) -> bool:
        """Whether this person may see the pages of those rows; without pages nothing leads there."""
        pages = self.admin_site._registry.get(model)
        return pages is None or pages.has_view_permission(request)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """The stock list with our heading."""
        heading = {"list_title": self.list_title, "list_subtitle": self.list_subtitle}
        if self.list_title:
            heading["title"] = self.list_title
        return super().changelist_view(request, {**heading, **(extra_context or {})})

    def history_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> Any:
        """The stock history under the row's own name."""
        row = self.get_object(request, unquote(object_id))
        named = {"title": self.heading(row)} if row else {}
        return super().history_view(request, object_id, {**named, **(extra_context or {})})

    def heading(self, row: Any) -> str:
        """What a row is called on its page and in the path to it."""
        return str(row)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """The stock form under that name."""
        row = kwargs.get("obj")
        named = {"list_title": self.list_title}
        if row:  # the stock says "View push" and "Change push", and the buttons say that as well
            named |= {"title": self.row_title or capfirst(self.opts.verbose_name), "subtitle": self.heading(row)}
        return super().render_change_form(request, context | named, *args, **kwargs)


class _Changes(HistoricalRecordContextHelper):
    """What changed, in the words of the page instead of the database's values."""

    def __init__(self, model: type[models.Model], record: Any, names: Names) -> None:
        super().__init__(model, record)
        self._names = names

    def prepare_delta_change_value(self, change: Any, value: Any) -> str:
        """One value of a column."""
        return plain(value, self.model._meta.get_field(change.field), self._names)


class HistoryAdmin(SimpleHistoryAdmin):
    """Rows whose former selves are kept, each with what changed then."""

    json_names: Names = MappingProxyType({})
    """What people call the keys of a JSON column."""

    def get_historical_record_context_helper(self, request: HttpRequest, historical_record: Any) -> _Changes:
        """Ours."""
        return _Changes(self.model, historical_record, self.json_names)


class NamedCells(forms.BaseInlineFormSet):  # type: ignore[type-arg]
    """A table of forms: each field says its column's name, for the stock shows it only above the table."""

    def add_fields(self, form: Any, index: int | None) -> None:
        """With the box that deletes a row."""
        super().add_fields(form, index)
        for field in form.fields.values():
            if not field.widget.is_hidden:
                shown = getattr(field.widget, "widget", field.widget)  # a choice of rows is wrapped
                shown.attrs.setdefault("aria-label", field.label)


class ReadOnlyAdmin(DeskAdmin):
    """To be looked at: nothing is added, changed or deleted here, whoever asks."""

    actions: Any = None

    def get_urls(self) -> list[Any]:
        """Without the stock's history: who cannot change anything leaves none, and the audit has the rest."""
        return [url for url in super().get_urls() if not str(url.name).endswith("_history")]

    @property
    def media(self) -> forms.Media:
        """A page without a form needs no script but the one that counts the ticked rows."""
        return forms.Media(css={"all": ["zbsync/desk.css"]}, js=["admin/js/actions.js"])

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False
