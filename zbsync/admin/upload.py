"""The upload page: send a file, see what it would do, say yes, watch it done. Nothing is stored before the yes."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from zbsync.admin import render
from zbsync.admin.base import DeskAdmin
from zbsync.conf import conf
from zbsync.core.findings import Finding
from zbsync.models import Contact, HubConnection, Upload, UploadState
from zbsync.models.within import Anybody, limits_of
from zbsync.pipeline import ingest
from zbsync.sentences import mend, say

RELOAD_S = "3"
MOVING = (UploadState.QUEUED, UploadState.RUNNING)


class UploadForm(forms.Form):
    """A file and the hub it comes from."""

    hub = forms.ModelChoiceField(HubConnection.objects.filter(is_active=True), label=gettext_lazy("Hub"))
    file = forms.FileField(
        label=gettext_lazy("File"),
        max_length=200,
        help_text=gettext_lazy("CSV, XLSX or JSON Lines. Next you see what would change; nothing is stored yet."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx,.jsonl,.ndjson,.json"}),
    )

    def __init__(self, *args: Any, user: Anybody, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        hub = self.fields["hub"]
        assert isinstance(hub, forms.ModelChoiceField)  # noqa: S101 - declared above
        if limits := limits_of(user):
            hub.queryset = HubConnection.objects.filter(
                is_active=True, pk__in=[hub_id for hub_id, owner in limits if not owner]
            )
        known = list(hub.queryset[:2]) if hub.queryset is not None else []
        if len(known) == 1:  # nothing to choose
            hub.initial = known[0]

    def clean_file(self) -> Any:
        """Refuse what is larger than this installation takes."""
        sent = self.cleaned_data["file"]
        allowed = conf().upload_max_mb
        if sent.size > allowed << 20:
            raise ValidationError(
                gettext_lazy("The file has %(size)s MB, at most %(max)s are taken. Split it."),
                params={"size": sent.size >> 20, "max": allowed},
            )
        return sent


@admin.register(Upload)
class UploadAdmin(DeskAdmin):
    """Uploads are made and decided on their own pages; none is edited or deleted."""

    list_display = ("name", "hub", "state_pill", "rows_total", "new", "changed", "bad", "uploaded_by", "created_at")
    list_filter = ("state", "hub")
    list_select_related = ("hub", "uploaded_by")
    ordering = ("-id",)
    actions = None
    list_title = gettext_lazy("Contact uploads")
    list_subtitle = gettext_lazy("What came of each file. A file is looked at first, and stored after a yes.")

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def state_pill(self, upload: Upload) -> SafeString:
        """Where the upload stands."""
        return render.state_pill(upload.get_state_display(), upload.state, render.UPLOAD_TONES)

    @admin.display(description=gettext_lazy("new"))
    def new(self, upload: Upload) -> int:
        """Contacts that the mirror did not have."""
        return int(upload.counts.get("new", 0))

    @admin.display(description=gettext_lazy("changed"))
    def changed(self, upload: Upload) -> int:
        """Contacts that are different now."""
        return int(upload.counts.get("changed", 0))

    @admin.display(description=gettext_lazy("bad"))
    def bad(self, upload: Upload) -> int:
        """Rows left out."""
        return int(upload.counts.get("bad", 0))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: what came in is kept."""
        return False

    def get_urls(self) -> list[URLPattern]:
        """Our verbs beside the stock pages."""
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/confirm/", wrap(require_POST(self.confirm_view)), name="zbsync_upload_confirm"),
            path("<int:pk>/discard/", wrap(require_POST(self.discard_view)), name="zbsync_upload_discard"),
            path("<int:pk>/bad-rows/", wrap(self.bad_rows_view), name="zbsync_upload_bad_rows"),
            *super().get_urls(),
        ]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The form; a file that was sent leads to its preview."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        sent = (request.POST, request.FILES) if request.method == "POST" else ()
        form = UploadForm(*sent, user=request.user)
        if form.is_valid():
            upload = ingest.stage(form.cleaned_data["hub"], form.cleaned_data["file"], _person(request))
            return self._to(upload)
        connected = HubConnection.objects.filter(is_active=True).exists()
        context = {
            **self.admin_site.each_context(request),
            "title": _("Upload contacts"),
            "opts": self.opts,
            "form": form,
            "warning": "" if connected else _("No hub is connected yet. An administrator connects one."),
            "max_mb": conf().upload_max_mb,
        }
        return TemplateResponse(request, "zbsync/upload_form.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """One upload: preview, progress or result, by its state. Changes nothing."""
        upload = self.get_object(request, object_id)
        if upload is None:
            raise Http404
        if not self.has_view_permission(request, upload):
            raise PermissionDenied
        looking = upload.state == UploadState.STAGED and not upload.preview
        refused = upload.preview.get("refused")
        context = {
            **self.admin_site.each_context(request),
            "title": upload.name,
            "opts": self.opts,
            "upload": upload,
            "pill": self.state_pill(upload),
            "counts": _counts(upload),
            "differences": _differences(upload),
            "bad_rows": [_bad_row(stored) for stored in upload.preview.get("bad_rows", ())],
            "refused": say(Finding.from_json(refused)) if refused else "",
            "repeated": upload.preview.get("repeated", 0),
            "looking": looking,
            "moving": looking or upload.state in MOVING,
            "may_decide": upload.state == UploadState.STAGED and not looking and self.has_add_permission(request),
            "percent": min(100, upload.rows_done * 100 // upload.rows_total) if upload.rows_total else 0,
        }
        if self.admin_site.is_registered(Contact):
            context["contacts_url"] = reverse("admin:zbsync_contact_changelist")
        response = TemplateResponse(request, "zbsync/upload.html", context)
        if context["moving"]:
            response.headers["Refresh"] = RELOAD_S  # every browser obeys it, with and without JavaScript
        return response

    def confirm_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Yes: store it."""
        upload = get_object_or_404(self.get_queryset(request), pk=pk)
        if ingest.confirm(upload, _person(request)):
            messages.success(request, _("%(file)s is being stored.") % {"file": upload.name})
        else:
            messages.warning(request, _("This upload was decided already."))
        return self._to(upload)

    def discard_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """No: nothing of it is stored."""
        upload = get_object_or_404(self.get_queryset(request), pk=pk)
        if ingest.discard(upload, _person(request)):
            messages.info(request, _("%(file)s was discarded; nothing of it was stored.") % {"file": upload.name})
        else:
            messages.warning(request, _("This upload was decided already."))
        return self._to(upload)

    def bad_rows_view(self, request: HttpRequest, pk: int) -> FileResponse:
        """The list of bad rows, to mend and send again."""
        upload = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_view_permission(request, upload):
            raise PermissionDenied
        if not upload.bad_rows:
            raise Http404
        name = f"{upload.name}.bad.csv"
        return FileResponse(upload.bad_rows.open(), as_attachment=True, filename=name, content_type="text/csv")

    def _to(self, upload: Upload) -> HttpResponseRedirect:
        return HttpResponseRedirect(reverse("admin:zbsync_upload_change", args=[upload.pk]))


def _person(request: HttpRequest) -> AbstractBaseUser:
    """Who asks; `admin_view` lets nobody else in."""
    return cast(AbstractBaseUser, request.user)


def _counts(upload: Upload) -> list[tuple[str, int, str]]:
    """(words, number, tone) of what became, or would become, of the rows."""
    words = (
        ("new", _("new"), "info"),
        ("changed", _("changed"), "warn"),
        ("same", _("the same"), "mute"),
        ("stale", _("older than ours"), "mute"),
        ("bad", _("bad"), "bad"),
    )
    return [(text, upload.counts.get(name, 0), tone) for name, text, tone in words] if upload.counts else []


def _differences(upload: Upload) -> list[dict[str, Any]]:
    """The first differences, with the words of the mirror's columns; a new contact was nothing before."""
    return [
        {**stored, "fields": [_difference(*one, new=stored["kind"] == "new") for one in stored["fields"]]}
        for stored in upload.preview.get("differences", ())
    ]


def _difference(name: str, before: Any, after: Any, *, new: bool) -> tuple[str, str, str]:
    words = {"deleted": _("gone at the source"), "interactions": _("interactions")}
    column = None if name in words else Contact._meta.get_field(name)
    title = words.get(name) or str(getattr(column, "verbose_name", name))
    return title, render.plain(None if new else before, column), render.plain(after, column)


def _bad_row(stored: dict[str, Any]) -> dict[str, Any]:
    finding = Finding.from_json(stored)
    return {
        "row": stored["row"],
        "column": finding.field,
        "value": finding.params.get("value", ""),
        "reason": say(finding),
        "mend": mend(finding),
    }
