"""The marketplace's own system is asked, in a signed call, who sent the fields that its channel declares."""

import base64
import copy
import ipaddress
import json
import time

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation
from standardwebhooks.webhooks import Webhook

from platforms import channels, outside
from sellers.identification import guesses
from sellers.identification.base import FieldErrors, Identity
from sellers.identification.registry import described, identification_of, is_sign_in
from sellers.identification.webhook import WebhookIdentification
from sellers.models import LinkSession, Seller
from tests.factories import ChannelFactory, MarketplaceFactory, PlatformFactory
from tests.outside_server import Reply, System, running_system
from tests.sellers.conftest import text_of

pytestmark = pytest.mark.django_db

SECRET = "whsec_" + base64.b64encode(b"a signing key of 32 bytes, fixed").decode()
FIELDS = [
    {"name": "customer", "label": {"de": "Kundennummer", "en": "Customer number"}, "help": "On your invoice."},
    {"name": "password", "label": "Password", "type": "password", "credential": True},
    {"name": "mail", "label": "E-mail", "type": "email", "required": False},
    {
        "name": "region",
        "label": "Region",
        "type": "choice",
        "choices": {"eu": "Europe", "us": {"de": "Vereinigte Staaten", "en": "United States"}},
    },
]
ANSWERS = {"customer": "4711", "password": "correct horse battery", "mail": "", "region": "eu"}
ACCEPTED = {"account": "K-4711", "company": "Müller & Söhne GmbH"}


@pytest.fixture
def system(settings):
    settings.WEBHOOK_ALLOWED_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]
    with running_system() as system:
        system.respond = lambda question: Reply(ACCEPTED)
        yield system


def settings_of(system: System | str, **changes):
    url = system if isinstance(system, str) else f"{system.url}/identify"
    return {"identification": {"url": url, "secret": SECRET, "fields": copy.deepcopy(FIELDS), **changes}}


@pytest.fixture
def channel(system: System):
    return ChannelFactory(
        code="DEMOSHOP", display_name="Demo Shop", connector="webhook", connector_settings=settings_of(system)
    )


def identify(channel, address="192.0.2.1", **answers):
    return WebhookIdentification().identify(described(channel), {**ANSWERS, **answers}, address=address)


def form_of(channel, data=None):
    return WebhookIdentification().form_class(described(channel))(data)


# The form


def test_the_form_has_the_declared_fields(channel):
    form = form_of(channel)
    assert list(form.fields) == ["customer", "password", "mail", "region"]
    assert [form.fields[name].label for name in form.fields] == ["Customer number", "Password", "E-mail", "Region"]
    assert [form.fields[name].widget.input_type for name in form.fields] == ["text", "password", "email", "select"]
    assert form.fields["region"].choices == [("", "Please choose"), ("eu", "Europe"), ("us", "United States")]
    assert form.fields["customer"].help_text == "On your invoice."


def test_the_form_speaks_the_language_of_the_page(channel):
    with translation.override("de"):
        form = form_of(channel)
    assert form.fields["customer"].label == "Kundennummer"
    assert ("us", "Vereinigte Staaten") in form.fields["region"].choices
    assert form.fields["password"].label == "Password"


def test_what_was_filled_in_is_checked_before_anybody_is_asked(channel):
    form = form_of(channel, {"customer": "x" * 201, "mail": "no mail", "region": "mars"})
    assert set(form.errors) == {"customer", "password", "mail", "region"}
    assert form.errors["password"] == ["Please fill in “Password”."]


def test_a_password_is_not_written_back_into_the_page(channel):
    assert "correct horse" not in form_of(channel, {**ANSWERS, "region": "mars"}).as_p()


# The call


def test_the_system_gets_the_fields_in_a_call_signed_by_the_standard(channel, system: System):
    with translation.override("de"):
        identity = identify(channel)
    [question] = system.asked
    assert (question.method, question.path) == ("POST", "/identify")
    assert question.headers["content-type"] == "application/json"
    assert Webhook(SECRET).verify(question.body, question.headers) == {
        "type": "seller.identify",
        "channel": "DEMOSHOP",
        "language": "de",
        "fields": ANSWERS,
    }
    assert identity == Identity("K-4711", "Müller & Söhne GmbH", (), {"password": ANSWERS["password"]}, is_vouched=True)


