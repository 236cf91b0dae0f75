"""What is measured of the promises, accounts that end by themselves, and the one job that forgets by age."""

from django.db import migrations, models

from putler.looks import look_across
from putler.schedules import no_longer, recurring


class Migration(migrations.Migration):
    dependencies = [
        ("compliance", "0003_staff_access"),
        ("datasources", "0015_rows_counted_and_turns_of_paused"),
    ]

    operations = [
        migrations.CreateModel(
            name="Evidence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40, unique=True)),
                ("value", models.CharField(max_length=200)),
                ("source", models.CharField(max_length=200)),
                ("is_met", models.BooleanField()),
                ("measured_at", models.DateTimeField()),
                ("remembered", models.JSONField(default=dict)),
            ],
        ),
        migrations.CreateModel(
            name="Ending",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("account", models.UUIDField()),
                (
                    "why",
                    models.CharField(
                        choices=[
                            ("trial", "its trial ended ninety days before"),
                            ("unused", "nobody has signed in for two years"),
                        ],
                        max_length=6,
                    ),
                ),
                ("ends_at", models.DateTimeField()),
                ("warned_days", models.PositiveSmallIntegerField(null=True)),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("account", "why"), name="ending_once")]},
        ),
        look_across(
            "accounts_with_old_consents",
            returns=("account_id",),
            query="""SELECT DISTINCT o.account_id FROM public.datasources_oauthstate o
                     WHERE o.expires_at <= now() - interval '1 day'""",
            reads={"datasources_oauthstate": ("account_id", "expires_at")},
        ),
        look_across(
            "accounts_with_old_receipts",
            returns=("account_id",),
            query="""SELECT DISTINCT r.account_id FROM public.compliance_purgereceipt r
                     WHERE r.ended_at <= now() - interval '2190 days'""",
            reads={"compliance_purgereceipt": ("account_id", "ended_at")},
        ),
        look_across(
            "accounts_looked_at",
            returns=("account_id",),
            query="SELECT DISTINCT a.account_id FROM public.compliance_grantaccess a",
            reads={"compliance_grantaccess": ("account_id",)},
        ),
        recurring("compliance.tasks.forget_all", minutes=24 * 60, cluster="short"),
        recurring("compliance.tasks.measure_all", minutes=60, cluster="short"),
        no_longer("compliance.tasks.sweep_agreements"),
        no_longer("compliance.tasks.shorten_access_logs"),
        no_longer("accounts.tasks.sweep_sign_ups"),
        no_longer("accounts.tasks.sweep_sessions"),
        no_longer("accounts.tasks.shorten_audit_logs"),
        no_longer("datasources.tasks.forget_hook_events"),
    ]
