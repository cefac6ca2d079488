from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('runs', '0002_lineage'),
    ]

    operations = [
        migrations.AddField(
            model_name='rolloutgroup',
            name='kind',
            field=models.CharField(default='token', max_length=8),
        ),
    ]
