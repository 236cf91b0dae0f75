"""Webhooks, the pace of a source, and what may have changed in the last days."""

import django.db.models.deletion
import django.utils.timezone

from django.db import migrations, models

from putler.looks import look_across
from putler.schedules import recurring
from putler.tenancy import CreateTenantModel, TenantForeignKey


def account() -> models.ForeignKey:
    return models.ForeignKey(
        db_constraint=False,
        db_index=False,
        on_delete=django.db.models.deletion.DO_NOTHING,
        related_name="%(class)ss",
        to="accounts.account",
    )


def source(related_name: str) -> TenantForeignKey:
    return TenantForeignKey(
        db_constraint=False,
        db_index=False,
        on_delete=django.db.models.deletion.DO_NOTHING,
        related_name=related_name,
        to="datasources.datasource",
    )


def number() -> models.BigAutoField:
    return models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


KINDS = {"head": "Head", "history": "History", "warm": "Warm", "reread": "Reread", "again": "Again"}


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("datasources", "0011_unlinking_and_reconciling"),
    ]

    operations = [
        CreateTenantModel(
            name="Hook",
            fields=[
                ("id", number()),
                ("digest", models.CharField(max_length=64)),
                ("sealed_token", models.TextField()),
                ("sealed_secret", models.TextField(blank=True)),
                ("heard_at", models.DateTimeField(null=True)),
                ("counted_from", models.DateTimeField(default=django.utils.timezone.now)),
                ("counted", models.PositiveIntegerField(default=0)),
                ("account", account()),
                ("source", source("hooks")),
            ],
        ),
        CreateTenantModel(
            name="HookEvent",
            fields=[
                ("id", number()),
                ("event_ref", models.CharField(max_length=200)),
                ("received_at", models.DateTimeField()),
                ("account", account()),
                ("source", source("hook_events")),
            ],
        ),
        migrations.RemoveConstraint(model_name="streamstate", name="stream_window"),
        migrations.AddField(
            model_name="datasource", name="paced_until", field=models.DateTimeField(blank=True, null=True)
        ),
        migrations.AddField(model_name="streamstate", name="nudged_at", field=models.DateTimeField(null=True)),
        migrations.AddField(model_name="streamstate", name="warm_at", field=models.DateTimeField(null=True)),
        migrations.AlterField(
            model_name="streamstate",
            name="window_kind",
            field=models.CharField(choices=list(KINDS.items()), max_length=7, null=True),
        ),
        migrations.AddConstraint(
            model_name="streamstate",
            constraint=models.CheckConstraint(
                condition=models.Q(("window_kind__in", list(KINDS)), ("window_kind", None), _connector="OR"),
                name="stream_window",
            ),
        ),
        migrations.AddIndex(model_name="hook", index=models.Index(fields=["digest"], name="hook_by_digest")),
        migrations.AddConstraint(
            model_name="hook",
            constraint=models.UniqueConstraint(fields=("account", "source"), name="hook_of_source"),
        ),
        migrations.AddIndex(
            model_name="hookevent", index=models.Index(fields=["received_at"], name="hook_event_by_age")
        ),
        migrations.AddConstraint(
            model_name="hookevent",
            constraint=models.UniqueConstraint(fields=("account", "source", "event_ref"), name="hook_event_once"),
        ),
        look_across(
            "hook_of",
            takes="text",
            returns=("account_id", "source_id"),
            query="SELECT h.account_id, h.source_id FROM public.datasources_hook h WHERE h.digest = $1",
            reads={"datasources_hook": ("account_id", "source_id", "digest")},
        ),
        look_across(
            "hooks_of_tests",
            returns=("account_id", "source_id"),
            query="""SELECT s.account_id, s.id FROM public.datasources_datasource s
                     WHERE s.is_test AND s.unlinked_at IS NULL
                       AND EXISTS (SELECT FROM public.datasources_hook h
                                   WHERE h.account_id = s.account_id AND h.source_id = s.id)""",
            reads={"datasources_datasource": ("account_id", "id", "is_test", "unlinked_at")},
        ),
        look_across(
            "accounts_with_old_events",
            returns=("account_id",),
            query="""SELECT DISTINCT e.account_id FROM public.datasources_hookevent e
                     WHERE e.received_at < now() - interval '90 days'""",
            reads={"datasources_hookevent": ("account_id", "received_at")},
        ),
        look_across(
            "first_reads",
            returns=("account_id", "stream_id"),
            query="""SELECT s.account_id, s.id FROM public.datasources_streamstate s
                     WHERE s.due_at <= now() AND s.head_at IS NULL AND s.tries = 0
                       AND (s.lease_until IS NULL OR s.lease_until < now())
                     ORDER BY s.due_at, s.id LIMIT 5""",
            reads={"datasources_streamstate": ("head_at", "tries")},
        ),
        look_across(
            "accounts_arriving",
            returns=("account_id",),
            query="""SELECT DISTINCT s.account_id FROM public.datasources_streamstate s
                     WHERE s.due_at <= now() + interval '1 minute' AND NOT s.is_refused
                       AND (s.tail_at IS NULL OR s.tail_at > s.floor_at)
                       AND (s.lease_until IS NULL OR s.lease_until < now())""",
            reads={"datasources_streamstate": ("tail_at", "floor_at", "is_refused")},
        ),
        recurring("datasources.tasks.register_hooks", minutes=5, cluster="short"),
        recurring("datasources.tasks.forget_hook_events", minutes=24 * 60, cluster="short"),
    ]
