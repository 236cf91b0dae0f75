"""How imports go, for staff: one row a linked source, without a word of whose it is."""

from django.db import migrations, models

from putler.looks import view_across

# A stream that waits for nothing was stopped until its merchant connects again; tries are counted while reading fails.
HEALTH = """
    SELECT s.public_id, a.public_id AS account, s.provider,
           coalesce(r.state, 'none') AS state, r.started_at, r.ended_at,
           coalesce(r.rows_read, 0) AS rows_read, coalesce(r.rows_new, 0) AS rows_new,
           coalesce(r.rows_changed, 0) AS rows_changed, coalesce(r.rows_refused, 0) AS rows_refused,
           CASE WHEN t.is_stopped THEN 'NeedsReconnect' WHEN t.is_refused THEN 'Rejected'
                WHEN t.is_failing THEN 'Transient' ELSE 'none' END AS error_class
    FROM public.datasources_datasource s
    JOIN public.accounts_account a ON a.id = s.account_id
    LEFT JOIN LATERAL (
        SELECT run.state, run.started_at, run.ended_at, run.rows_read, run.rows_new, run.rows_changed, run.rows_refused
        FROM public.datasources_importrun run
        WHERE run.account_id = s.account_id AND run.source_id = s.id ORDER BY run.started_at DESC LIMIT 1
    ) r ON true
    LEFT JOIN LATERAL (
        SELECT bool_and(stream.due_at IS NULL) AS is_stopped, bool_or(stream.is_refused) AS is_refused,
               bool_or(stream.tries > 0) AS is_failing
        FROM public.datasources_streamstate stream
        WHERE stream.account_id = s.account_id AND stream.source_id = s.id
    ) t ON true
    WHERE s.unlinked_at IS NULL
"""
COUNTS = ("rows_read", "rows_new", "rows_changed", "rows_refused")


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_team"),
        ("datasources", "0012_webhooks_and_pacing"),
    ]

    operations = [
        view_across(
            "import_health",
            query=HEALTH,
            reads={
                "accounts_account": ("id", "public_id"),
                "datasources_datasource": ("account_id", "id", "public_id", "provider", "unlinked_at"),
                "datasources_importrun": ("account_id", "source_id", "state", "started_at", "ended_at", *COUNTS),
                "datasources_streamstate": ("account_id", "source_id", "due_at", "is_refused", "tries"),
            },
        ),
        migrations.CreateModel(
            name="ImportHealth",
            fields=[
                ("public_id", models.UUIDField(primary_key=True, serialize=False)),
                ("account", models.UUIDField()),
                ("provider", models.CharField(max_length=32)),
                ("state", models.CharField(max_length=7)),
                ("started_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("rows_read", models.IntegerField()),
                ("rows_new", models.IntegerField()),
                ("rows_changed", models.IntegerField()),
                ("rows_refused", models.IntegerField()),
                ("error_class", models.CharField(max_length=14)),
            ],
            options={"db_table": "import_health", "managed": False, "verbose_name_plural": "import health"},
        ),
    ]
