import django.db.models.deletion
from django.db import migrations, models

from putler.tenancy import CreateTenantModel, TenantForeignKey


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_sign_up'),
        ('datasources', '0004_files'),
    ]

    operations = [
        CreateTenantModel(
            name='BookedLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('quantity', models.IntegerField()),
                ('amount', models.BigIntegerField()),
                ('base_amount', models.BigIntegerField(null=True)),
                ('is_order', models.BooleanField()),
                ('account', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='%(class)ss', to='accounts.account')),
                ('booking', TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='lines', to='datasources.booking')),
                ('product', TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='booked_lines', to='datasources.product')),
            ],
            options={
                'indexes': [models.Index(fields=['account', 'booking'], name='booked_line_by_booking'), models.Index(fields=['account', 'product'], name='booked_line_by_product')],
            },
            partitions=32,
        ),
    ]
