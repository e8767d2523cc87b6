"""The admin of refresh tokens: tested when entered and on demand, shown by their state and age, never themselves."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from platforms import display, token_state, tokens
from platforms.back_office import ModelAdmin
from platforms.fields import is_unreadable
from platforms.models import Channel
from platforms.theme import action
from platforms.theme import display as column

FIELD = "new_refresh_token"
LEVELS = {"valid": messages.SUCCESS, "unknown": messages.WARNING, "other": messages.ERROR, "refused": messages.ERROR}


class TokenPages(ModelAdmin):
    """Part of the admin of channels."""

    def changeform_view(self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any) -> Any:
        # Before the form: Django handles it inside a transaction, and nobody is called from within one.
        request.token_verdict = self._verdict(request, object_id)  # type: ignore[attr-defined]
        return super().changeform_view(request, object_id, *args, **kwargs)

    def _verdict(self, request: HttpRequest, object_id: str | None) -> tokens.Verdict | None:
        token = request.POST.get(FIELD, "").strip()
        channel = self.get_object(request, object_id) if object_id else self._described(request)
        may = self.has_change_permission(request, channel) if object_id else self.has_add_permission(request)
        if not token or channel is None or not may or channel.is_platform:
            return None
        return tokens.check(channel, token)

    @staticmethod
    def _described(request: HttpRequest) -> Channel:
        return Channel(code=request.POST.get("code", "").strip(), kind=request.POST.get("kind", ""))

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        form.verdict = getattr(request, "token_verdict", None)
        return form

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if form.verdict:
            messages.add_message(request, LEVELS[form.verdict.state], form.verdict.text)

    @column(description=gettext_lazy("Token"))
    def token(self, channel: Channel) -> str:
        return token_state.shown(channel)

    @column(description=gettext_lazy("Token entered"))
    def token_entered(self, channel: Channel) -> str:
        return _aged(channel.refresh_token_entered_at)

    @column(description=gettext_lazy("Token last accepted by SCX"))
    def token_accepted(self, channel: Channel) -> str:
        return _aged(channel.token_succeeded_at)

    @action(description=gettext_lazy("Test the token"), permissions=["operate"])
    def test_token(self, request: HttpRequest, queryset: QuerySet[Channel]) -> None:
        for channel in queryset.select_related("platform"):
            if channel.is_platform:
                text = _("%(channel)s is a platform: it has no token, its marketplaces have theirs.")
                messages.warning(request, text % {"channel": channel.code})
            elif not channel.has_token or is_unreadable(channel.refresh_token):
                text = _("%(channel)s has no token that could be tested. Enter the one JTL gave for it.")
                messages.warning(request, text % {"channel": channel.code})
            else:
                verdict = tokens.test(channel)
                messages.add_message(request, LEVELS[verdict.state], verdict.text)


def _aged(value: Any) -> str:
    """A time, and how long ago that is."""
    if value is None:
        return display.EMPTY
    text = _("%(time)s (%(age)s ago)")
    return text % {"time": display.moment(value), "age": timesince(value, timezone.now(), depth=1)}
