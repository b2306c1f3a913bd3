"""A version out as a file, and a file in as a draft; every fault of a file stands in a table by row and column."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zbsync.admin.base import user_of
from zbsync.models import Mapping
from zbsync.pipeline import publish
from zbsync.sentences import say

MAX_BYTES = 4 << 20
SHOWN = 200
"""Faults that are shown; whoever has more has another kind of problem."""
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PLAIN = "application/octet-stream"
"""Not as text: a rule may hold a number of our own, which must come back as it is, and no contact's is in the file."""


class FileForm(forms.Form):
    """The file, and whether it may replace value maps that are in force."""

    file = forms.FileField(label=gettext_lazy("file"), widget=forms.ClearableFileInput(attrs={"accept": ".json,.xlsx"}))
    replace = forms.BooleanField(
        required=False, label=gettext_lazy("replace value maps that are here and differ (takes effect at once)")
    )

    def clean_file(self) -> Any:
        """Refuse what is larger than any mapping."""
        sent = self.cleaned_data["file"]
        if sent.size > MAX_BYTES:
            raise ValidationError(_("The file is too large for a mapping."))
        return sent


def export(row: Mapping, kind: str) -> HttpResponse:
    """The version as `json` or `xlsx`, to be kept."""
    document = publish.document_of(row)
    if kind == "json":
        answer = HttpResponse(publish.as_json(document), content_type=PLAIN)
    else:
        answer = HttpResponse(publish.as_workbook(document), content_type=SHEET)
    answer.headers["Content-Disposition"] = f'attachment; filename="mapping-v{row.version}.{kind}"'
    return answer


def respond(context: dict[str, Any], request: HttpRequest) -> HttpResponse:
    """The form; a file without a fault leads to its draft."""
    if not request.user.has_perm(publish.PERMISSION):
        raise PermissionDenied
    form = FileForm(request.POST, request.FILES) if request.method == "POST" else FileForm()
    wrongs: list[publish.Wrong] = []
    if form.is_valid():
        try:
            return _take(request, form)
        except publish.FileWrong as error:
            wrongs = error.wrongs
    shown = {
        **context,
        "title": _("Import a mapping"),
        "form": form,
        "wrongs": [(one, say(one.finding)) for one in wrongs[:SHOWN]],
        "more": max(len(wrongs) - SHOWN, 0),
    }
    return TemplateResponse(request, "zbsync/mapping_import.html", shown)


def _take(request: HttpRequest, form: FileForm) -> HttpResponse:
    sent = form.cleaned_data["file"]
    data = sent.read()
    read = publish.read_json if not data.startswith(b"PK") else publish.read_workbook
    made = publish.take(read(data), user_of(request), replace_maps=form.cleaned_data["replace"])
    messages.success(
        request, _("Imported as draft v%(n)d. Nothing is in force before it is published.") % {"n": made.version}
    )
    return HttpResponseRedirect(reverse("admin:zbsync_mapping_change", args=[made.pk]))
