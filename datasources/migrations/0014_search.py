from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0008_purge_delay'),
        ("datasources", "0013_import_health"),
    ]

    operations = [
        migrations.AddIndex(
            model_name='customer',
            index=models.Index(fields=['account', 'name'], include=('id',), name='customer_by_name'),
        ),
        migrations.AddIndex(
            model_name='transaction',
            index=models.Index(fields=['account', 'amount'], name='transaction_by_amount'),
        ),
    ]
