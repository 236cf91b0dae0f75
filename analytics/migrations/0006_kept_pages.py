import django.db.models.deletion
from django.db import migrations, models

from putler.tenancy import CreateTenantModel, TenantForeignKey


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_sign_up'),
        ("analytics", "0005_saved_views"),
    ]

    operations = [
        CreateTenantModel(
            name='KeptPage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField()),
                ('version', models.PositiveBigIntegerField()),
                ('around', models.CharField(max_length=64)),
                ('html', models.TextField()),
                ('account', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='%(class)ss', to='accounts.account')),
                ('generation', TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='kept_pages', to='analytics.generation')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('account', 'generation', 'key'), name='kept_page_key')],
            },
        ),
    ]
