from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from tests.sandbox_process import ROOT

GERMAN = ROOT / "platforms" / "sandbox" / "locale" / "de" / "LC_MESSAGES"


def texts(catalog: Catalog) -> dict[tuple[str, ...], Any]:
    """English forms to German ones; babel gives plurals as list or tuple, depending on the file."""
    return {key: forms(message.string) for message in catalog if (key := forms(message.id)) != ("",)}


def forms(text: Any) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def test_the_compiled_german_texts_are_those_of_the_source_and_none_is_missing():
    with (GERMAN / "django.po").open("rb") as source, (GERMAN / "django.mo").open("rb") as compiled:
        written = texts(read_po(source, locale="de"))
        assert texts(read_mo(compiled)) == written
    assert [english for english, german in written.items() if not all(german)] == []
