"""Files that others wrote: how they are read, and what was found in them."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_sign_up'),
        ('datasources', '0003_providers'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='upload',
            name='upload_state',
        ),
        migrations.AddField(
            model_name='datasource',
            name='is_arriving',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='upload',
            name='findings',
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name='upload',
            name='header_digest',
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name='upload',
            name='position',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='upload',
            name='reading',
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name='upload',
            name='sha256',
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AlterField(
            model_name='upload',
            name='preset',
            field=models.CharField(blank=True, max_length=32),
        ),
        migrations.AlterField(
            model_name='upload',
            name='state',
            field=models.CharField(choices=[('checking', 'Checking'), ('asking', 'Asking'), ('waiting', 'Waiting'), ('importing', 'Importing'), ('done', 'Done'), ('discarded', 'Discarded'), ('deleting', 'Deleting'), ('failed', 'Failed')], default='checking', max_length=9),
        ),
        migrations.AddConstraint(
            model_name='upload',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['checking', 'asking', 'waiting', 'importing', 'done', 'discarded', 'deleting', 'failed'])), name='upload_state'),
        ),
    ]
