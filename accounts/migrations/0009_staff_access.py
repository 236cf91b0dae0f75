"""Staff as members for a while, by a permission."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0008_purge_delay'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='membership',
            name='membership_role',
        ),
        migrations.AddField(
            model_name='membership',
            name='grant',
            field=models.UUIDField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='membership',
            name='scope',
            field=models.CharField(blank=True, choices=[('figures', 'Figures'), ('records', 'Customers and orders'), ('connections', 'Sources and how they are read'), ('everything', 'Everything')], max_length=11),
        ),
        migrations.AlterField(
            model_name='membership',
            name='role',
            field=models.CharField(choices=[('owner', 'Owner'), ('admin', 'Admin'), ('viewer', 'Viewer'), ('support', 'Support')], max_length=7),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=models.CheckConstraint(condition=models.Q(('role__in', ['owner', 'admin', 'viewer', 'support'])), name='membership_role'),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('expires_at__isnull', False), ('grant__isnull', False), ('role', 'support'), ('scope__in', ['figures', 'records', 'connections', 'everything'])), models.Q(models.Q(('role', 'support'), _negated=True), ('grant', None), ('scope', '')), _connector='OR'), name='membership_support_ends'),
        ),
    ]
