"""The groups people are put into, as data: who may see and do what. `ensure` brings the database in line.

Called by the command `bootstrap` and by `demo`. Every role may see the whole work (nothing is hidden from the people
who answer for it), only an auditor may do nothing else.
"""

from collections.abc import Mapping, Sequence

from django.contrib.auth.models import Group, Permission

from zbsync.models.contact import PHONE_RIGHTS

_SEEN = (
    "contact", "interaction", "upload", "proposal", "push", "attempt", "binding", "erprecord", "mapping",
    "mappingrule", "valuemap", "valuemapentry", "gatesetting", "vocabulary", "option", "sourcecode", "entry",
    "assignmentrule", "followupmethod", "act",
)  # fmt: skip
_VIEWS = tuple(f"view_{name}" for name in _SEEN)

_LIVE, _CATALOGUE = ("view_live",), ("view_catalogue",)
_REVIEW = (
    "approve_proposal",
    "reject_proposal",
    "edit_proposal",
    "bind_proposal",
    "let_go_push",
    "order_proposal",
    "add_upload",
    "change_upload",
)
_RULES = tuple(
    f"{act}_{name}"
    for name in (
        "mapping",
        "mappingrule",
        "valuemap",
        "valuemapentry",
        "gatesetting",
        "sourcecode",
        "assignmentrule",
        "followupmethod",
    )
    for act in ("add", "change", "delete")
)
_WIRE = ("view_exchange", "view_seal", "view_delivery", "view_hubconnection", "view_erpconnection", "view_heartbeat")
_OPERATE = (
    "requeue_push", "bury_push", "cancel_push", "settle_push", "let_go_push", "change_erpconnection",
    "change_hubconnection",
)  # fmt: skip
_CONNECT = ("add_erpconnection", "add_hubconnection", "delete_erpconnection", "delete_hubconnection")

PHONES: Mapping[str, Sequence[str]] = {
    "reviewer": ("reveal_phone",),
    "mapper": (),
    "operator": ("reveal_phone",),
    "auditor": (),
    "administrator": ("reveal_phone", "view_full_phone"),
}
"""Who sees whole phone numbers, to begin with: an administrator may give these two rights to a role, or take them."""

ROLES: Mapping[str, Sequence[str]] = {
    "reviewer": (*_VIEWS, *_REVIEW, *_LIVE),
    "mapper": (*_VIEWS, *_RULES, *_CATALOGUE),
    "operator": (*_VIEWS, *_WIRE, *_OPERATE, *_LIVE, *_CATALOGUE),
    "auditor": (*_VIEWS, *_WIRE, *_CATALOGUE),
    "administrator": (*_VIEWS, *_REVIEW, *_RULES, *_WIRE, *_OPERATE, *_CONNECT, *_LIVE, *_CATALOGUE),
}
"""Group → permissions of ours by codename. An administrator may also manage users."""

_USERS = ("add_user", "change_user", "view_user", "view_group", "change_group")


def ensure() -> int:
    """Make the groups and give each exactly its permissions; returns how many groups were new.

    Who sees whole phone numbers stays as it was decided; it is decided once the administrators, who keep both rights,
    have them.

    Raises RuntimeError when a permission does not exist: a model or verb was renamed and this table was not.
    """
    made, decided = 0, _phones_decided()
    for name, rights in ROLES.items():
        group, is_new = Group.objects.get_or_create(name=name)
        made += is_new
        phones = set(PHONES[name])
        if decided and not is_new:
            kept = group.permissions.filter(content_type__app_label="zbsync", codename__in=PHONE_RIGHTS)
            phones = set(kept.values_list("codename", flat=True))
        wanted = {*rights, *phones}
        found = list(Permission.objects.filter(content_type__app_label="zbsync", codename__in=wanted))
        if missing := wanted - {one.codename for one in found}:
            raise RuntimeError(f"role {name}: no permission {', '.join(sorted(missing))}")
        if name == "administrator":
            found += Permission.objects.filter(content_type__app_label="auth", codename__in=_USERS)
        group.permissions.set(found)
    return made


def _phones_decided() -> bool:
    return Group.objects.filter(
        name="administrator", permissions__codename="reveal_phone", permissions__content_type__app_label="zbsync"
    ).exists()
