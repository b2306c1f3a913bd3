"""Exchanges may go once an entry of the chain announced it: the database lets those be deleted, and no other."""

from django.db import migrations, models

from zbsync.models.append_only import protect


def _protect(apps, editor):
    protect(editor.connection)


class Migration(migrations.Migration):

    dependencies = [
        ('zbsync', '0014_scope'),
    ]

    operations = [
        migrations.CreateModel(
            name='Pruning',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('last_id', models.BigIntegerField(verbose_name='to')),
                ('entry_id', models.BigIntegerField(verbose_name='audit entry')),
                ('at', models.DateTimeField(verbose_name='at')),
            ],
            options={
                'verbose_name': 'pruning',
                'verbose_name_plural': 'prunings',
            },
        ),
        migrations.RunPython(_protect, migrations.RunPython.noop),
    ]
