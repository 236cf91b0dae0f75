from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0004_audit_jobs'),
    ]

    operations = [
        migrations.AddField(
            model_name='account',
            name='date_format',
            field=models.CharField(choices=[('dmy', '3 Nov 2026'), ('mdy', 'Nov 3, 2026'), ('iso', '2026-11-03')], default='dmy', max_length=3),
        ),
        migrations.AddField(
            model_name='account',
            name='fiscal_month',
            field=models.PositiveSmallIntegerField(default=1),
        ),
        migrations.AddField(
            model_name='account',
            name='next_currency',
            field=models.CharField(blank=True, max_length=3, null=True),
        ),
        migrations.AddField(
            model_name='account',
            name='next_time_zone',
            field=models.CharField(blank=True, max_length=64, null=True),
        ),
        migrations.AddField(
            model_name='account',
            name='number_format',
            field=models.CharField(choices=[(',.', '1,234.56'), ('.,', '1.234,56'), (' ,', '1 234,56'), ('’.', '1’234.56')], default=',.', max_length=2),
        ),
        migrations.AddField(
            model_name='account',
            name='week_start',
            field=models.PositiveSmallIntegerField(choices=[(1, 'Monday'), (7, 'Sunday')], default=1),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.CheckConstraint(condition=models.Q(('week_start__in', [1, 7])), name='account_week_start'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.CheckConstraint(condition=models.Q(('fiscal_month__range', (1, 12))), name='account_fiscal_month'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.CheckConstraint(condition=models.Q(('number_format__in', [',.', '.,', ' ,', '’.'])), name='account_number_format'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.CheckConstraint(condition=models.Q(('date_format__in', ['dmy', 'mdy', 'iso'])), name='account_date_format'),
        ),
    ]
