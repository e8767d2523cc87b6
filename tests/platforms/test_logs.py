"""Log lines: no secret leaves in them, and none of them breaks what logs it."""

import json
import logging
import sys
import traceback
from urllib.parse import quote

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import RequestFactory

from platforms import hiding, logs, tasks
from platforms.models import Channel
from tests.factories import ChannelFactory


@pytest.fixture
def record():
    request = RequestFactory().get("/sign-up/shop/?session=one-time-secret&expiresAt=1")
    return logging.makeLogRecord({"name": "django.request", "msg": "Not Found: /sign-up/shop/", "request": request})


def test_a_json_line_does_not_quote_the_request_with_its_query(record):
    line = logs.JsonFormatter("%(message)s").format(record)
    assert json.loads(line) == {"message": "Not Found: /sign-up/shop/"}


def test_a_json_line_masks_what_came_along_as_extra():
    record = logging.makeLogRecord({"msg": "asked", "form": "refreshToken=very-secret"})
    line = logs.JsonFormatter("%(message)s").format(record)
    assert json.loads(line) == {"message": "asked", "form": "refreshToken=***"}


def test_a_line_whose_arguments_do_not_fit_does_not_raise_into_what_logs_it():
    record = logging.LogRecord("lib", logging.INFO, __file__, 1, "took %d ms", ("long",), None)
    assert logs.MaskingFilter().filter(record)
    assert record.getMessage() == "took %d ms ('long',)"


TOKEN = "CHANNEL:a refresh+token/ä"


@pytest.fixture
def known():
    hiding.remember(TOKEN)


@pytest.mark.parametrize("spelling", [TOKEN, quote(TOKEN, safe=""), json.dumps(TOKEN), repr(TOKEN)])
def test_a_secret_this_process_knows_is_hidden_however_it_is_spelled(known, spelling):
    assert logs.mask(f"it said {spelling}!").replace('"', "").replace("'", "") == "it said ***!"


def test_what_lies_encrypted_in_the_database_is_known_from_its_first_use(db):
    ChannelFactory(refresh_token="CHANNEL:kept-encrypted", connector_settings={"key": "of the marketplace"})
    hiding.forget()
    Channel.objects.get()
    assert logs.mask("CHANNEL:kept-encrypted, of the marketplace") == "***, ***"


def test_secrets_of_the_installation_are_always_known(settings):
    hiding.forget()
    assert settings.SECRET_KEY not in logs.mask(f"bad signature with {settings.SECRET_KEY}")


def test_no_more_is_remembered_than_is_searched_for_quickly():
    for number in range(2 * hiding.MOST):
        hiding.remember(f"secret-{number:08}")
    hiding.remember("x" * (hiding.LONGEST + 1))
    assert logs.mask("secret-00000000") == "secret-00000000"
    assert logs.mask(f"secret-{2 * hiding.MOST - 1:08}") == "***"


@pytest.mark.parametrize("formatter", [logs.TextFormatter("%(message)s"), logs.JsonFormatter("%(message)s")])
def test_a_traceback_quotes_no_secret(known, formatter):
    try:
        raise ValueError(TOKEN)
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, __file__, 1, "failed", (), sys.exc_info())
    logs.MaskingFilter().filter(record)
    line = formatter.format(record)
    assert "ValueError: ***" in line
    assert "refresh+token" not in line


def test_the_row_that_postgresql_quotes_is_not_told(db):
    if connection.vendor != "postgresql":
        pytest.skip("Only PostgreSQL quotes the row.")
    ChannelFactory(code="SHOP1", display_name="one line\nand (another)")
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        Channel.objects.update(kind="nonsense")
    assert "another" in str(caught.value)
    told = logs.described(caught.value)
    assert "another" not in told
    assert "platforms_channel_kind" in told


def test_a_password_in_an_address_is_not_told():
    assert (
        logs.mask("cannot reach postgres://portal:s3cr3t@db:5432/x") == "cannot reach postgres://portal:***@db:5432/x"
    )


def test_what_nobody_catches_is_told_without_secrets(known, capsys):
    try:
        raise ValueError(TOKEN)
    except ValueError as error:
        sys.excepthook(type(error), error, error.__traceback__)
    assert capsys.readouterr().err.endswith("ValueError: ***\n")


def test_a_task_that_fails_tells_the_queue_no_secret(known, monkeypatch):
    def fail(**kwargs):
        raise ValueError(TOKEN)

    monkeypatch.setattr(tasks.Channel.objects, "callable", fail)
    with pytest.raises(tasks.TaskFailed) as caught:
        tasks.sweep("events")
    assert "".join(traceback.format_exception(caught.value)).count("***") == 1
    assert "refresh+token" not in "".join(traceback.format_exception(caught.value))
