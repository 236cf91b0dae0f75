from django.db import migrations

from putler.schedules import recurring


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_audit_log'),
        ('django_q', '0019_alter_task_options_alter_ormq_key_alter_ormq_lock_and_more'),
    ]

    operations = [
        recurring('accounts.tasks.mail_audit_seal', minutes=24 * 60, cluster='short'),
        recurring('accounts.tasks.shorten_audit_logs', minutes=24 * 60, cluster='short'),
    ]
