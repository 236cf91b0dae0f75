"""Orders one by one, what lay in them and what customers have left; the days of every account are gathered anew."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from putler.tenancy import CreateTenantModel, TenantForeignKey

ARRAYS = "placed_at buyer placed basket product product_buyer owner net".split()
STORAGE = [f"ALTER TABLE analytics_rolluporder ALTER COLUMN {column} SET STORAGE EXTERNAL" for column in ARRAYS]
STATISTICS = (  # as in 0001
    "CREATE STATISTICS rolluporder_keys (dependencies) ON account_id, generation_id FROM analytics_rolluporder"
)
# The next drain finds every hour changed. Until then pages say that they are behind.
NOTE = """
DO $$
DECLARE whose bigint;
BEGIN
    FOR whose IN SELECT id FROM public.accounts_account LOOP
        PERFORM set_config('app.account_id', whose::text, true);
        INSERT INTO public.datasources_changedhour (account_id, hour)
        SELECT DISTINCT whose, date_trunc('hour', occurred_at, 'UTC')
        FROM public.datasources_booking WHERE account_id = whose;
    END LOOP;
    PERFORM set_config('app.account_id', '', true);
END $$"""


class Migration(migrations.Migration):
    dependencies = [
        ('accounts', '0002_sign_up'),
        ('analytics', '0007_packed_products'),
        ('datasources', '0005_booked_lines'),
    ]

    operations = [
        CreateTenantModel(
            name='RollupOrder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('grain', models.CharField(choices=[('day', 'Day'), ('month', 'Month')], max_length=5)),
                ('on', models.DateField()),
                ('present', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), null=True, size=None)),
                ('absent', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), null=True, size=None)),
                ('currency', models.CharField(max_length=3)),
                *((name, models.BinaryField()) for name in ARRAYS),
                ('account', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='%(class)ss', to='accounts.account')),
                ('generation', TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='%(class)ss', to='analytics.generation')),
                ('source', TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='%(class)ss', to='datasources.datasource')),
            ],
            options={
                'abstract': False,
                'indexes': [models.Index(fields=['account', 'generation', 'grain', 'on'], name='rolluporder_by_range')],
            },
        ),
        migrations.RunSQL([*STORAGE, STATISTICS], migrations.RunSQL.noop),
        migrations.RunSQL(NOTE, migrations.RunSQL.noop),
    ]
