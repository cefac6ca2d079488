"""The full-text index of rollouts: no models, but the tables that the database's own text search needs."""

from django.db import migrations

from webapp.trajectories.index import text


class Migration(migrations.Migration):

    dependencies = [
        ('trajectories', '0001_initial'),
    ]

    operations = [
        migrations.RunPython(lambda apps, editor: text.create(), lambda apps, editor: text.drop()),
    ]
