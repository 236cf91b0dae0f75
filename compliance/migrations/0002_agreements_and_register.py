"""Agreements on data processing with the first version of their text, and the register of who else handles data."""

import json
import uuid
from datetime import date
from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

from putler.schedules import recurring

TEXT = Path(__file__).parents[1] / "agreements" / "text_1.json"
COURTS = {
    "IE": ("the law of Ireland", "The courts of Dublin"),
    "GB": ("the law of England and Wales", "The courts of England and Wales"),
}


def add_rows(apps, schema_editor):
    alias = schema_editor.connection.alias
    for code, (law, courts) in COURTS.items():
        body = json.loads(TEXT.read_text(encoding="utf-8"))
        [clause] = [each for each in body["clauses"] if each["id"] == "law"]
        clause["paragraphs"] = [each.format(law=law, courts=courts) for each in clause["paragraphs"]]
        templates = apps.get_model("compliance", "DpaTemplate").objects.using(alias)
        templates.create(version="1", law=code, body=body)
    apps.get_model("compliance", "SubProcessor").objects.using(alias).create(
        name="European Central Bank",
        purpose="Publishes the exchange rates that amounts are converted by",
        data_types="None: we fetch a public file, and send nothing",
        country="DE",
        transfer_basis="No personal data are transferred",
        hosts="www.ecb.europa.eu",
        since=date(2026, 11, 26),
    )


class Migration(migrations.Migration):

    dependencies = [
        ('compliance', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='HostingStatement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('provider', models.CharField(max_length=200)),
                ('certificate', models.CharField(max_length=100)),
                ('valid_until', models.DateField()),
                ('link', models.URLField(max_length=500)),
                ('stated_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='SubProcessor',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('name', models.CharField(max_length=200)),
                ('purpose', models.CharField(max_length=300)),
                ('data_types', models.CharField(max_length=300)),
                ('country', models.CharField(max_length=2)),
                ('transfer_basis', models.CharField(max_length=200)),
                ('hosts', models.CharField(blank=True, max_length=500)),
                ('agreement_on', models.DateField(blank=True, null=True)),
                ('since', models.DateField()),
                ('announced_at', models.DateTimeField(null=True)),
                ('ended_on', models.DateField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'sub-processor',
            },
        ),
        migrations.CreateModel(
            name='DpaTemplate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('version', models.CharField(max_length=16)),
                ('law', models.CharField(choices=[('IE', 'Law of Ireland (European Union)'), ('GB', 'Law of England and Wales (United Kingdom)')], max_length=2)),
                ('body', models.JSONField()),
                ('approved_by', models.CharField(blank=True, max_length=200)),
            ],
            options={
                'verbose_name': 'text of agreements',
                'verbose_name_plural': 'texts of agreements',
                'constraints': [models.UniqueConstraint(fields=('version', 'law'), name='dpa_template_version')],
            },
        ),
        migrations.CreateModel(
            name='DpaRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('company', models.CharField(max_length=200)),
                ('address', models.CharField(max_length=500)),
                ('register_number', models.CharField(blank=True, max_length=100)),
                ('country', models.CharField(max_length=2)),
                ('capacity', models.CharField(choices=[('controller', 'Ours: we decide what happens with them'), ('processor', 'Of others: we act for clients of ours')], max_length=10)),
                ('signatory', models.CharField(max_length=200)),
                ('title', models.CharField(max_length=200)),
                ('mail', models.EmailField(max_length=254)),
                ('law', models.CharField(choices=[('IE', 'Law of Ireland (European Union)'), ('GB', 'Law of England and Wales (United Kingdom)')], max_length=2)),
                ('state', models.CharField(choices=[('asked', 'Waits for the mailbox to be checked'), ('confirmed', 'Waits for our review'), ('offered', 'Waits for the signature'), ('signed', 'Waits for our signature'), ('complete', 'Signed by both'), ('declined', 'Declined')], default='asked', max_length=9)),
                ('written', models.JSONField(null=True)),
                ('evidence', models.JSONField(default=dict)),
                ('account', models.UUIDField(null=True)),
                ('entered_by', models.UUIDField(null=True)),
                ('asked_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('link_digest', models.CharField(max_length=64, null=True, unique=True)),
                ('link_expires_at', models.DateTimeField(null=True)),
                ('template', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='requests', to='compliance.dpatemplate')),
            ],
            options={
                'verbose_name': 'agreement',
            },
        ),
        migrations.CreateModel(
            name='DpaDocument',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('offered', 'as it was offered and signed'), ('final', 'with both signatures')], max_length=7)),
                ('content', models.BinaryField()),
                ('sha256', models.CharField(max_length=64)),
                ('made_at', models.DateTimeField()),
                ('request', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='documents', to='compliance.dparequest')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('request', 'kind'), name='dpa_document_once')],
            },
        ),
        migrations.CreateModel(
            name='Objection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('account', models.UUIDField()),
                ('by', models.UUIDField()),
                ('reason', models.CharField(max_length=1000)),
                ('made_at', models.DateTimeField()),
                ('sub_processor', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='objections', to='compliance.subprocessor')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('sub_processor', 'account'), name='objection_once')],
            },
        ),
        migrations.RunSQL(
            "REVOKE UPDATE ON compliance_dpadocument FROM putler_app",
            "GRANT UPDATE ON compliance_dpadocument TO putler_app",
        ),
        migrations.RunPython(add_rows, migrations.RunPython.noop),
        recurring("compliance.tasks.sweep_agreements", minutes=24 * 60, cluster="short"),
    ]
