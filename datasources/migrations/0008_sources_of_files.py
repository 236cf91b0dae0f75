"""Which sources a file told of: who may see some of them only sees no file that tells of others."""

import django.contrib.postgres.fields
from django.db import migrations, models

# For files that are in already: those of their rows. Each account is entered, for the policies bind the owner too.
OF_ROWS = """
    DO $$
    DECLARE
        one bigint;
    BEGIN
        FOR one IN SELECT id FROM accounts_account LOOP
            PERFORM set_config('app.account_id', one::text, true);
            UPDATE datasources_upload u SET sources = (
                SELECT array_agg(DISTINCT t.source_id) FROM datasources_transaction t
                WHERE t.account_id = one AND t.upload_id = u.id)
            WHERE u.account_id = one AND u.state = 'done';
        END LOOP;
        PERFORM set_config('app.account_id', '', true);
    END $$
"""


class Migration(migrations.Migration):

    dependencies = [
        ('datasources', '0007_next_currency'),
    ]

    operations = [
        migrations.AddField(
            'upload',
            'sources',
            django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), null=True, size=None),
        ),
        migrations.RunSQL(OF_ROWS, migrations.RunSQL.noop),
    ]
