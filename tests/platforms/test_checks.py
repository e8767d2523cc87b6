"""The wiring tables are proved at start: a name that does not exist is an error that says where it stands."""

import pytest
from django.conf import settings as project

from platforms import checks


def test_what_the_project_wires_exists():
    assert checks.wiring_resolves() == []
    assert len(project.SCX_EVENTS) > 5
    assert [job for job, _function, _minutes in project.PORTAL_JOBS] == [
        "events",
        "apply",
        "handover",
        "reports",
        "stock",
        "sellers",
        "pictures",
        "deliveries",
        "reconcile",
    ]


@pytest.mark.parametrize(
    ("table", "wiring", "key"),
    [
        ("SCX_EVENTS", {"Seller:Offer.New": ("listings.handlers.nothing",)}, "Seller:Offer.New"),
        ("PORTAL_JOBS", (("apply", "nowhere.apply", 1),), "apply"),
        ("PORTAL_PERSONAL_DATA", {"mine": ("sellers.personal_data.export", "nowhere.purge")}, "mine"),
        ("CONNECTORS", {"mine": ("sellers.identification.mine.Mine", "platforms.models.SESSION_PLACEHOLDER")}, "mine"),
    ],
)
def test_a_name_that_does_not_exist_is_told(settings, table, wiring, key):
    setattr(settings, table, wiring)
    errors = checks.wiring_resolves()
    assert errors
    assert all(error.id == "platforms.E001" for error in errors)
    assert all(table in error.msg and f"“{key}”" in error.msg for error in errors)
