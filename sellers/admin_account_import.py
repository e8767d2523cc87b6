"""The admin's page for accounts from a CSV file: chosen, looked at, made, and the new codes shown once."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from platforms import staff
from platforms.back_office import ModelAdmin
from platforms.models import Channel
from sellers import account_csv, account_import, sealing
from sellers.account_import import Made
from sellers.admin_account_forms import ImportForm

# Each code is hashed while a browser waits for the page; `import_accounts` takes more.
MOST_ROWS = 500
PROBLEMS_SHOWN = 100


def view(model_admin: ModelAdmin, request: HttpRequest) -> HttpResponse:
    """GET: the form. POST: what the file would do; what was looked at is made; new codes are downloaded."""
    if sealed := request.POST.get("codes"):
        return _download(model_admin, request, sealed)
    if sealed := request.POST.get("sealed"):
        return _make(model_admin, request, sealed)
    form = ImportForm(request.POST or None, request.FILES or None, channels=_channels(request))
    if not form.is_valid():
        return _page(model_admin, request, form=form)
    channel, text, invite = form.cleaned_data["channel"], form.cleaned_data["file"], _invites(form)
    rows, problems = account_csv.read(text, at_most=MOST_ROWS)
    problems = problems or account_import.check(channel, rows, invite=invite)
    if problems:
        return _page(model_admin, request, form=form, problems=problems)
    sealed = sealing.seal({"channel": channel.pk, "invite": invite, "text": text})
    return _page(model_admin, request, rows=rows, sealed=sealed, channel=channel, invite=invite)


def codes_page(
    model_admin: ModelAdmin, request: HttpRequest, made: Sequence[Made], refusals: Sequence[str] = ()
) -> HttpResponse:
    """The one page that shows the codes, also as a file to keep."""
    table = [[each.login, each.company, each.access_code] for each in made if each.access_code]
    context = {
        **_context(model_admin, request),
        "title": _("New access codes"),
        "table": table,
        "refusals": refusals,
        "sealed": sealing.seal(table),
    }
    return TemplateResponse(request, "admin/access_codes.html", context)


def _make(model_admin: ModelAdmin, request: HttpRequest, sealed: str) -> HttpResponse:
    seen = sealing.unseal(sealed)
    channel = _channels(request).filter(pk=seen["channel"]).first() if isinstance(seen, dict) else None
    if seen is None or channel is None:
        messages.warning(request, _("Too much time has passed since you looked at the file. Choose it again."))
        return _page(model_admin, request, form=ImportForm(channels=_channels(request)))
    rows, _problems = account_csv.read(seen["text"], at_most=MOST_ROWS)
    try:
        made = account_import.carry_out(channel, rows, invite=seen["invite"])
    except account_import.Refused as refused:
        form = ImportForm(channels=_channels(request))
        return _page(model_admin, request, form=form, problems=refused.problems)
    text = ngettext("%(number)s account was made.", "%(number)s accounts were made.", len(made))
    messages.success(request, text % {"number": len(made)})
    if any(each.access_code for each in made):
        return codes_page(model_admin, request, made)
    return HttpResponseRedirect(reverse("admin:sellers_account_changelist"))


def _download(model_admin: ModelAdmin, request: HttpRequest, sealed: str) -> HttpResponse:
    table = sealing.unseal(sealed)
    if not isinstance(table, list):
        messages.warning(request, _("The codes were shown for an hour and are gone. Make new ones where needed."))
        return HttpResponseRedirect(reverse("admin:sellers_account_changelist"))
    # With the mark by which spreadsheets know the encoding.
    content = "\ufeff" + account_csv.write([["login", "company", "access_code"], *table])
    headers = {"Content-Disposition": 'attachment; filename="access-codes.csv"'}
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)


def _page(model_admin: ModelAdmin, request: HttpRequest, **more: Any) -> HttpResponse:
    problems = more.pop("problems", [])
    context = {
        **_context(model_admin, request),
        "title": _("Import accounts from CSV"),
        "problems": problems[:PROBLEMS_SHOWN],
        "more_problems": max(0, len(problems) - PROBLEMS_SHOWN),
        **more,
    }
    return TemplateResponse(request, "admin/account_import.html", context)


def _context(model_admin: ModelAdmin, request: HttpRequest) -> dict[str, Any]:
    return {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "changelist_url": reverse("admin:sellers_account_changelist"),
        "import_url": reverse("admin:sellers_account_import_csv"),
    }


def _channels(request: HttpRequest) -> QuerySet[Channel]:
    homes = Channel.objects.exclude(kind=Channel.Kind.MARKETPLACE)
    return staff.limit(homes, ("pk",), staff.channels_of(request))


def _invites(form: ImportForm) -> bool:
    return form.cleaned_data["empty"] == "invite"
