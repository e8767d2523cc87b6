"""Names in the order people expect, whatever the database."""

import pytest

from platforms.models import Channel
from platforms.names import by_name


def named(*names: str) -> list[Channel]:
    return [Channel(code=f"c{number}", display_name=name) for number, name in enumerate(names)]


@pytest.mark.parametrize(
    "names",
    [
        ("amazon", "Bonanza", "etsy", "Zalando"),
        ("Mall Österreich", "Mall Polen"),
        ("Mall Italia", "Mall Österreich", "Mall Slovenija", "Mall Švedska"),
        ("Straße", "Strasse 1", "Strassen"),
        ("Shop 2", "Shop 10", "Shop 10a"),
        ("", "…", "A"),
    ],
)
def test_case_and_accents_do_not_count_and_numbers_go_by_their_size(names):
    for given in (names, reversed(names), sorted(names)):
        assert [channel.display_name for channel in by_name(named(*given))] == list(names)


def test_channels_of_one_name_go_by_code():
    assert [channel.code for channel in by_name(reversed(named("Mall", "mall")))] == ["c0", "c1"]
