"""The console's settings: every switch with its sentence, changed by hand and put back to its default."""

import json
import re
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from platforms.sandbox import configuration
from platforms.sandbox.arrangement import Impossible
from platforms.sandbox.configuration import switches
from platforms.sandbox.console import Problems, console, done, draw
from platforms.sandbox.control import json_of
from platforms.sandbox.switchboard import SETTINGS, Setting

WHOLE = re.compile(r"-?\d{1,18}", re.ASCII)
NUMBER = re.compile(r"-?\d{1,18}([.,]\d{1,30})?", re.ASCII)


def show(request: HttpRequest, problems: Problems = ()) -> HttpResponse:
    values = switches().on_the_wire()
    rows = [_row(setting, values[setting.name], request) for setting in SETTINGS.values()]
    others = [row for row in rows if row["setting"].name != "strict"]
    groups = [(str(name), list(members)) for name, members in groupby(others, lambda row: row["setting"].group)]
    changed = [row["setting"].name for row in rows if row["is_changed"]]
    context = {"groups": groups, "strict": values["strict"], "changed": changed}
    return draw(request, "settings", context, problems)


def save(request: HttpRequest) -> HttpResponse:
    """The switches named by `shown`, which tells an unticked box from one that is not on the form."""
    before = switches().on_the_wire()
    shown = set(request.POST.getlist("shown"))
    given = {setting.name: _read(setting, request) for setting in SETTINGS.values() if setting.name in shown}
    wishes = {name: value for name, value in given.items() if value != before[name]}
    _change(wishes)
    text = _("Saved: %(names)s.") % {"names": ", ".join(wishes)} if wishes else _("Nothing has changed.")
    return done(request, text, "console-settings")


def restore(request: HttpRequest) -> HttpResponse:
    """One switch back to its default, or all."""
    name = request.POST.get("setting", "")
    if not name:
        configuration.restore_defaults()
        return done(request, _("Every setting has its default again."), "console-settings")
    _change({name: None})
    return done(request, _("%(name)s has its default again.") % {"name": name}, "console-settings")


def _change(values: dict[str, Any]) -> None:
    defaults = {setting.name: setting.default for setting in SETTINGS.values()}
    try:
        configuration.change({name: None if value == defaults.get(name) else value for name, value in values.items()})
    except ValueError as error:
        raise Impossible(str(error)) from None


def _read(setting: Setting, request: HttpRequest) -> Any:
    """The value typed, of the kind's own type where it can be; else the text, which the kind then refuses."""
    text = request.POST.get(setting.name, "").strip()
    if setting.kind.name == "flag":
        return bool(text)
    if setting.kind.name == "choice":
        return next((option for option in setting.kind.options if str(option) == text), text)
    if setting.kind.name == "table":
        return json_of(text or "{}")
    if WHOLE.fullmatch(text):
        return int(text)
    return float(text.replace(",", ".")) if NUMBER.fullmatch(text) else text


def _row(setting: Setting, value: Any, request: HttpRequest) -> dict[str, Any]:
    typed = request.POST.get(setting.name) if setting.name in request.POST.getlist("shown") else None
    return {
        "setting": setting,
        "value": value,
        "is_changed": value != setting.default,
        "text": _text(value) if typed is None else typed,
        "default": _text(setting.default),
        "options": [str(option) for option in setting.kind.options],
    }


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dict):
        return json.dumps(value)
    # In plain digits, as the form takes them back.
    return f"{Decimal(str(value)).normalize():f}" if isinstance(value, float) else str(value)


the_settings = console(show, save=save, restore=restore)
