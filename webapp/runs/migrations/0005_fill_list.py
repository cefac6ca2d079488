from django.db import migrations
from django.db.models import OuterRef, Subquery


def fill(apps, schema_editor):
    """The columns that lists filter by, of runs that are there already."""
    Run, Experiment = apps.get_model("runs", "Run"), apps.get_model("experiments", "Experiment")
    corpus = Experiment.objects.filter(pk=OuterRef("experiment")).values("corpus")
    Run.objects.update(corpus=Subquery(corpus))
    for pk, config in Run.objects.values_list("pk", "config").iterator():
        method = (config.get("method") or {}).get("kind", "rpt")
        if method != "rpt":
            Run.objects.filter(pk=pk).update(method_kind=method)


class Migration(migrations.Migration):

    dependencies = [
        ("runs", "0004_list"),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
