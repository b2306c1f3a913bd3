"""Proposals that are there get what they are found by, then the index that answers it."""

from django.db import migrations

from zbsync.core.sought import index_text
from zbsync.models.sought import install, remove

BATCH = 2000


def fill(apps, editor):
    """In batches by id, so that a million rows need no memory."""
    proposals, last = apps.get_model("zbsync", "Proposal").objects, 0
    while batch := list(proposals.filter(pk__gt=last).order_by("pk").only("title", "person")[:BATCH]):
        for row in batch:
            row.sought = index_text(row.title, row.person)
        proposals.bulk_update(batch, ["sought"], batch_size=500)
        last = batch[-1].pk
    install(editor.connection)


class Migration(migrations.Migration):
    dependencies = [("zbsync", "0004_desk")]

    operations = [migrations.RunPython(fill, lambda apps, editor: remove(editor.connection))]