def test_only_credentials_are_kept(channel, system: System):
    system.respond = lambda question: Reply({**ACCEPTED, "credentials": {"token": "from-the-system"}})
    assert identify(channel, mail="a@b.example").credentials == {
        "password": ANSWERS["password"],
        "token": "from-the-system",
    }


@pytest.fixture
def platform(system: System):
    platform = PlatformFactory(connector="webhook", connector_settings=settings_of(system))
    for code in ("mall-at", "mall-de"):
        MarketplaceFactory(platform=platform, code=code, display_name=code)
    MarketplaceFactory(platform=platform, code="mall-old", is_active=False)
    return platform


@pytest.mark.parametrize(
    ("answer", "allowed"),
    [
        ({}, ("mall-at", "mall-de")),
        ({"marketplaces": ["mall-de"]}, ("mall-de",)),
        ({"marketplaces": ["mall-de", "mall-at", "mall-de"]}, ("mall-at", "mall-de")),
        ({"marketplaces": ["mall-old", "mall-at"]}, ("mall-at",)),
        ({"marketplaces": []}, ()),
    ],
)
def test_the_system_says_which_of_the_active_marketplaces_are_allowed(platform, system: System, answer, allowed):
    system.respond = lambda question: Reply({**ACCEPTED, **answer})
    assert identify(platform).marketplaces == allowed


def test_errors_stand_at_their_fields_in_the_words_of_the_marketplace(channel, system: System):
    errors = {"customer": "No such number.", "": "Try later.", "other": "Call us.", "mail": " \n"}
    system.respond = lambda question: Reply({"errors": errors})
    outcome = identify(channel)
    assert outcome == FieldErrors(
        {"customer": "No such number.", "": "Try later. Call us.", "mail": "Please check this entry."}
    )


def test_an_endless_error_is_cut(channel, system: System):
    system.respond = lambda question: Reply({"errors": {"customer": "x" * 5000}})
    assert identify(channel).messages == {"customer": "x" * 300}


BROKEN = {
    "status 500": Reply(ACCEPTED, status=500),
    "status 404": Reply(ACCEPTED, status=404),
    "redirect": Reply(ACCEPTED, status=307, headers={"Location": "/elsewhere"}),
    "empty": Reply(b""),
    "html": Reply(b"<html>"),
    "list": Reply([]),
    "no account": Reply({"company": "x"}),
    "empty account": Reply({**ACCEPTED, "account": ""}),
    "long account": Reply({**ACCEPTED, "account": "x" * 101}),
    "account no text": Reply({**ACCEPTED, "account": ["K"]}),
    "account null": Reply({**ACCEPTED, "account": None}),
    "company no text": Reply({**ACCEPTED, "company": {"name": "x"}}),
    "unstorable company": Reply(b'{"account": "K", "company": "a\\u0000b"}'),
    "unknown marketplace": Reply({**ACCEPTED, "marketplaces": ["elsewhere"]}),
    "marketplaces no list": Reply({**ACCEPTED, "marketplaces": "mall-de"}),
    "credentials no object": Reply({**ACCEPTED, "credentials": ["a"]}),
    "large credentials": Reply({**ACCEPTED, "credentials": {"a": "x" * 9000}}),
    "errors no object": Reply({"errors": ["no"]}),
    "no errors": Reply({"errors": {}}),
    "error no text": Reply({"errors": {"customer": ["no"]}}),
    "oversize": Reply({**ACCEPTED, "more": "x" * 300_000}),
    "truncated": Reply(pieces=[b"HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\n{"]),
    "no http": Reply(pieces=[b"hello\r\n\r\n"]),
}


