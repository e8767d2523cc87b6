"""When Python looks for garbage that keeps itself alive."""

import gc

# New objects between two looks; a batch makes hundreds of thousands that die by themselves.
NEW_OBJECTS = 50_000


def collect_rarely() -> None:
    """For processes that work in batches: what was loaded at their start is never looked at again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, 10, 10)


def collect() -> None:
    """Before rows of megabytes are read: those of earlier ones that know each other make room."""
    gc.collect()


def collect_batch() -> None:
    """After a batch of rows that know each other: a few of megabytes each would stay until the next look."""
    gc.collect(1)
