"""Migrations, as those meet them who upgrade while the portal works."""

import pytest
from django.apps import apps
from django.db.migrations.loader import MigrationLoader
from django.db.models import NOT_PROVIDED

FIRST = {
    "platforms": "0002_feed_counters_and_cache_table",
    "sellers": "0001_initial",
    "listings": "0001_initial",
    "stock": "0001_initial",
}


@pytest.mark.parametrize("app", FIRST)
def test_processes_of_the_first_version_can_go_on_writing(app):
    """They name no column that came later: it is nullable, or the database itself fills it in."""
    first = MigrationLoader(None).project_state((app, FIRST[app])).apps
    strange = [
        f"{field.model.__name__}.{field.name}"
        for old in first.get_app_config(app).get_models()
        for field in apps.get_model(app, old.__name__)._meta.concrete_fields
        if field.name not in {each.name for each in old._meta.concrete_fields}
        and not field.null
        and field.db_default is NOT_PROVIDED
    ]
    assert strange == []
