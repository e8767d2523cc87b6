"""What a connector's identification takes and gives: plain data, never models."""

from dataclasses import dataclass, field
from typing import Any, Protocol

from django import forms


@dataclass(frozen=True)
class SignUpChannel:
    """The platform or standalone channel a merchant signs up on.

    `marketplaces`: codes of the platform's active marketplaces, none for a standalone channel.
    """

    code: str
    display_name: str
    marketplaces: tuple[str, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Identity:
    """Who signs up. `marketplaces`: codes of those he may sell on, among the channel's active ones."""

    account_login: str | None
    company_name: str
    marketplaces: tuple[str, ...] = ()
    credentials: dict[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class FieldErrors:
    """Why nobody was identified: messages by field name, "" for the form as a whole.

    `retry_after`: seconds until another try is worth it, where it is not worth it now.
    """

    messages: dict[str, str]
    retry_after: int | None = None


class Identification(Protocol):
    def form_class(self, channel: SignUpChannel) -> type[forms.Form]:
        """The fields a merchant fills in."""
        ...

    def identify(self, channel: SignUpChannel, answers: dict[str, Any], *, address: str) -> Identity | FieldErrors:
        """Check the form's cleaned data; `address` is the network address they came from."""
        ...
