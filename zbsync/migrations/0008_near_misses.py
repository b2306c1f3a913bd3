from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [('zbsync', '0007_contracts')]

    operations = [
        migrations.AddIndex(
            model_name='proposal',
            index=models.Index(condition=models.Q(('state', 'blocked')), fields=['cause', 'score'], name='proposal_near'),
        ),
    ]
