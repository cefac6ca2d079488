"""Groups are found by the position that they asked."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("runs", "0009_run_index")]

    operations = [
        migrations.AddIndex(
            model_name="rolloutgroup",
            index=models.Index(fields=["run", "document", "byte_start"], name="group_place"),
        ),
    ]
