import django.db.models.deletion
from django.db import migrations, models

from putler.tenancy import CreateTenantModel


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0005_business_settings'),
        ('datasources', '0006_keys_between_partitions'),
    ]

    operations = [
        migrations.AddField(
            model_name='bookedline',
            name='next_amount',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='booking',
            name='next_amount',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='booking',
            name='next_discount',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='booking',
            name='next_fee',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='booking',
            name='next_is_rate_final',
            field=models.BooleanField(null=True),
        ),
        migrations.AddField(
            model_name='booking',
            name='next_shipping',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='booking',
            name='next_tax',
            field=models.BigIntegerField(null=True),
        ),
        CreateTenantModel(
            name='Restatement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('currency', models.CharField(max_length=3)),
                ('position', models.BigIntegerField(default=0)),
                ('restated', models.PositiveBigIntegerField(default=0)),
                ('total', models.PositiveBigIntegerField()),
                ('is_done', models.BooleanField(default=False)),
                ('moved_at', models.DateTimeField()),
                ('account', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='%(class)ss', to='accounts.account')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('account',), name='restatement_once')],
            },
        ),
    ]
