from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0010_what_banks_were_asked'),
    ]

    operations = [
        migrations.AddField(
            model_name='checkoutitem',
            name='receipt',
            field=models.CharField(blank=True, db_default='', default='', max_length=100),
        ),
    ]
