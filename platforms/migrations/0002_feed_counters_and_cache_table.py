from django.core.management import call_command
from django.db import migrations

FEEDS = ("events", "offers", "stock")
CACHE_TABLE = "portal_cache"


def make_counters(apps, schema_editor):
    counter = apps.get_model("platforms", "FeedCounter")
    counter.objects.bulk_create([counter(name=name) for name in FEEDS], ignore_conflicts=True)


def make_cache_table(apps, schema_editor):
    # Named, so that the table is there too when REDIS_URL is set now and taken away later.
    call_command("createcachetable", CACHE_TABLE, database=schema_editor.connection.alias, verbosity=0)


def drop_cache_table(apps, schema_editor):
    schema_editor.execute(f"DROP TABLE {schema_editor.quote_name(CACHE_TABLE)}")


class Migration(migrations.Migration):
    dependencies = [("platforms", "0001_initial")]

    operations = [
        migrations.RunPython(make_counters, migrations.RunPython.noop),
        migrations.RunPython(make_cache_table, drop_cache_table),
    ]
