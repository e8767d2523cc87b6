"""What the sign-up form offers to who has no code or no account, as the channel's branding says."""

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from sellers.help_links import Help, HelpLink, help_of, sends_codes
from tests.factories import ChannelFactory


def offered(**branding):
    return help_of(ChannelFactory.build(code="SHOP", branding=branding))


def test_nothing_is_offered_where_nothing_is_configured():
    assert offered() == offered(lost_code="", no_account=" ") == offered(lost_code={}, no_account={"de": ""}) == Help()


@pytest.mark.parametrize(
    ("value", "link"),
    [
        ("https://shop.example/help?a=1&b=2", HelpLink("https://shop.example/help?a=1&b=2")),
        ("help@shop.example", HelpLink("mailto:help@shop.example", "help@shop.example")),
        ("Call 0800 123.", HelpLink("", "Call 0800 123.")),
        ("javascript:alert(1)", HelpLink("", "javascript:alert(1)")),
        ("http://shop.example/", HelpLink("", "http://shop.example/")),
        ("//evil.example", HelpLink("", "//evil.example")),
        ('https://x.example/"onclick="x', HelpLink("", 'https://x.example/"onclick="x')),
    ],
)
def test_an_address_is_a_link_and_anything_else_is_text(value, link):
    assert offered(lost_code=value, no_account=value) == Help(link, link)


@pytest.mark.parametrize("value", [7, ["https://a.example"], None, True, {"de": 7}])
def test_what_is_malformed_is_left_out(value):
    assert offered(lost_code=value, no_account=value) == Help()


def test_mail_means_our_own_page_and_only_for_a_lost_code():
    assert offered(lost_code="mail").lost_code == HelpLink("/lost-code/SHOP/")
    assert offered(no_account="mail").no_account == HelpLink("", "mail")
    assert sends_codes(ChannelFactory.build(branding={"lost_code": {"de": "mail", "en": ""}}))


@pytest.mark.parametrize(
    ("language", "text"), [("de", "Rufen Sie an."), ("en", "Call us."), ("de-at", "Rufen Sie an.")]
)
def test_each_language_has_its_own(language, text):
    with translation.override(language):
        assert offered(no_account={"de": "Rufen Sie an.", "en": "Call us."}).no_account == HelpLink("", text)


def test_a_language_without_one_has_the_others():
    assert offered(no_account={"de": "Rufen Sie an.", "en": ""}).no_account == HelpLink("", "Rufen Sie an.")


def test_the_form_shows_them_escaped():
    page = render_to_string("sellers/help_links.html", {"help": offered(lost_code="mail", no_account="<b>Ask</b> us")})
    assert '<a href="/lost-code/SHOP/">Lost your access code?</a>' in page
    assert "No account yet? &lt;b&gt;Ask&lt;/b&gt; us" in page
    assert render_to_string("sellers/help_links.html", {"help": Help()}).strip() == ""
