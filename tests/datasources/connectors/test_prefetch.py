"""Working ahead: order, errors and threads."""

import threading
from collections.abc import Iterator

import pytest

from datasources.connectors.prefetch import ahead

SOON = 5  # seconds


def counted(made: list[int], upto: int = 3) -> Iterator[int]:
    """Numbers from 1, noted when they are made."""
    for number in range(1, upto + 1):
        made.append(number)
        yield number


def test_items_come_out_in_order_and_once() -> None:
    assert list(ahead(counted([]))) == [1, 2, 3]


def test_the_next_item_is_made_while_the_caller_has_this_one() -> None:
    reached = threading.Event()

    def items() -> Iterator[int]:
        yield 1
        reached.set()
        yield 2

    coming = ahead(items())

    assert next(coming) == 1
    assert reached.wait(SOON)
    assert list(coming) == [2]


def test_no_more_than_one_item_is_made_ahead() -> None:
    made: list[int] = []
    coming = ahead(counted(made))

    next(coming)
    coming.close()  # type: ignore[attr-defined]  # it is a generator

    assert made == [1, 2]


def test_an_error_comes_out_where_its_item_would_have() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("the second")

    coming = ahead(items())

    assert next(coming) == 1
    with pytest.raises(ValueError, match="the second"):
        next(coming)


def test_a_caller_who_stops_early_leaves_no_thread_behind() -> None:
    before = threading.active_count()
    coming = ahead(counted([]))
    next(coming)
    assert threading.active_count() == before + 1

    coming.close()  # type: ignore[attr-defined]  # it is a generator

    assert threading.active_count() == before
