import pytest


@pytest.mark.parametrize("language", ["fr", "de-at", "../de", ""])
def test_a_language_that_the_page_does_not_speak_is_not_chosen(browser, language):
    browser.post("/language", language=language)
    assert "sandbox_language" not in browser.session.cookies
    assert '<html lang="en">' in browser.get()
