"""Log lines: no secret leaves in them, and none of them breaks what logs it."""

import json
import logging

import pytest
from django.test import RequestFactory

from platforms import logs


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
