"""Users and roles: the stock pages, with roles and rights called as people call them.

What a role may do is data (`zbsync.roles`) and only read here; an administrator says who has which role.
"""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group, Permission, User
from django.forms import CheckboxSelectMultiple, ModelForm, ModelMultipleChoiceField, MultipleChoiceField
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from zbsync.admin.base import NamedCells, ReadOnlyAdmin, user_of
from zbsync.admin.render import NOTHING
from zbsync.models import Scope
from zbsync.models.contact import PHONE_RIGHTS
from zbsync.pipeline import access
from zbsync.sentences.names import RIGHTS, ROLES, called
from zbsync.templatetags.zbsync_ui import person

admin.site.unregister(User)
admin.site.unregister(Group)


class RoleChoice(ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Roles to choose from."""

    def label_from_instance(self, obj: Any) -> str:
        """The role in the reader's words."""
        return called(ROLES, str(obj))


class ScopeInline(admin.TabularInline[Scope, User]):
    """Which contacts the person may see; nobody but who is above all roles says it of himself."""

    model = Scope
    formset = NamedCells
    fields = ["hub", "owner"]
    extra = 1
    verbose_name_plural = _("Sees only these contacts, the owner as the hub writes it (no line: all contacts)")

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A hub is chosen here, not made or changed."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and db_field.name == "hub":
            field.widget = field.widget.widget
        return field

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may change users, but not their own limits."""
        own = obj is not None and obj.pk == request.user.pk and not getattr(request.user, "is_superuser", False)
        return bool(request.user.has_perm("auth.change_user")) and not own

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As changing."""
        return self.has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As changing."""
        return self.has_change_permission(request, obj)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may see users."""
        return bool(request.user.has_perm("auth.view_user"))


@admin.register(User)
class PeopleAdmin(UserAdmin[User]):
    """The people of the desk. Rights come with roles, none is given to a person alone."""

    list_display = ["username", "called_by", "roles", "sees", "is_active", "last_login"]
    list_filter = ["is_active", "is_superuser"]
    list_title = _("Users")
    list_subtitle = _("Who may come in, in which roles, and which contacts each sees.")
    filter_horizontal = []
    inlines = [ScopeInline]
    add_form_template = None
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": ("last_name", "first_name", "email")}),
        (_("Roles"), {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        (_("When"), {"fields": ("last_login", "date_joined")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Only who is above all roles may put somebody there."""
        dates = ["last_login", "date_joined"]
        return dates if getattr(request.user, "is_superuser", False) else [*dates, "is_superuser"]

    def get_queryset(self, request: HttpRequest) -> Any:
        """With roles and limits, in one query more each."""
        return super().get_queryset(request).prefetch_related("groups", "scopes__hub")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """The stock list with our heading."""
        heading = {"title": self.list_title, "list_title": self.list_title, "list_subtitle": self.list_subtitle}
        return super().changelist_view(request, {**heading, **(extra_context or {})})

    @admin.display(description=_("name of the person"))
    def called_by(self, row: User) -> str:
        """As Chinese names are written."""
        return person(row) or "–"

    @admin.display(description=_("Roles"))
    def roles(self, row: User) -> str:
        """In the reader's words; who is above all of them is said first."""
        above = [called(ROLES, "administrator")] if row.is_superuser else []
        return "、".join(dict.fromkeys([*above, *(called(ROLES, one.name) for one in row.groups.all())])) or "–"

    @admin.display(description=_("sees"))
    def sees(self, row: Any) -> str:
        """Which contacts: all, or hub and owner of each limit."""
        limits = [" · ".join(filter(None, (str(one.hub or ""), one.owner))) for one in row.scopes.all()]
        return "、".join(limits) if limits and not row.is_superuser else str(_("all contacts"))

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """Limits are given to somebody who is there."""
        return self.inlines if obj else []

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Ask the pipeline, which writes it down."""
        formset.save(commit=False)  # tells the stock's own history what changed
        kept = [one.cleaned_data for one in formset.forms if one not in formset.deleted_forms and one.cleaned_data]
        wanted = [(one.get("hub"), one.get("owner", "")) for one in kept]
        access.limit(form.instance, wanted, user_of(request))

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """The choice of roles in the reader's words."""
        if db_field.name == "groups":
            kwargs |= {"form_class": RoleChoice, "widget": CheckboxSelectMultiple, "label": _("Roles"), "help_text": ""}
        return super().formfield_for_manytomany(db_field, request, **kwargs)


class PhoneRights(ModelForm):  # type: ignore[type-arg]
    """The two rights of a role that an administrator decides on."""

    phones = MultipleChoiceField(required=False, widget=CheckboxSelectMultiple, label=_("Phone numbers"))

    class Meta:
        model = Group
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["phones"]
        assert isinstance(field, MultipleChoiceField)  # noqa: S101 - declared above
        field.choices = [(name, called(RIGHTS, name)) for name in PHONE_RIGHTS]
        has = {one.codename for one in self.instance.permissions.all()}
        self.initial["phones"] = [name for name in PHONE_RIGHTS if name in has]


@admin.register(Group)
class RoleAdmin(ReadOnlyAdmin):
    """The roles and what each may do; of that, only who sees whole phone numbers is decided here."""

    list_display = ["role", "rights_count"]
    form = PhoneRights
    readonly_fields = ["role", "rights"]
    ordering = ["id"]
    list_title = _("Roles")
    row_title = _("Role")
    list_subtitle = _("What each role may do is fixed but for phone numbers; who has which role stands at the user.")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Administrators, for every role but their own."""
        return bool(request.user.has_perm("auth.change_group")) and (obj is None or obj.name != access.KEEPS)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The choice only to who may make it."""
        return ["role", *(["phones"] if self.has_change_permission(request, obj) else []), "rights"]

    def save_model(self, request: HttpRequest, obj: Group, form: Any, change: bool) -> None:
        """Ask the pipeline, which writes it down."""
        access.give_phones(obj, form.cleaned_data["phones"], user_of(request))

    def response_change(self, request: HttpRequest, obj: Group) -> HttpResponse:
        """Told by the role's name in the reader's words; the stock would tell of a group."""
        self.message_user(request, _("Saved: %(role)s") % {"role": self.role(obj)}, messages.SUCCESS)
        stays = "_continue" in request.POST
        return HttpResponseRedirect(request.path) if stays else self.response_post_save_change(request, obj)

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the rights, in one query more."""
        return super().get_queryset(request).prefetch_related("permissions__content_type")

    def heading(self, row: Group) -> str:
        """The role in the reader's words."""
        return self.role(row)

    @admin.display(description=_("role"), ordering="name")
    def role(self, row: Group) -> str:
        """In the reader's words."""
        return called(ROLES, row.name)

    @admin.display(description=_("number of rights"))
    def rights_count(self, row: Group) -> int:
        """How many there are."""
        return len(row.permissions.all())

    @admin.display(description=_("rights"))
    def rights(self, row: Group) -> SafeString:
        """What the role may do, one a line."""
        lines = format_html_join("", "<li>{}</li>", ((right(one),) for one in row.permissions.all()))
        return format_html("<ul>{}</ul>", lines) if lines else NOTHING


def right(permission: Permission) -> str:
    """A right in the reader's words: one of our own, or what may be done with which rows."""
    if permission.codename in RIGHTS:
        return called(RIGHTS, permission.codename)
    model = permission.content_type.model_class()
    what = str(model._meta.verbose_name) if model else permission.content_type.model
    return f"{called(RIGHTS, permission.codename.partition('_')[0])} · {what}"
