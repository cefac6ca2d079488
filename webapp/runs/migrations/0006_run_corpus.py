import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("corpora", "0004_corpus_kind"),
        ("runs", "0005_fill_list"),
    ]

    operations = [
        migrations.AlterField(
            model_name="run",
            name="corpus",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="corpora.corpus"
            ),
        ),
    ]
