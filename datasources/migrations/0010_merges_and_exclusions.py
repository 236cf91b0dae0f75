import uuid

import django.db.models.deletion
from django.db import migrations, models

from putler.looks import look_across
from putler.tenancy import AddTenantField, CreateTenantModel, TenantForeignKey


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0006_second_factor_and_sessions'),
        ("datasources", "0009_orders_of_lines"),
    ]

    operations = [
        AddTenantField(
            model_name='customer',
            name='merged_into',
            field=TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='merged', to='datasources.customer'),
        ),
        AddTenantField(
            model_name='product',
            name='merged_into',
            field=TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='merged', to='datasources.product'),
        ),
        migrations.AddIndex(
            model_name='customer',
            index=models.Index(condition=models.Q(('merged_into__isnull', False)), fields=['account', 'merged_into'], name='customer_by_merged_into'),
        ),
        migrations.AddIndex(
            model_name='product',
            index=models.Index(condition=models.Q(('merged_into__isnull', False)), fields=['account', 'merged_into'], name='product_by_merged_into'),
        ),
        CreateTenantModel(
            name='Exclusion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('kind', models.CharField(choices=[('address', 'Address'), ('domain', 'Domain')], max_length=7)),
                ('value', models.CharField(max_length=254)),
                ('account', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='%(class)ss', to='accounts.account')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('account', 'public_id'), name='exclusion_public_id'), models.UniqueConstraint(fields=('account', 'kind', 'value'), name='exclusion_once'), models.CheckConstraint(condition=models.Q(('kind__in', ['address', 'domain'])), name='exclusion_kind')],
            },
        ),
        CreateTenantModel(
            name='Rebooking',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.BigIntegerField(default=0)),
                ('account', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='%(class)ss', to='accounts.account')),
                ('customer', TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='rebookings', to='datasources.customer')),
                ('product', TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='rebookings', to='datasources.product')),
            ],
            options={
            },
        ),
        look_across(
            'waiting_rebookings',
            returns=['account_id'],
            query='SELECT DISTINCT account_id FROM public.datasources_rebooking',
            reads={'datasources_rebooking': ['account_id']},
        ),
    ]
