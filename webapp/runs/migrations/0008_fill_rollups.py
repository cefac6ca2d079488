from django.db import migrations


def fill(apps, schema_editor):
    """Roll-ups of the points that are there already."""
    from webapp.runs.rollups import rebuild

    points, rollups = apps.get_model("runs", "MetricPoint"), apps.get_model("runs", "MetricRollup")
    for run in apps.get_model("runs", "Run").objects.values_list("pk", flat=True):
        rebuild(run, points, rollups)


class Migration(migrations.Migration):

    dependencies = [
        ("runs", "0007_metricrollup"),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
