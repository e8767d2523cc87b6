"""How values are shown in the admin: links that are safe, data folded away, numbers without idle zeros."""

import json
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import nh3
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from platforms.theme import label

EMPTY = "-"
# No pictures: the page would tell a stranger's server who reads it, and the content security policy forbids it.
DESCRIPTION_TAGS = nh3.ALLOWED_TAGS - {"img", "map", "area"}

STATE_LABELS = {
    "pending": "info",
    "linking": "info",
    "in_progress": "info",
    "open": "info",
    "submitted": "info",
    "waiting": "warning",
    "unlinking": "warning",
    "failed": "danger",
    "dead": "danger",
    "refused": "danger",
    "removed": "danger",
    "done": "success",
    "listed": "success",
    "active": "success",
    "sent": "success",
    "fetched": "success",
}


def badge(row: Any) -> SafeString:
    """A row's state by its name, in the colour that says how much it needs a person."""
    return label(row.get_state_display(), STATE_LABELS.get(row.state, ""))


def moment(value: datetime | None) -> str:
    return EMPTY if value is None else formats.localize(timezone.localtime(value))


def data(value: Any, title: str | None = None) -> str:
    """A JSON value, indented and folded away; characters stand as themselves."""
    if not value:
        return EMPTY
    text = json.dumps(value, ensure_ascii=False, indent=2, cls=DjangoJSONEncoder)
    return format_html(
        '<details><summary class="cursor-pointer text-link">{}</summary><pre class="portal-data">{}</pre></details>',
        title or _("Show"),
        text,
    )


def description(html: str) -> str:
    """A seller's HTML with everything taken out that could act, load or look like ours; folded away."""
    if not html:
        return EMPTY
    # nh3 leaves no markup but the tags and attributes allowed.
    cleaned = mark_safe(nh3.clean(html, tags=DESCRIPTION_TAGS, link_rel="noopener noreferrer nofollow"))  # noqa: S308
    return format_html(
        '<details><summary class="cursor-pointer text-link">{}</summary><div class="portal-text">{}</div></details>',
        _("Show"),
        cleaned,
    )


def web_link(url: str, text: str = "") -> str:
    """A link out of the portal if it is one to the web; anything else stays text."""
    if not url:
        return EMPTY
    if urlsplit(url).scheme not in {"http", "https"}:
        return url
    return format_html(
        '<a href="{}" class="text-link portal-break" target="_blank" rel="noopener noreferrer">{}</a>', url, text or url
    )


def row_link(row: Model | None, text: str = "") -> str:
    """A link to the row's page in the admin."""
    if row is None:
        return EMPTY
    url = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    return format_html('<a href="{}" class="text-link">{}</a>', url, text or row)


def page_link(url: str, text: str | Promise) -> str:
    """A link to another page of the admin."""
    return format_html('<a href="{}" class="text-link">{}</a>', url, text)


def list_link(model: str, text: str | Promise, **filters: Any) -> str:
    """A link to the list of a model ("app_model"), filtered."""
    return page_link(list_url(model, **filters), text)


def list_url(model: str, **filters: Any) -> str:
    """The list of a model ("app_model"), filtered; a list of values means any of them."""
    return f"{reverse(f'admin:{model}_changelist')}?{urlencode(filters, doseq=True)}"


def number(value: Decimal | None) -> str:
    """A decimal without idle zeros, as the reader writes it: 5, not 5.0000; in German 14,65."""
    return EMPTY if value is None else formats.number_format(f"{value.normalize():f}")


def grouped(value: int) -> str:
    """A count as the reader writes it: 1,234,567; in German 1.234.567."""
    return formats.number_format(value, force_grouping=True)


def short(text: str, length: int = 80) -> str:
    return Truncator(text).chars(length) or EMPTY


def copyable(text: str) -> SafeString:
    """A text that a click selects whole."""
    return format_html('<code class="portal-copy">{}</code>', text)


def copyable_text(text: str, label: str | Promise = "", language: str = "") -> SafeString:
    """A text of several lines to select and copy: whole with Ctrl+A in it, and without any script."""
    return format_html(
        '<textarea readonly rows="{}" class="portal-input portal-letter" aria-label="{}"{}>{}</textarea>',
        text.count("\n") + 2,
        label or _("Text to copy"),
        format_html(' lang="{}"', language) if language else "",
        text,
    )


def joined(*parts: str) -> SafeString:
    """Links side by side."""
    return format_html_join(" · ", "{}", ((part,) for part in parts))


REFUSALS_NAMED = 10


def outcome(summary: str, refusals: list[str]) -> str:
    """What an action did, and the rows it could not do it to with the reason; the first of them by name."""
    if not refusals:
        return summary
    text = ngettext("%(number)s was not possible:", "%(number)s were not possible:", len(refusals))
    named = format_html_join("; ", "{}", ((refusal,) for refusal in refusals[:REFUSALS_NAMED]))
    more = " …" if len(refusals) > REFUSALS_NAMED else ""
    return format_html("{} {} {}{}", summary, text % {"number": len(refusals)}, named, more)
