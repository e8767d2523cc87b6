"""The admin's form of a stock sync group: its label, and the marketplaces that share stock under it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from platforms import pool_moves, pools
from platforms.forms import StockSyncGroupForm
from platforms.models import Channel
from platforms.pool_moves import Move
from platforms.theme import CheckboxSelectMultiple


class ChannelsField(forms.ModelMultipleChoiceField):
    """Marketplaces, each with what tells whether it fits."""

    def label_from_instance(self, channel: Channel) -> str:
        facts = [channel.code, channel.currency, ", ".join(channel.countries), pools.configured_label(channel)]
        return f"{channel.display_name} ({' · '.join(filter(None, facts))})"


class GroupForm(StockSyncGroupForm):
    """`moves` is what saving changes for channels, once the form is valid; those a user may not see stay."""

    channels = ChannelsField(
        Channel.objects.none(),
        label=_("Marketplaces"),
        required=False,
        widget=CheckboxSelectMultiple,
        help_text=_(
            "Choose those that sell from one warehouse: JTL-Wawi then tells the stock of a SKU to one of them, and it "
            "holds for all. Not those whose stock is independent: two updates would overwrite each other. One that is "
            "in another group leaves that."
        ),
    )
    # The marketplaces that the user may move; the admin fills it in.
    choices = Channel.objects.none()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.moves: list[Move] = []
        if "channels" in self.fields:
            offered = self.choices.filter(platform=self.instance.platform_id).select_related(*pools.RELATED)
            self.offered = list(offered)
            self.fields["channels"].queryset = offered  # type: ignore[attr-defined]
            self.initial["channels"] = [row.pk for row in self.offered if row.stock_sync_group_id == self.instance.pk]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        label = cleaned.get("label", self.instance.label)
        if "channels" in cleaned and label and "platform" not in self.changed_data:
            self.moves = pool_moves.planned(self.instance, label, self.offered, cleaned["channels"])
            moving = [move for move in self.moves if not move.is_renaming]
            for problem in pool_moves.check(self.instance, moving):
                self.add_error("channels", problem)
        return cleaned
