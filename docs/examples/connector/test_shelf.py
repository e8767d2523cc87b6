"""The connector is put to the portal's test kit, and to what only it promises."""

from pathlib import Path

import pytest
from shelf import ShelfHandover

from listings.handover import kit
from listings.handover.base import NotAvailable


@pytest.mark.parametrize("check", kit.CHECKS, ids=lambda check: check.__name__)
def test_what_the_portal_relies_on(check: kit.Check, tmp_path: Path) -> None:
    check(ShelfHandover(), {"shelf": {"folder": str(tmp_path)}})


def test_a_listing_is_a_file_until_it_is_taken_down(tmp_path: Path) -> None:
    settings = {"shelf": {"folder": str(tmp_path)}}
    connector, offer = ShelfHandover(), kit.offer()

    connector.hand_over(settings, [offer])
    assert [file.suffix for file in tmp_path.iterdir()] == [".json"]
    connector.withdraw(settings, [kit.reference(offer)])

    assert list(tmp_path.iterdir()) == []


def test_without_its_folder_everything_waits(tmp_path: Path) -> None:
    with pytest.raises(NotAvailable):
        ShelfHandover().hand_over({"shelf": {"folder": str(tmp_path / "gone")}}, [kit.offer()])
