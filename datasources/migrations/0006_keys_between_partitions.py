from django.db import migrations, models

from putler.tenancy import keys_between_partitions


# Posting has PostgreSQL look again at the partitions that it fills.
LOOK = [
    f'GRANT MAINTAIN ON {table}_{number:02} TO putler_app'
    for table in ('datasources_transaction', 'datasources_line', 'datasources_booking', 'datasources_bookedline')
    for number in range(32)
]


class Migration(migrations.Migration):

    dependencies = [
        ('datasources', '0005_booked_lines'),
    ]

    operations = [
        keys_between_partitions('datasources_line', 'transaction_id', 'datasources_transaction', partitions=32),
        keys_between_partitions('datasources_booking', 'transaction_id', 'datasources_transaction', partitions=32),
        keys_between_partitions('datasources_bookedline', 'booking_id', 'datasources_booking', partitions=32),
        migrations.RunSQL(LOOK, [each.replace('GRANT', 'REVOKE').replace(' TO ', ' FROM ') for each in LOOK]),
        migrations.AddIndex(model_name='rate', index=models.Index(fields=['on'], name='rate_by_day')),
    ]
