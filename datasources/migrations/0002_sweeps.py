"""What runs by the clock."""

from django.db import migrations

from putler.looks import look_across
from putler.schedules import recurring


class Migration(migrations.Migration):
    dependencies = [
        ("datasources", "0001_initial"),
        ("django_q", "0019_alter_task_options_alter_ormq_key_alter_ormq_lock_and_more"),
    ]

    operations = [
        look_across(
            "idle_uploads",
            returns=("account_id", "upload_id"),
            query="""SELECT u.account_id, u.id FROM public.datasources_upload u
                     WHERE u.state IN ('checking', 'importing', 'deleting')
                       AND u.touched_at < now() - interval '15 minutes'""",
            reads={"datasources_upload": ("account_id", "id", "state", "touched_at")},
        ),
        recurring("datasources.tasks.sweep", minutes=5, cluster="short"),
        recurring("datasources.tasks.update_rates", minutes=60, cluster="short"),
    ]
