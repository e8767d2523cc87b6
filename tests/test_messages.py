"""The message files are complete, in step with the sources, and compiled."""

import ast
import re

import pytest

from tests import messages

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w*\}|%[sd]")

EACH = pytest.mark.parametrize(
    ("locale", "language"), [(locale, language) for locale in messages.CATALOGS for language in messages.LANGUAGES]
)


def ids(catalog) -> set[tuple[object, str | None]]:
    return {(message.id, message.context) for message in catalog if message.id}


@EACH
def test_every_message_of_the_sources_is_in_the_file_and_no_other(locale, language):
    assert ids(messages.extracted(locale)) == ids(messages.stored(locale, language)), "run: make messages"


@EACH
def test_every_message_is_translated(locale, language):
    missing = [
        message.id
        for message in messages.stored(locale, language)
        if message.id and (message.fuzzy or not all(_texts(message.string)))
    ]
    assert missing == []


@EACH
def test_translations_keep_their_placeholders(locale, language):
    for message in messages.stored(locale, language):
        source = _texts(message.id)[-1]
        for text in _texts(message.string):
            assert sorted(PLACEHOLDER.findall(text)) == sorted(PLACEHOLDER.findall(source)), message.id


@EACH
def test_the_compiled_file_is_that_of_the_source(locale, language):
    path = messages.po_file(locale, language)
    assert path.with_suffix(".mo").read_bytes() == messages.compiled(messages.stored(locale, language)), (
        "run: make messages"
    )


def _texts(value: str | tuple[str, ...] | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


@pytest.mark.parametrize("locale", messages.CATALOGS)
def test_no_text_hides_behind_a_name_that_is_not_looked_for(locale):
    """A function of translation under another name would leave its texts untranslated, and nobody would be told."""
    hidden = [
        f"{path.relative_to(messages.ROOT)}: {alias.asname}"
        for path in messages.sources(locale)
        if path.suffix == ".py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names
        if alias.asname and alias.name in messages.KEYWORDS and alias.asname not in messages.KEYWORDS
    ]
    assert hidden == []
