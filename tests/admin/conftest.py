"""Browsers of staff: one that may do everything, and a way to sign in as somebody else."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.admin import rows


@pytest.fixture
def browser(db: None) -> Client:
    """Signed in as a superuser who sees every channel."""
    return sign_in(rows.user(is_staff=True, is_superuser=True))


@pytest.fixture
def browser_of() -> Callable[[User], Client]:
    return sign_in


def sign_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client
