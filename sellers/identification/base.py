"""What a connector's identification takes and gives: plain data, never models."""

from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from django import forms


@dataclass(frozen=True)
class SignUpChannel:
    """The platform or standalone channel a merchant signs up on.

    `marketplaces`: codes of the platform's active marketplaces, none for a standalone channel; `switched_off`: those
    of its others.
    """

    code: str
    display_name: str
    marketplaces: tuple[str, ...] = ()
    switched_off: tuple[str, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Identity:
    """Who signs up. `marketplaces`: codes of those he may sell on, among the channel's active ones.

    `is_vouched`: the marketplace's own system keeps the account and has checked it just now, so the portal makes or
    corrects its own row of it. Else the row is there already, or is not needed (`account_login` None).
    """

    account_login: str | None
    company_name: str
    marketplaces: tuple[str, ...] = ()
    credentials: dict[str, Any] = field(default_factory=dict, repr=False)
    is_vouched: bool = False


@dataclass(frozen=True)
class FieldErrors:
    """Why nobody was identified: messages by field name, "" for the form as a whole.

    `retry_after`: seconds until another try is worth it, where it is not worth it now. `is_unavailable`: who knows the
    answer could not be asked; else it was asked too often.
    """

    messages: dict[str, str]
    retry_after: int | None = None
    is_unavailable: bool = False


@dataclass(frozen=True)
class SignInRequest:
    """Where the marketplace's own login awaits the browser, and what its answer is checked with.

    `state` comes back in the address and finds the session again; `secret` stays here, encrypted, until it does.
    """

    url: str
    state: str
    secret: dict[str, Any] = field(default_factory=dict, repr=False)


class Identification(Protocol):
    """Identification by a form on our page.

    `is_proof`: whether the form proves who it is; else the update page has no access data to change.
    """

    is_proof: bool

    def form_class(self, channel: SignUpChannel) -> type[forms.Form]:
        """The fields a merchant fills in."""
        ...

    def identify(self, channel: SignUpChannel, answers: dict[str, Any], *, address: str) -> Identity | FieldErrors:
        """Check the form's cleaned data; `address` is the network address they came from."""
        ...


@runtime_checkable
class SignIn(Protocol):
    """Identification at the marketplace's own login, to which the browser is sent and from which it comes back."""

    def button(self, channel: SignUpChannel) -> str:
        """What the link to it says."""
        ...

    def begin(self, channel: SignUpChannel, *, redirect_uri: str) -> SignInRequest:
        """Raises SignInFailed where the login cannot be reached or is not configured."""
        ...

    def finish(
        self, channel: SignUpChannel, *, redirect_uri: str, answer: dict[str, str], secret: dict[str, Any]
    ) -> Identity:
        """Who signed in. `answer`: the query that came back. Raises SignInFailed with the reason in plain words."""
        ...


class SignInFailed(Exception):
    """Nobody was identified. Its text is for the merchant: what happened and what to do; who raises it logs the reason.

    `is_theirs`: the marketplace's login, or our configuration of it, is at fault; trying again at once is no use.
    """

    def __init__(self, message: str, *, is_theirs: bool = False) -> None:
        super().__init__(message)
        self.is_theirs = is_theirs
