import pytest
import requests


def test_what_is_not_there_is_a_page_with_a_way_back(scx, browser):
    page = browser.get("/nothing/here", status=404)
    assert "<h1>There is no such page.</h1>" in page
    assert 'href="/"' in page


def test_errors_speak_the_readers_language_and_keep_the_form_for_it(scx, browser):
    browser.get("/nothing", status=404)
    browser.post("/language", language="de")
    assert '<html lang="de">' in browser.get("/nothing", status=404)


def test_a_form_from_elsewhere_is_told_what_to_do(scx):
    answer = requests.post(f"{scx.base_url}/account", headers={"Accept-Language": "en"}, timeout=30)
    assert answer.status_code == 403
    assert "<h1>The form was not accepted.</h1>" in answer.text


@pytest.mark.parametrize("path", ["/v1/nothing", "/control/nothing"])
def test_the_apis_answer_json(path, scx):
    assert requests.get(scx.base_url + path, timeout=30).headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("path", ["/", "/nothing", "/sellers/1", "/offers/1"])
def test_pages_run_nothing_foreign_and_stand_in_no_frame(path, linked, browser, seller_page):
    browser.post(f"{seller_page}/offers", articles=["mug"], channels=["DEMOSHOP"])
    answer = browser.session.get(browser.base_url + path, timeout=30)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert "<script" not in answer.text
    assert " style=" not in answer.text


def test_without_a_channel_the_page_says_where_one_comes_from(browser):
    page = browser.post("/account", company_name="Süß").text
    assert "SCX knows no channel yet, so there is nothing to connect to." in page


def test_a_disconnected_seller_is_shown_with_reason_and_way_back(linked, browser, seller_page):
    browser.post(f"{seller_page}/disconnect")
    assert "deactivated by Seller" in browser.get()
    page = browser.get(seller_page)
    assert "SCX takes no offers of a disconnected seller." in page
    assert "Send the offers" not in page
    assert f'action="{seller_page}/update"' in page
