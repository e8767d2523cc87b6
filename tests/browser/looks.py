"""How a page is looked at: language, width and colour scheme, each two of their values together once."""

import pytest

LOOKS = pytest.mark.parametrize(
    ("language", "width", "scheme"),
    [("de", 1280, "light"), ("de", 375, "dark"), ("en", 375, "light"), ("en", 1280, "dark")],
)
