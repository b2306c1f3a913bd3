"""Rows for tests, each with the least that makes it legal; whatever a test is about, it says by keyword."""

import itertools
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from zbsync.core.keys import digest
from zbsync.core.sought import index_text
from zbsync.models import (
    Attempt,
    Binding,
    Contact,
    ErpConnection,
    ErpPerson,
    ErpRecord,
    Exchange,
    HubConnection,
    Mapping,
    Option,
    Proposal,
    Push,
    SourceCode,
    Survey,
    Vocabulary,
)

NOW = datetime(2025, 11, 20, 8, 30, tzinfo=UTC)
_numbers = itertools.count(1)

OPTIONS = {
    "ly": {"微信咨询": "181", "网站注册": "171", "朋友介绍": "172"},
    "jz": {"很高": "175", "较高": "289", "一般": "176", "较低": "177", "很低": "290"},
    "stage": {"意向客户/初步接触": "3,7", "意向客户/需求确认": "3,8"},
}


def hub(**given: Any) -> HubConnection:
    return HubConnection.objects.get_or_create(name=given.pop("name", "hub"), defaults={"kind": "file", **given})[0]


def erp(**given: Any) -> ErpConnection:
    """A connection; with `surveyed_at`, one whose copy has known everybody and every number of ours since then."""
    values = {
        "base_url": "http://erp.example",
        "username_env": "ERP_USER",
        "password_env": "ERP_PASSWORD",
        "serialnum": "zbtest0001",
        "options": {"sort1": "意向客户/初步接触"},
        **given,
    }
    made, is_new = ErpConnection.objects.get_or_create(name=values.pop("name", "erp"), defaults=values)
    if is_new and made.surveyed_at:
        Survey.objects.create(connection=made, persons_at=made.surveyed_at, numbers_at=made.surveyed_at)
    return made


def options(connection: ErpConnection, **named: dict[str, str]) -> None:
    """Vocabularies by name, each `{path: code}`; without any, the ones the default mapping needs."""
    for name, entries in (named or OPTIONS).items():
        vocabulary, _ = Vocabulary.objects.get_or_create(connection=connection, name=name)
        for path, code in entries.items():
            label = path.rpartition("/")[2]
            Option.objects.create(vocabulary=vocabulary, code=code, label=label, path=path)
    if not named:
        SourceCode.objects.get_or_create(connection=connection, channel="微信", defaults={"option": "微信咨询"})


def contact(**given: Any) -> Contact:
    """An individual who passes the default gate."""
    number = next(_numbers)
    values = {
        "hub": given.get("hub") or hub(),
        "source_id": f"c{number}",
        "digest": digest(number),
        "name": f"张示例{number}",
        "phone": f"1380000{number:04d}",
        "phone_verified": True,
        "wechat_id": f"wx_{number}",
        "channel": "微信",
        "score": 80.0,
        "changed_at": NOW,
        **given,
    }
    values.setdefault("mobile", values["phone"])
    return Contact.objects.create(**values)


def mapping(**given: Any) -> Mapping:
    version = given.pop("version", 1)
    return Mapping.objects.get_or_create(version=version, defaults={"state": "published", **given})[0]


def proposal(**given: Any) -> Proposal:
    """To be matched, unless a state is given."""
    of = given.pop("contact", None) or contact()
    values = {
        "contact": of,
        "hub": of.hub,
        "connection": given.get("connection") or erp(),
        "contact_version": of.version,
        "mapping": given.get("mapping") or mapping(),
        "state": "mapped",
        "kind": "individual",
        "payload": {"name": of.name, "mobile": of.mobile, "khid": f"WX{of.source_id}"},
        "digest": digest(of.source_id),
        "title": str(of),
        "person": of.name,
        "mobile": of.mobile,
        "created_at": NOW,
        "touched_at": NOW,
        **given,
    }
    if values["state"] in {"ready", "approved"}:
        values = {"match_kind": "absent", "action": "create", "matched_at": timezone.now(), **values}
    if values["state"] in {"approved", "rejected"}:
        values = {"decided_at": NOW, "decided_by": user(), **values}
    values.setdefault("sought", index_text(values["title"], values["person"]))
    return Proposal.objects.create(**values)


def push(**given: Any) -> Push:
    """Waiting to be sent, unless a state is given."""
    of = given.pop("proposal", None) or proposal(state="approved")
    number = next(_numbers)
    values = {
        "proposal": of,
        "contact": of.contact,
        "connection": of.connection,
        "action": "create",
        "kind": of.kind,
        "payload": of.payload,
        "digest": of.digest,
        "key": digest(number)[:32],
        "not_before": NOW,
        "approved_by": user(),
        "created_at": NOW,
        **given,
    }
    if values.get("state") in {"leased", "sending"}:
        lease = {
            "lease_token": uuid.uuid4(),
            "lease_until": NOW + timedelta(seconds=120),
            "leased_by": "test",
        }
        values = lease | values
    if values.get("state") in {"accepted", "verified", "drifted"}:
        values = {"ord": 1000 + number} | values
    return Push.objects.create(**values)


def attempt(of: Push, **given: Any) -> Attempt:
    values = {"number": 1, "token": uuid.uuid4(), "key": of.key, "started_at": NOW, **given}
    return Attempt.objects.create(push=of, **values)


def exchange(**given: Any) -> Exchange:
    values = {
        "at": NOW,
        "operation": "read_customer",
        "method": "POST",
        "url": "http://erp.example/",
        **given,
    }
    return Exchange.objects.create(connection=values.pop("connection", None) or erp(), **values)


def binding(of: Contact, ord_: int, **given: Any) -> Binding:
    values = {"connection": given.get("connection") or erp(), "provenance": "settle", **given}
    return Binding.objects.create(contact=of, ord=ord_, **values)


def erp_record(ord_: int, **given: Any) -> ErpRecord:
    """A customer read in full, unless `detailed_at` is None."""
    values = {"connection": given.get("connection") or erp(), "seen_at": NOW, "detailed_at": NOW, **given}
    return ErpRecord.objects.create(ord=ord_, **values)


def erp_person(ord_: int, **given: Any) -> ErpPerson:
    """A contact person of customer 1, unless another is given."""
    values = {"connection": given.get("connection") or erp(), "customer": 1, "seen_at": NOW, **given}
    return ErpPerson.objects.create(ord=ord_, **values)


def user(name: str = "admin", **given: Any) -> User:
    """A superuser, so that a test that is not about permissions need not name them."""
    found = User.objects.filter(username=name).first()
    return found or User.objects.create_superuser(name, password="not-a-secret", **given)
