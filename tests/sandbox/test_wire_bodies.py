"""What bodies are said to be, and what they are."""

import pytest

PRICE = '{"priceTypeId": "B2C", "displayName": "Retail"}'
JSON = ["application/json", "application/json; charset=utf-8"]
OTHERS = ["text/plain", "application/x-www-form-urlencoded", "application/xml"]
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>'


def post_price(shop, content_type):
    headers = {"Content-Type": content_type} if content_type else {}
    return shop("POST", "/v1/channel/price", headers=headers, data=PRICE.encode())


@pytest.mark.parametrize("content_type", JSON)
def test_json_is_said_to_be_json(scx, shop, content_type):
    assert post_price(shop, content_type).status_code == 201
    assert scx.books()[-1]["deviations"] == []


@pytest.mark.parametrize("content_type", [*OTHERS, ""])
def test_json_under_another_name_passes_and_is_noted_unless_strict(scx, shop, content_type):
    note = f"Content-Type {content_type or 'missing'} in place of application/json"
    assert post_price(shop, content_type).status_code == 201
    assert scx.books()[-1]["deviations"] == [note]
    scx.settings(strict=True)
    answer = post_price(shop, content_type)
    assert (answer.status_code, answer.json()["errorList"][0]["code"]) == (400, "VAL100")
    assert note in answer.json()["errorList"][0]["message"]


@pytest.mark.parametrize(
    ("content", "ending"),
    [
        (b"GIF89a...", "gif"),
        (b"\xff\xd8\xff\xe0...", "jpg"),
        (b"\x89PNG\r\n\x1a\n...", "png"),
        (b"%PDF-1.7...", "pdf"),
        (SVG, "svg"),
        (b"\xef\xbb\xbf<svg/>", "svg"),
        ("Größe: 5".encode(), "txt"),
    ],
)
def test_an_upload_of_no_particular_type_is_known_by_its_content(merchant, content, ending):
    headers = {"Content-Type": "application/octet-stream"}
    uploaded = merchant("POST", "/v1/seller/offer/file", 200, data=content, headers=headers)
    assert uploaded["remoteFile"].endswith(f".{ending}")


@pytest.mark.parametrize("content", [b"PK\x03\x04\0\0", b"\xff\xfe\xfd", b"Gr\xf6\xdfe"])
def test_an_upload_that_is_none_of_these_is_refused(merchant, content):
    headers = {"Content-Type": "application/octet-stream"}
    assert merchant.refusal("POST", "/v1/seller/offer/file", 400, data=content, headers=headers) == [
        ("VAL100", "body: is not a GIF, JPEG, PNG, SVG, PDF or text file")
    ]
