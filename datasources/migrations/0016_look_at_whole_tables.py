from django.db import migrations


# Partitions are looked at already (0006); joins are planned by what is known of the whole tables.
TABLES = ('datasources_transaction', 'datasources_line', 'datasources_booking', 'datasources_bookedline')
LOOK = [f'GRANT MAINTAIN ON {table} TO putler_app' for table in TABLES]


class Migration(migrations.Migration):

    dependencies = [
        ('datasources', '0015_rows_counted_and_turns_of_paused'),
    ]

    operations = [
        migrations.RunSQL([f'ANALYZE ONLY {table}' for table in TABLES], migrations.RunSQL.noop),
        migrations.RunSQL(LOOK, [each.replace('GRANT', 'REVOKE').replace(' TO ', ' FROM ') for each in LOOK]),
    ]
