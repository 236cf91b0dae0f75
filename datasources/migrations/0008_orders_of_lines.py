from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('datasources', '0007_next_currency'),
    ]

    operations = [
        migrations.AddField(
            model_name='bookedline',
            name='order_row',
            field=models.BigIntegerField(null=True),
        ),
    ]