@pytest.mark.parametrize("name", BROKEN)
def test_an_answer_of_no_use_leaves_the_form_usable_and_the_log_without_fields(platform, system: System, name, caplog):
    caplog.set_level("DEBUG")
    system.respond = lambda question: BROKEN[name]
    outcome = identify(platform)
    assert outcome == FieldErrors(
        {
            "": f"{platform.display_name} cannot be asked at the moment. Nothing was changed. "
            "Please send the form again in a minute."
        },
        retry_after=60,
        is_unavailable=True,
    )
    assert f"The system that identifies sellers of {platform.code} cannot be used" in caplog.text
    assert not [
        value for value in (*filter(None, ANSWERS.values()), "Müller") if value in caplog.text and value != "eu"
    ]
    assert len(system.asked) == 1


def test_a_system_that_does_not_answer_is_given_up(channel, system: System, monkeypatch):
    monkeypatch.setattr(outside, "READ_SECONDS", 0.2)
    system.respond = lambda question: Reply(pieces=[lambda: time.sleep(1)])
    assert identify(channel).retry_after == 60


def test_a_system_inside_is_asked_only_where_the_operator_allows_it(channel, system: System, settings):
    settings.WEBHOOK_ALLOWED_NETWORKS = []
    assert identify(channel).retry_after == 60
    assert system.asked == []


def test_a_company_that_holds_a_credential_is_left_out(channel, system: System, caplog):
    system.respond = lambda question: Reply({**ACCEPTED, "company": f"Müller ({ANSWERS['password']})"})
    assert identify(channel).company_name == ""
    assert "holds a credential and is left out" in caplog.text
    system.respond = lambda question: Reply({**ACCEPTED, "company": "key-12345678", "credentials": {"k": "12345678"}})
    assert identify(channel).company_name == ""
    system.respond = lambda question: Reply({**ACCEPTED, "company": "k-917", "credentials": {"o": [{"t": "k-917"}]}})
    assert identify(channel).company_name == ""


def test_a_password_that_is_not_kept_is_not_told_to_scx_either(channel, system: System):
    for field in channel.connector_settings["identification"]["fields"]:
        field["credential"] = False
    system.respond = lambda question: Reply({**ACCEPTED, "company": question.json["fields"]["password"], "errors": {}})
    assert identify(channel) == Identity("K-4711", "", (), {}, is_vouched=True)


def test_line_breaks_and_length_of_a_company_are_put_right(channel, system: System):
    system.respond = lambda question: Reply({**ACCEPTED, "company": " Müller\n& Söhne " + "x" * 300})
    company = identify(channel).company_name
    assert company.startswith("Müller & Söhne xxx")
    assert len(company) == 200


# Guessing


def test_guessing_at_one_account_ends_without_another_call(channel, system: System):
    system.respond = lambda question: Reply({"errors": {"password": "Wrong."}})
    for number in range(guesses.TRIES_PER_LOGIN):
        assert "password" in identify(channel, address=f"192.0.2.{number}").messages
    stopped = identify(channel, address="198.51.100.1")
    assert stopped.retry_after == 900
    assert "There were too many tries. Please wait 15 minutes" in stopped.messages[""]
    assert len(system.asked) == guesses.TRIES_PER_LOGIN


def test_guessing_from_one_address_ends(channel, system: System):
    system.respond = lambda question: Reply({"errors": {"password": "Wrong."}})
    for number in range(guesses.TRIES_PER_ADDRESS):
        identify(channel, customer=str(number))
    assert identify(channel, customer="another").retry_after == 900


def test_a_right_answer_forgets_the_tries_before_it(channel):
    for _number in range(guesses.TRIES_PER_LOGIN + 5):
        assert isinstance(identify(channel), Identity)


# The settings


