from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("datasources", "0008_sources_of_files"),
    ]

    operations = [
        migrations.AddField(
            model_name='bookedline',
            name='order_row',
            field=models.BigIntegerField(null=True),
        ),
    ]
