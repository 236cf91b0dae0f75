import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from putler.tenancy import CreateTenantModel, TenantForeignKey

STORAGE = [
    f"ALTER TABLE analytics_rolluphour ALTER COLUMN {column} SET STORAGE EXTERNAL"
    for column in "sales orders gross".split()
]
STATISTICS = [  # as in 0001
    f"CREATE STATISTICS {table}_keys (dependencies) ON account_id, generation_id FROM analytics_{table}"
    for table in ("rollupproduct", "rolluphour")
]


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_sign_up'),
        ('analytics', '0001_initial'),
        ('datasources', '0005_booked_lines'),
    ]

    operations = [
        CreateTenantModel(
            name='RollupHour',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('grain', models.CharField(choices=[('day', 'Day'), ('month', 'Month')], max_length=5)),
                ('on', models.DateField()),
                ('present', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), null=True, size=None)),
                ('absent', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), null=True, size=None)),
                ('sales', models.BinaryField()),
                ('orders', models.BinaryField()),
                ('gross', models.BinaryField()),
                ('account', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='%(class)ss', to='accounts.account')),
                ('generation', TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='%(class)ss', to='analytics.generation')),
                ('source', TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='%(class)ss', to='datasources.datasource')),
            ],
            options={
                'abstract': False,
                'indexes': [models.Index(fields=['account', 'generation', 'grain', 'on'], name='rolluphour_by_range')],
            },
        ),
        CreateTenantModel(
            name='RollupProduct',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('grain', models.CharField(choices=[('day', 'Day'), ('month', 'Month')], max_length=5)),
                ('on', models.DateField()),
                ('present', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), null=True, size=None)),
                ('absent', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), null=True, size=None)),
                ('currency', models.CharField(max_length=3)),
                ('base_product_sold', models.BigIntegerField(null=True)),
                ('native_product_sold', models.BigIntegerField(null=True)),
                ('base_product_refunded', models.BigIntegerField(null=True)),
                ('native_product_refunded', models.BigIntegerField(null=True)),
                ('product_units', models.BigIntegerField(null=True)),
                ('product_units_refunded', models.BigIntegerField(null=True)),
                ('product_orders', models.BigIntegerField(null=True)),
                ('account', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='%(class)ss', to='accounts.account')),
                ('generation', TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='%(class)ss', to='analytics.generation')),
                ('product', TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='rollupproducts', to='datasources.product')),
                ('source', TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='%(class)ss', to='datasources.datasource')),
            ],
            options={
                'abstract': False,
                'indexes': [models.Index(fields=['account', 'generation', 'grain', 'on'], name='rollupproduct_by_range')],
            },
        ),
        migrations.RunSQL(STORAGE, migrations.RunSQL.noop),
        migrations.RunSQL(STATISTICS, migrations.RunSQL.noop),
    ]
