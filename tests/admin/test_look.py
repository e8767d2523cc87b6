"""What every page of the admin shows, and the status page before it."""

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from config import navigation
from platforms.models import Heartbeat
from tests.admin import rows
from tests.factories import ChannelFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("address", "badge"),
    [
        ("http://127.0.0.1:8099", "SANDBOX"),
        ("http://localhost:8099/scx", "SANDBOX"),
        ("http://[::1]:8099", "SANDBOX"),
        ("https://scx-sbx.api.jtl-software.com", "SCX SANDBOX"),
        ("https://scx.api.jtl-software.com", "PRODUCTION"),
    ],
)
def test_the_badge_says_which_scx_this_is(browser: Client, settings, address, badge):
    settings.SCX_BASE_URL = address

    assert browser.get(reverse("admin:index")).context["environment"][0] == badge


def test_the_sidebar_leads_to_every_list():
    named = {model for group in navigation.MENU for _title, _icon, model, *_page in group["items"]}

    assert named == {model._meta.label_lower for model in admin.site._registry}


def test_the_sidebar_shows_what_the_user_may_see_only(browser_of):
    page = browser_of(rows.user(is_staff=True)).get(reverse("admin:index"))

    assert page.context["sidebar_navigation"] == []


def test_the_admin_may_evaluate_scripts_and_no_other_page_may(browser: Client):
    assert "'unsafe-eval'" in browser.get(reverse("admin:index")).headers["Content-Security-Policy"]
    assert "unsafe" not in browser.get("/").headers["Content-Security-Policy"]


def test_the_language_is_switched_in_the_admin(browser: Client):
    browser.post(reverse("set_language"), {"language": "de", "next": "/admin/"})

    assert '<html lang="de"' in browser.get(reverse("admin:index")).content.decode()


def test_the_status_page_says_that_all_is_well(client: Client):
    ChannelFactory(code="SECRETSHOP", display_name="A secret shop")
    Heartbeat.objects.create(cluster="one", beat_at=timezone.now())

    page = client.get("/").content.decode()

    assert "The portal is running" in page
    for target in ("/admin/", "/api/docs/", "/health/ready"):
        assert f'href="{target}"' in page
    assert "secret" not in page.lower()


def test_the_status_page_says_what_is_wrong(client: Client):
    page = client.get("/").content.decode()

    assert "The portal needs attention" in page
    assert "start manage.py worker" in page


def test_the_status_page_is_there_in_german(client: Client):
    answer = client.post("/", {"language": "de"})

    assert answer.status_code == 302
    assert '<html lang="de">' in client.get("/").content.decode()


def test_the_login_page_leads_into_the_admin(client: Client):
    staff = rows.user(is_staff=True)
    staff.set_password("open sesame")
    staff.save()

    answer = client.post(reverse("admin:login"), {"username": staff.username, "password": "open sesame"})

    assert answer.headers["Location"] == reverse("admin:index")
