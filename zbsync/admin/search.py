"""Search routed by shape: what looks like a number, a K code or a customer number is looked up by its index.

Used by the lists of proposals and contacts. Names are found by their pairs of characters (`models.sought`), which stand
with the proposals: a contact is found by its own. Only those that wait to be judged are read one by one.
"""

import re
import unicodedata

from django.db.models import Q

from zbsync.core.phones import comparable
from zbsync.models import Binding, Contact, ErpConnection, ErpRecord, HubConnection, Proposal

_NUMBER = re.compile(r"\+?[0-9][0-9 \-().]{2,}")
_K_CODE = re.compile(r"[Kk][0-9]+")
_CUSTOMER = re.compile(r"[Ww][Xx].+")
_ID = re.compile(r"[A-Za-z0-9_.:\-]+")
MOBILE_LENGTH = 11
SEVERAL = 200
"""Contacts of one source id or ERP id: one each, or a few hubs with the same ids."""


def prefix(field: str, text: str) -> Q:
    """Texts that begin so, as a range that a plain index answers on both databases; `text` ends in ASCII."""
    return Q(**{f"{field}__gte": text, f"{field}__lt": text[:-1] + chr(ord(text[-1]) + 1)})


def tidy(text: str) -> str:
    """What the person meant: full-width letters and digits narrowed, outer spaces gone."""
    return unicodedata.normalize("NFKC", text).strip()


def proposals(text: str) -> Q:
    """The condition on proposals for one search: by any part of a name, by pinyin initials, by number, by id."""
    text = tidy(text)
    if _NUMBER.fullmatch(text):
        return _number(text, "contact__in") | _target(text)
    if _K_CODE.fullmatch(text):
        return prefix("k_code", text.upper()) | prefix("k_code", text.lower())
    if _CUSTOMER.fullmatch(text):
        return Q(contact__in=_by_source(text)) | prefix("wechat_id", text) | _customer(text)
    if not _ID.fullmatch(text):
        return Q(sought__says=text)
    return Q(sought__says=text) | prefix("wechat_id", text) | Q(contact__in=_by_source(text)) | _customer(text)


def contacts(text: str) -> Q:
    """The condition on contacts for one search."""
    text = tidy(text)
    if _NUMBER.fullmatch(text):
        return _number(text, "pk__in")
    if _CUSTOMER.fullmatch(text):
        return Q(pk__in=_by_source(text)) | Q(wechat_id=text)
    found = Proposal.objects.filter(proposals(text)).order_by()
    return Q(pk__in=found.values("contact")) | Q(pk__in=_not_judged(text))


def _not_judged(text: str) -> list[int]:
    """Contacts that came in or changed and have no proposal under this name yet: few, and soon none."""
    words = Q(name__icontains=text) | Q(company__icontains=text) | Q(wechat_id__icontains=text) | Q(k_code__iexact=text)
    if _ID.fullmatch(text):
        words |= Q(pk__in=_by_source(text))
    return list(Contact.objects.due().filter(words).values_list("pk", flat=True)[:SEVERAL])


def _number(text: str, ids_lookup: str) -> Q:
    digits = comparable(text)
    mobile = Q(mobile=digits) if len(digits) >= MOBILE_LENGTH else prefix("mobile", digits)
    # Saying that the column is not empty is what lets SQLite use the contacts' partial index.
    return (mobile & ~Q(mobile="")) | Q(**{ids_lookup: [*_by_source(digits), *_by_ord(digits)]})


def _target(text: str) -> Q:
    """Proposals that aim at this ERP customer; a mobile is none."""
    digits = comparable(text)
    return Q(target_ord=int(digits)) if len(digits) < MOBILE_LENGTH else Q(pk__in=())


def _customer(text: str) -> Q:
    """Proposals that aim at the ERP customer of this number."""
    rows = ErpRecord.objects.filter(connection__in=ErpConnection.objects.all(), khid=text)
    return Q(target_ord__in=list(rows.exclude(khid="").values_list("ord", flat=True)[:SEVERAL]))


def _by_source(text: str) -> list[int]:
    """Contacts by the id they have at a hub, written plain or as the customer number `WX…` that we give."""
    names = {text, text[2:]} if _CUSTOMER.fullmatch(text) else {text}
    # Naming the hubs lets the unique index (hub, source_id) answer.
    rows = Contact.objects.filter(hub__in=HubConnection.objects.all(), source_id__in=names)
    return list(rows.values_list("pk", flat=True)[:SEVERAL])


def _by_ord(digits: str) -> list[int]:
    """Contacts bound to the ERP customer of this id."""
    if len(digits) > MOBILE_LENGTH:
        return []
    rows = Binding.objects.filter(connection__in=ErpConnection.objects.all(), ord=int(digits))
    return list(rows.values_list("contact_id", flat=True)[:SEVERAL])
