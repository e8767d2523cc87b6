"""The previews: every hosted page, branded, in both languages and themes, for staff, without a trace."""

import inspect

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from platforms.models import StaffAccess
from sellers import account_pages, form_pages, pages, previews, sign_in_pages, update_pages
from sellers.models import LinkSession, PageFailure, Seller
from tests.admin import rows
from tests.factories import ChannelFactory, MarketplaceFactory, PlatformFactory

pytestmark = pytest.mark.django_db

# What the pages are made of, and the view that finds the channel for one of them.
NO_PAGES = {"unconfirmed", "show", "failure", "welcome", "csrf_failure", "saved", "new_code"}
# Pages whose preview has the name of what it shows.
SHOWN_AS = {"who": "sign-up", "failed": "sign-in-failed", "over": "sign-in-over"}
BRANDING = {
    "accent": "#e4572e",
    "support": {"de": "Rufen Sie an", "en": "Call us"},
    "legal": {"imprint": "https://shop.example/imprint"},
}


@pytest.fixture
def staff() -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(rows.user(is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def platform():
    """Switched off: a look at the pages comes before the first seller."""
    platform = PlatformFactory(code="mall", display_name="The Mall", branding=BRANDING, is_active=False)
    for country in ("DE", "AT"):
        MarketplaceFactory(platform=platform, display_name=f"Mall {country}", countries=[country])
    return platform


@pytest.mark.parametrize("name", previews.PREVIEWS)
def test_each_page_is_shown_in_both_languages_with_the_strict_policy_and_leaves_nothing(staff, platform, name):
    titles = set()
    for language in ("de", "en"):
        answer = staff.get(reverse("preview", args=["mall", name]), {"language": language, "theme": "dark"})
        html = answer.content.decode()
        titles.add(html.partition("<title>")[2].partition("</title>")[0])
        assert answer.status_code == 200
        assert answer["Content-Language"] == language
        assert f'<html lang="{language}">' in html
        assert "<main>" in html
        assert "<script" not in html
        assert "style=" not in html
        assert "unsafe" not in answer["Content-Security-Policy"]
        assert answer["X-Frame-Options"] == "DENY"
        assert "portal-dark" in html.partition('media="all"')[0]
    assert "" not in titles
    assert [model.objects.count() for model in (PageFailure, LinkSession, Seller)] == [0, 0, 0]


@pytest.mark.parametrize("name", previews.PREVIEWS)
def test_a_form_of_a_preview_does_nothing(staff, platform, name):
    assert staff.post(reverse("preview", args=["mall", name]), {"login": "acme"}).status_code == 200
    assert [model.objects.count() for model in (PageFailure, LinkSession, Seller)] == [0, 0, 0]


def test_every_page_has_its_preview():
    made = {
        SHOWN_AS.get(name, name.replace("_", "-"))
        for module in (pages, form_pages, update_pages, account_pages, sign_in_pages)
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__
        and not name.startswith("_")
        and inspect.signature(function).return_annotation is HttpResponse
    }
    assert made - {name.replace("_", "-") for name in NO_PAGES} <= set(previews.PREVIEWS)


def test_every_template_of_a_hosted_page_is_in_a_preview(staff, platform):
    hosted = {
        f"sellers/{path.name}"
        for path in (settings.ROOT / "templates" / "sellers").glob("*.html")
        if '{% extends "base.html" %}' in path.read_text(encoding="utf-8")
    }
    shown = set()
    for name in previews.PREVIEWS:
        shown |= {template.name for template in staff.get(reverse("preview", args=["mall", name])).templates}
    shown |= {template.name for template in staff.get(reverse("previews", args=["mall"])).templates}
    assert hosted <= shown


def test_a_preview_carries_the_branding_in_the_language_that_is_looked_at(staff, platform):
    german = staff.get(reverse("preview", args=["mall", "no-session"]), {"language": "de"}).content.decode()
    english = staff.get(reverse("preview", args=["mall", "no-session"]), {"language": "en"}).content.decode()
    assert "Rufen Sie an" in german
    assert "Call us" in english
    for html in (german, english):
        assert '<a href="https://shop.example/imprint">' in html
        assert "<span>The Mall</span>" in html
    sheet = staff.get(reverse("preview-brand", args=["mall"]), {"theme": "light"})
    assert sheet["Content-Type"] == "text/css"
    assert sheet.content.decode().startswith(":root{--accent:#")
    assert "@media" not in sheet.content.decode()


def test_the_language_switch_of_a_preview_leaves_the_language_of_the_admin(staff, platform):
    url = reverse("preview", args=["mall", "no-session"])
    answer = staff.post(f"{url}?language=en&theme=dark", {"language": "de"})
    assert (answer.status_code, answer["Location"]) == (302, f"{url}?language=de&theme=dark")
    assert settings.LANGUAGE_COOKIE_NAME not in answer.cookies


@pytest.mark.parametrize("query", [{"language": "xx", "theme": "red"}, {"theme": ["light", "dark"]}, {"language": ""}])
def test_a_language_or_theme_that_is_none_is_ignored(staff, platform, query):
    assert staff.get(reverse("preview", args=["mall", "no-session"]), query).status_code == 200


def test_the_gallery_leads_to_each_page_and_back_to_the_channel(staff, platform):
    html = staff.get(reverse("previews", args=["mall"])).content.decode()
    for name in previews.PREVIEWS:
        assert f'href="/preview/mall/{name}/?language=en&amp;theme="' in html
    assert reverse("admin:platforms_channel_change", args=[platform.pk]) in html


def test_the_page_of_a_channel_leads_to_its_gallery(staff, platform):
    for channel in (platform, platform.marketplaces.first()):
        page = staff.get(reverse("admin:platforms_channel_change", args=[channel.pk]))
        assert f'href="{reverse("previews", args=[channel.code])}"' in page.content.decode()


def test_a_marketplace_shows_the_pages_of_its_platform(staff, platform):
    answer = staff.get(reverse("previews", args=[platform.marketplaces.first().code]))
    assert "The Mall" in answer.content.decode()


def test_a_standalone_channel_has_no_page_of_a_platform(staff):
    channel = ChannelFactory()
    assert "through-platform" not in previews.of_channel(channel)
    assert staff.get(reverse("preview", args=[channel.code, "through-platform"])).status_code == 404
    assert staff.get(reverse("preview", args=[channel.code, "nothing"])).status_code == 404


def test_previews_are_for_staff_who_may_see_the_channel(platform):
    names = [
        reverse("previews", args=["mall"]),
        reverse("preview", args=["mall", "no-session"]),
        reverse("preview-brand", args=["mall"]),
    ]

    def statuses(user) -> set[int]:
        client = Client()
        if user:
            client.force_login(user)
        return {client.get(url).status_code for url in names}

    viewer, limited = rows.user(is_staff=True), rows.user(is_staff=True)
    for user in (viewer, limited):
        user.user_permissions.add(Permission.objects.get(codename="view_channel"))
    StaffAccess.objects.create(user=limited).channels.set([ChannelFactory()])
    assert statuses(None) == {302}
    assert statuses(rows.user()) == {302}
    assert statuses(rows.user(is_staff=True)) == {403}
    assert statuses(limited) == {404}
    assert statuses(viewer) == {200}
