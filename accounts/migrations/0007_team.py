"""Teams: who was invited, which sources a viewer sees, how long a trial runs on."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models

from putler.schedules import recurring
from putler.tenancy import CreateTenantModel


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0006_second_factor_and_sessions'),
    ]

    operations = [
        migrations.AddField('account', 'trial_told_days', models.PositiveSmallIntegerField(null=True)),
        migrations.AddField('membership', 'public_id', models.UUIDField(default=uuid.uuid4, editable=False, null=True)),
        migrations.RunSQL('UPDATE accounts_membership SET public_id = gen_random_uuid()', migrations.RunSQL.noop),
        migrations.AlterField(
            'membership', 'public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
        ),
        migrations.AddField(
            'membership',
            'sources',
            django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), blank=True, null=True, size=None
            ),
        ),
        migrations.AddField('membership', 'joined_at', models.DateTimeField(default=django.utils.timezone.now)),
        migrations.AddField('membership', 'wants_source_mail', models.BooleanField(default=True)),
        migrations.AddField('membership', 'wants_team_mail', models.BooleanField(default=True)),
        CreateTenantModel(
            name='Invitation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('email', models.EmailField(max_length=254)),
                ('role', models.CharField(choices=[('admin', 'Admin'), ('viewer', 'Viewer')], max_length=7)),
                ('sources', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), null=True, size=None)),
                ('digest', models.CharField(max_length=64)),
                ('expires_at', models.DateTimeField()),
                ('used_at', models.DateTimeField(null=True)),
                ('account', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='%(class)ss', to='accounts.account')),
                ('invited_by', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('account', 'public_id'), name='invitation_public_id'),
                    models.UniqueConstraint(fields=('account', 'digest'), name='invitation_digest'),
                    models.UniqueConstraint(condition=models.Q(('used_at', None)), fields=('account', 'email'), name='invitation_once_open'),
                    models.CheckConstraint(condition=models.Q(('role__in', ['admin', 'viewer'])), name='invitation_role'),
                    models.CheckConstraint(condition=models.Q(('email', django.db.models.functions.text.Lower('email'))), name='invitation_email_lower_case'),
                ],
            },
        ),
        CreateTenantModel(
            name='TrialExtension',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('days', models.PositiveSmallIntegerField()),
                ('reason', models.CharField(max_length=500)),
                ('extended_by', models.CharField(max_length=100)),
                ('extended_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('account', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='%(class)ss', to='accounts.account')),
            ],
            options={
                'abstract': False,
            },
        ),
        recurring('accounts.tasks.tell_of_trials', minutes=60, cluster='short'),
    ]
