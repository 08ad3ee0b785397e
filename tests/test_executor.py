"""Work on the process's threads, also from within them."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from vcore.runtime import executor
from vcore.runtime.executor import run_all
from vcore.runtime.served import submit

TIMEOUT = 30.0
"""Timeout in seconds for a thread."""


@pytest.fixture(params=["outside", "inside"])
def call(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return ``run_all`` with two threads, called from outside or from work being waited for."""
    monkeypatch.setenv("VCORE_THREADS", "2")
    executor._executor_of.cache_clear()  # a pool of that size
    yield run_all if request.param == "outside" else _inside
    executor.executor().shutdown()
    executor._executor_of.cache_clear()


def _inside(function: Callable[[Any], Any], items: Any) -> Any:
    return submit(run_all, function, items).result(TIMEOUT)


def test_results_are_in_order(call: Callable) -> None:
    assert call(lambda n: n * n, range(100)) == [n * n for n in range(100)]
    assert call(str, []) == []


def test_two_threads_are_at_it(call: Callable) -> None:
    both = threading.Barrier(2)
    call(lambda _: both.wait(TIMEOUT), range(2))


def test_a_busy_pool_is_not_waited_for(call: Callable) -> None:
    """All threads are in nested calls: each computes its own work."""
    both = threading.Barrier(2)

    def outer(number: int) -> list[int]:
        both.wait(TIMEOUT)
        return run_all(lambda n: number * n, range(50))

    assert call(outer, (3, 5)) == [[k * n for n in range(50)] for k in (3, 5)]


def test_after_an_error_nothing_is_begun(call: Callable) -> None:
    begun = []

    def fail(number: int) -> None:
        begun.append(number)
        raise ValueError(f"number {number}")

    with pytest.raises(ValueError, match="number"):
        call(fail, range(1000))
    assert len(begun) <= 2
