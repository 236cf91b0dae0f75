from django.db import migrations, models

from putler.schedules import recurring


class Migration(migrations.Migration):

    dependencies = [
        ('analytics', '0002_products_and_hours'),
        ('django_q', '0019_alter_task_options_alter_ormq_key_alter_ormq_lock_and_more'),
    ]

    operations = [
        migrations.AddField(
            model_name='generation',
            name='built_to',
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name='generation',
            name='differences',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='generation',
            name='verified_at',
            field=models.DateTimeField(null=True),
        ),
        recurring('analytics.tasks.verify_some', minutes=24 * 60, cluster='long'),
    ]
