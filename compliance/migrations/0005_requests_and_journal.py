"""What people ask for, the journal of what was erased, and the jobs that see to both."""

import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models

from putler.schedules import recurring


# The application adds entries and reads them; nobody changes one, not even by a mistake of the tables' owner.
APPEND_ONLY = """
    REVOKE ALL ON compliance_journalentry FROM putler_app;
    GRANT SELECT, INSERT ON compliance_journalentry TO putler_app;
    CREATE FUNCTION public.refuse_to_change_the_erasure_journal() RETURNS trigger
        LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
        RAISE EXCEPTION 'The erasure journal is only ever appended to.' USING ERRCODE = 'insufficient_privilege';
    END $$;
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON compliance_journalentry
        FOR EACH ROW EXECUTE FUNCTION public.refuse_to_change_the_erasure_journal();
    CREATE TRIGGER never_emptied BEFORE TRUNCATE ON compliance_journalentry
        FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_to_change_the_erasure_journal();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('compliance', '0004_evidence_and_retention'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ErasureRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('kind', models.CharField(choices=[('user', 'A member’s own data'), ('account', 'An account'), ('subject', 'A customer'), ('source', 'A source')], max_length=8)),
                ('account', models.UUIDField(db_index=True, null=True)),
                ('target', models.UUIDField(null=True)),
                ('subject', models.CharField(blank=True, max_length=64)),
                ('asked_by', models.CharField(max_length=42)),
                ('verified_how', models.CharField(blank=True, choices=[('password', 'signed in, with the password shown within ten minutes'), ('factor', 'signed in, with the password and a second factor shown within ten minutes'), ('waited', '72 hours’ notice to the address on file, without an objection'), ('provider', 'an order of the provider, signed by it'), ('restore', 'erased before; a restored backup had brought it back'), ('ended', 'three warnings to its owners, and nobody objected')], max_length=8)),
                ('asked_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('due_at', models.DateTimeField(db_index=True, null=True)),
                ('started_at', models.DateTimeField(null=True)),
                ('touched_at', models.DateTimeField(null=True)),
                ('done_at', models.DateTimeField(null=True)),
                ('cancelled_at', models.DateTimeField(null=True)),
                ('before', models.JSONField(null=True)),
                ('after', models.JSONField(null=True)),
                ('digest', models.CharField(blank=True, max_length=64)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['user', 'account', 'subject', 'source'])), name='erasure_request_kind')],
            },
        ),
        migrations.CreateModel(
            name='JournalEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('account', 'Account'), ('user', 'User'), ('source', 'Source'), ('file', 'File'), ('customer', 'Customer'), ('digest', 'Digest')], max_length=8)),
                ('account', models.UUIDField(null=True)),
                ('subject', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('kind', 'account', 'subject'), name='erasure_journal_once', nulls_distinct=False)],
            },
        ),
        migrations.CreateModel(
            name='ExportRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('kind', models.CharField(choices=[('user', 'Your own data'), ('account', 'The whole account'), ('customer', 'One customer')], max_length=8)),
                ('account', models.UUIDField(db_index=True, null=True)),
                ('target', models.UUIDField(null=True)),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('making', 'Making'), ('ready', 'Ready'), ('failed', 'Failed'), ('gone', 'Gone')], default='waiting', max_length=7)),
                ('path', models.CharField(blank=True, max_length=500)),
                ('size', models.BigIntegerField(default=0)),
                ('rows', models.BigIntegerField(default=0)),
                ('asked_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('touched_at', models.DateTimeField(null=True)),
                ('expires_at', models.DateTimeField(null=True)),
                ('downloads', models.PositiveSmallIntegerField(default=0)),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='export_requests', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['user', 'account', 'customer'])), name='export_request_kind')],
            },
        ),
        migrations.RunSQL(APPEND_ONLY, "DROP FUNCTION public.refuse_to_change_the_erasure_journal() CASCADE"),
        recurring("compliance.tasks.sweep_requests", minutes=10, cluster="short"),
        recurring("compliance.tasks.sweep_exports", minutes=10, cluster="short"),
    ]
