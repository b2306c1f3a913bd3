"""What people type on the desk's pages, checked before the pipeline is asked. No decision is taken here."""

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

REASON_LENGTH = 500
NEVER = datetime.fromtimestamp(0, tz=UTC)

REJECT_REASONS: tuple[str | Promise, ...] = (
    _("Not a customer"),
    _("Duplicate"),
    _("Wrong or useless data"),
    _("Supplier or competitor"),
    _("Does not want to be contacted"),
    _("Test or spam"),
)
"""Why people decline, most frequent first; a free text may be added to each."""

EDIT_REASONS: tuple[str | Promise, ...] = (
    _("Typing error"),
    _("Confirmed with the customer"),
    _("Shortened"),
    _("Completed"),
)
"""Why people edit, offered while they type."""


class ReasonForm(forms.Form):
    """A usual reason, a free text, or both; `needed` makes one of them compulsory."""

    usual = forms.ChoiceField(required=False, label=_("reason"))
    note = forms.CharField(
        required=False, max_length=REASON_LENGTH - 60, label=_("more"), widget=forms.TextInput(attrs={"size": 40})
    )

    def __init__(self, *args: Any, needed: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.needed = needed
        choices = [("", _("— choose —")), *((str(one), one) for one in REJECT_REASONS)]
        usual = self.fields["usual"]
        assert isinstance(usual, forms.ChoiceField)  # noqa: S101 - declared above
        usual.choices = choices

    def clean(self) -> dict[str, Any]:
        """Put the two together as `reason`."""
        cleaned = super().clean() or {}
        parts = (cleaned.get("usual", ""), cleaned.get("note", "").strip())
        cleaned["reason"] = ": ".join(part for part in parts if part)
        if self.needed and not cleaned["reason"] and not self.errors:
            raise forms.ValidationError(_("Say why: choose a reason or write one."), code="reason")
        return cleaned


class EditForm(forms.Form):
    """One field of one proposal."""

    field = forms.CharField(max_length=50)
    value = forms.CharField(required=False, strip=True, max_length=10_000)
    reason = forms.CharField(
        max_length=REASON_LENGTH, error_messages={"required": _("Say why the field is edited.")}, label=_("reason")
    )


class BindForm(forms.Form):
    """An ERP id, of a candidate or typed."""

    ord = forms.IntegerField(
        min_value=1,
        max_value=2**63 - 1,
        label=_("ERP id"),
        error_messages={
            "required": _("Write the ERP id of the customer, a whole number."),
            "invalid": _("An ERP id is a whole number, such as 1024."),
        },
    )
    reason = forms.CharField(required=False, max_length=REASON_LENGTH, label=_("reason"))


def complaints(form: forms.Form) -> list[str]:
    """What is wrong, one sentence each."""
    return [str(message) for messages in form.errors.values() for message in messages]


def digests_of(posted: QueryDict) -> dict[int, str]:
    """The digests that a confirmation page carried, `id:digest` each; what cannot be read counts as not shown."""
    pairs = (item.partition(":") for item in posted.getlist("digest"))
    return {int(row_id): digest for row_id, _colon, digest in pairs if row_id.isdecimal()}


def shown_at(posted: QueryDict) -> datetime:
    """When the page was made that a form came from; one that does not say showed nothing, so that all has moved."""
    return moment(posted.get("shown_at") or "") or NEVER


def moment(text: str) -> datetime | None:
    """A moment with its time zone, as pages carry it; None when it is none."""
    try:
        said = datetime.fromisoformat(text)
    except ValueError:
        return None
    return said if said.tzinfo else None
