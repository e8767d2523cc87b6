"""The message files: `python -m tests.messages` brings them up to date, tests/test_messages.py says when they are not.

Babel does the work, so that nobody needs the gettext tools.
"""

import io
import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("de",)

# Where a catalog lies: the folders its messages come from, and those below them that have a catalog of their own.
CATALOGS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "config/locale": (
        ("config", "platforms", "sellers", "listings", "stock", "templates"),
        ("platforms/sandbox", "templates/sandbox"),
    ),
    "platforms/sandbox/locale": (("platforms/sandbox", "templates/sandbox"), ()),
}
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
TEMPLATE_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)


def sources(locale: str) -> Iterator[Path]:
    folders, apart = CATALOGS[locale]
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            inside = [path.is_relative_to(ROOT / other) for other in apart]
            if path.suffix in {".py", ".html", ".txt"} and not any(inside) and "migrations" not in path.parts:
                yield path


def python_source(path: Path) -> str:
    """The file as Babel can read it: a template becomes one line of calls, as Django makes it for xgettext."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return text
    return " ".join(templatize(TEMPLATE_COMMENT.sub("", text)).split())


def extracted(locale: str) -> Catalog:
    """Every message the sources hold now."""
    catalog = Catalog(charset="utf-8")
    for path in sources(locale):
        source = io.BytesIO(python_source(path).encode())
        for _line, message, _comments, context in extract("python", source, keywords=KEYWORDS):
            where = path.relative_to(ROOT).as_posix()
            python_format = "python-format" if "%(" in str(message) else None
            catalog.add(message, None, [(where, None)], [python_format] if python_format else (), context=context)
    return catalog


def po_file(locale: str, language: str) -> Path:
    return ROOT / locale / language / "LC_MESSAGES" / "django.po"


def stored(locale: str, language: str) -> Catalog:
    """The catalog as it lies in the repository; an empty one where there is none yet."""
    path = po_file(locale, language)
    if not path.exists():
        return Catalog(locale=language, charset="utf-8", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def compiled(catalog: Catalog) -> bytes:
    buffer = io.BytesIO()
    write_mo(buffer, catalog)
    return buffer.getvalue()


def update() -> None:
    """Bring every catalog up to date with the sources and compile it; what is gone from the sources goes."""
    for locale in CATALOGS:
        for language in LANGUAGES:
            catalog = stored(locale, language)
            catalog.update(extracted(locale), no_fuzzy_matching=True, update_creation_date=False)
            catalog.obsolete.clear()
            path = po_file(locale, language)
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                write_po(file, catalog, omit_header=False, sort_output=True, include_lineno=False, width=100)
            path.with_suffix(".mo").write_bytes(compiled(catalog))


if __name__ == "__main__":
    update()
