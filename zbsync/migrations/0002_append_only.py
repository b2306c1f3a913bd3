"""What is evidence can be added to and read, and nothing else: the database itself refuses the rest."""

from django.db import migrations

from zbsync.models.append_only import protect, unprotect


class Migration(migrations.Migration):
    dependencies = [("zbsync", "0001_initial")]

    operations = [
        migrations.RunPython(
            lambda apps, editor: protect(editor.connection), lambda apps, editor: unprotect(editor.connection)
        ),
    ]
