"""What may stand in a channel's branding: one set of rules for form, file and whoever else saves a channel."""

import base64

import pytest
from django.core.exceptions import ValidationError

from platforms import branding, channels
from platforms.models import Channel
from tests.factories import ChannelFactory

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
FULL = {
    "accent": "#1f5fbf",
    "logo": "/static/logo.png",
    "support": {"de": "hilfe@shop.example", "en": "help@shop.example"},
    "legal": {
        "imprint": {"de": "https://shop.example/impressum", "en": "https://shop.example/imprint"},
        "privacy": "https://shop.example/privacy",
        "terms": "",
    },
    "lost_code": "mail",
    "no_account": "Ask us: +49 30 1234",
}


@pytest.mark.parametrize("given", [FULL, {}, {key: "" for key in FULL if key != "legal"}, {"legal": {}}])
def test_what_the_pages_can_show_is_taken(given):
    branding.check(given)


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({"colour": "#1f5fbf"}, "colour"),
        ({"accent": "red"}, "accent"),
        ({"accent": "#1f5fbf;}"}, "accent"),
        ({"accent": 7}, "accent"),
        ({"logo": "https://elsewhere.example/logo.png"}, "logo"),
        ({"logo": "//elsewhere.example/logo.png"}, "logo"),
        ({"logo": "javascript:alert(1)"}, "logo"),
        ({"logo": "data:image/svg+xml;base64,AAAA"}, "logo"),
        ({"logo": "data:text/html;base64,AAAA"}, "logo"),
        ({"logo": "data:image/png;base64," + "A" * 30_001}, "logo"),
        ({"logo": None}, "logo"),
        ({"support": 7}, "support"),
        ({"support": "x" * 301}, "support"),
        ({"support": "two\nlines"}, "support"),
        ({"support": "a\x00b"}, "support"),
        ({"support": "http://shop.example"}, "support"),
        ({"support": {"fr": "aide@shop.example"}}, "support"),
        ({"support": {"de": ["x"]}}, "support"),
        ({"legal": "https://shop.example"}, "legal"),
        ({"legal": {"about": "https://shop.example"}}, "legal.about"),
        ({"legal": {"imprint": "http://shop.example"}}, "legal.imprint"),
        ({"legal": {"imprint": "javascript:alert(1)"}}, "legal.imprint"),
        ({"legal": {"terms": {"de": "https://shop.example/agb", "en": "terms"}}}, "legal.terms"),
        ({"lost_code": {"de": "x" * 301}}, "lost_code"),
        ({"no_account": "http://shop.example"}, "no_account"),
        ([], ""),
    ],
)
def test_what_they_cannot_show_is_refused_at_its_key(given, key):
    with pytest.raises(ValidationError) as caught:
        branding.check(given)
    assert list(caught.value.message_dict) == [key]


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (PNG, "png"),
        (b"\xff\xd8\xff\xe0" + b"x", "jpeg"),
        (b"GIF89a" + b"x", "gif"),
        (b"RIFF\x01\x02\n\x04WEBP", "webp"),
    ],
)
def test_a_picture_becomes_a_logo_that_may_stand_in_the_branding(data, kind):
    logo = branding.logo_of(data)
    assert logo.startswith(f"data:image/{kind};base64,")
    branding.check({"logo": logo})


def test_the_largest_picture_may_stand_in_the_branding_and_one_byte_more_not():
    branding.check({"logo": branding.logo_of(PNG.ljust(branding.LOGO_BYTES, b"x"))})
    with pytest.raises(ValidationError) as caught:
        branding.logo_of(PNG.ljust(branding.LOGO_BYTES + 1, b"x"))
    assert caught.value.code == "size"


@pytest.mark.parametrize("data", [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<html>", b"MZ", b"RIFF....WAVE"])
def test_what_is_no_picture_becomes_no_logo(data):
    with pytest.raises(ValidationError) as caught:
        branding.logo_of(data)
    assert caught.value.code == "kind"


@pytest.mark.django_db
def test_saving_a_channel_keeps_to_the_rules():
    channel = ChannelFactory()
    channel.branding = {"accent": "red", "legal": {"imprint": "nowhere"}}
    with pytest.raises(ValidationError) as caught:
        channels.save(channel)
    assert [message.partition(":")[0] for message in caught.value.message_dict["branding"]] == [
        "accent",
        "legal.imprint",
    ]
    assert Channel.objects.get().branding == {}


@pytest.mark.django_db
def test_a_branding_from_before_the_rules_keeps_nobody_from_saving_the_rest():
    channel = ChannelFactory(branding={"name": "of old"})
    channel.currency = "CHF"
    channels.save(channel)
    assert Channel.objects.values_list("currency", "branding").get() == ("CHF", {"name": "of old"})
