"""Finds secrets in what was written."""

from collections.abc import Mapping


def found(secrets: Mapping[str, str], written: Mapping[str, bytes]) -> list[str]:
    """ "secret in place" for every secret that stands somewhere in clear; the places are searched as bytes."""
    return [
        f"{secret} in {place}"
        for place, content in written.items()
        for secret, value in secrets.items()
        if value and value.encode() in content
    ]
