"""What a channel's data must look like, in a channel's own change (contract 8.2) and when it is set up."""

import pytest

WRONG = [
    ("website", "x"),
    ("website", "ftp://shop.example/"),
    ("website", "https://"),
    ("website", "javascript:alert(1)"),
    ("website", f"https://shop.example/{'x' * 2000}"),
    ("mfaContact", "notmail"),
    ("mfaContact", f"{'x' * 250}@shop.example"),
    ("currency", "eur"),
    *(
        (name, url)
        for name in ("signUpUrl", "updateUrl")
        for url in (
            "https://shop.example/join",
            "https://shop.example/join?session=SESSION",
            "javascript:{SESSION}",
            "ftp://shop.example/{SESSION}",
            "shop.example/{SESSION}",
            "localhost:3000/{SESSION}",
            "/join?session={SESSION}",
            "https:// shop.example/{SESSION}",
        )
    ),
]
GOOD = [
    {"website": "http://127.0.0.1:8000/", "mfaContact": "it@shop.example", "currency": "CHF"},
    {"signUpUrl": "http://127.0.0.1:8000/join/{SESSION}/", "updateUrl": "HTTPS://{SESSION}.shop.example"},
    {"updateUrl": ""},
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_channel_cannot_give_itself(scx, name, value):
    shop = scx.channel(mfaContact="it@shop.example")
    assert shop.codes("PATCH", "/v1/channel", 400, json={"mfaPin": "1", name: value}) == [("VAL100", name)]


@pytest.mark.parametrize(("name", "value"), [*WRONG, ("countries", ["de"])])
def test_nor_is_a_channel_set_up_with(scx, name, value):
    error = scx.control("POST", "channels", 400, json={"code": "DEMOSHOP", name: value})["error"]
    assert error.startswith(name)
    assert scx.control("GET", "channels") == {"channels": []}


@pytest.mark.parametrize("change", GOOD)
def test_good_values_pass_in_both(scx, change):
    shop = scx.channel(mfaContact="it@shop.example")
    shop("GET", "/v1/channel/mfa-pin", 200)
    pin = scx.control("GET", "mails")["mails"][-1]["pin"]
    shop("PATCH", "/v1/channel", 200, json={"mfaPin": pin, **change})
    scx.control("POST", "channels", 200, json={"code": "DEMOSHOP", **change})