WRONG = {
    "nothing": ({}, "needs the object “identification”"),
    "no object": ({"identification": []}, "needs the object “identification”"),
    "no url": (settings_of("https://x.example", url=""), "identification.url"),
    "plain url": (settings_of("http://x.example"), "identification.url: Give a whole address"),
    "url with password": (settings_of("https://a:b@x.example"), "identification.url: Give a whole address"),
    "secret": (settings_of("https://x.example", secret="whsec_short"), "identification.secret: A signing secret"),
    "no fields": (settings_of("https://x.example", fields=[]), "identification.fields"),
    "unknown key": (settings_of("https://x.example", urls="x"), "identification.urls: There is no such field here."),
    "name": ([{"name": "No", "label": "x"}], "identification.fields.0.name"),
    "taken name": ([{"name": "marketplaces", "label": "x"}], "identification.fields.0.name: This name is taken"),
    "twice": ([{"name": "a", "label": "x"}] * 2, "identification.fields: Two fields have the same name."),
    "label": ([{"name": "a", "label": {"fr": "x"}}], "identification.fields.0.label: Give a text"),
    "empty label": ([{"name": "a", "label": " "}], "identification.fields.0.label: Give a text"),
    "type": ([{"name": "a", "label": "x", "type": "file"}], "identification.fields.0.type"),
    "choices": ([{"name": "a", "label": "x", "type": "choice"}], "identification.fields.0.choices"),
    "text with choices": ([{"name": "a", "label": "x", "choices": {"a": "b"}}], "identification.fields.0.choices"),
    "length": ([{"name": "a", "label": "x", "max_length": 0}], "identification.fields.0.max_length"),
    "only secrets": (
        [{"name": "a", "label": "x", "type": "password"}],
        "identification.fields: One field of type “text” or “email” must be required",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_settings_are_refused_at_their_place(name):
    given, message = WRONG[name]
    given = given if isinstance(given, dict) else settings_of("https://x.example", fields=given)
    channel = ChannelFactory.build(connector="webhook", connector_settings=given)
    with pytest.raises(ValidationError) as refusal:
        channels.save(channel)
    assert set(refusal.value.message_dict) == {"connector_settings"}
    assert message in " ".join(refusal.value.messages)
    assert SECRET not in str(refusal.value)


def test_right_settings_are_saved(system: System):
    assert channels.save(ChannelFactory.build(connector="webhook", connector_settings=settings_of(system))).pk


def test_a_marketplace_needs_none_for_its_platform_identifies(system: System, platform):
    marketplace = MarketplaceFactory.build(platform=platform, connector="webhook", connector_settings={})
    assert channels.save(marketplace).pk


def test_other_connectors_take_any_settings():
    assert channels.save(ChannelFactory.build(connector="manual", connector_settings={"identification": 1})).pk


# The page


def test_a_form_of_the_marketplace_is_a_form_and_no_sign_in(channel):
    assert not is_sign_in(identification_of(channel))


def test_the_page_shows_the_declared_form_and_the_errors_escaped(browser, shop, merchant, system: System):
    shop.connector, shop.connector_settings = "webhook", settings_of(system)
    channels.save(shop)
    form_url = browser.form_url(merchant.start_sign_up(shop))
    assert "Customer number" in text_of(browser.get(form_url))
    system.respond = lambda question: Reply({"errors": {"customer": "<script>alert(1)</script> & more"}})
    page = browser.post(form_url, ANSWERS).content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in page
    assert "<script>alert" not in page
    assert ANSWERS["password"] not in page
    assert not Seller.objects.exists()


def test_a_system_out_of_order_leaves_the_session_open(browser, shop, merchant, system: System, caplog):
    caplog.set_level("DEBUG")
    shop.connector, shop.connector_settings = "webhook", settings_of(system)
    shop.save()
    form_url = browser.form_url(merchant.start_sign_up(shop))
    system.respond = lambda question: Reply({}, status=503)
    page = browser.post(form_url, ANSWERS)
    assert (page.status_code, page["Retry-After"]) == (503, "60")
    assert "Demo Shop cannot be asked at the moment." in text_of(page)
    assert LinkSession.objects.get().state == "open"
    assert json.dumps(ANSWERS["password"])[1:-1] not in caplog.text


def test_a_merchant_whom_the_marketplace_s_system_vouches_for_is_connected(browser, shop, system, merchant, sandbox):
    shop.connector, shop.connector_settings = "webhook", settings_of(system)
    channels.save(shop)
    form_url = browser.form_url(merchant.start_sign_up(shop))
    assert browser.post(form_url, ANSWERS).status_code == 302

    seller = Seller.objects.get()
    assert (seller.state, seller.account.login) == ("active", "K-4711")
    assert seller.credentials == {"password": "correct horse battery"}
    assert not seller.account.check_access_code("")
    assert "correct horse battery" not in str(sandbox.books())
