"""Results computed once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from vcore.runtime.single_flight import once_cache


def test_many_threads_compute_once() -> None:
    calls: list[int] = []
    begun, go = threading.Event(), threading.Event()

    @once_cache(4)
    def square(n: int) -> int:
        calls.append(n)
        begun.set()
        assert go.wait(20)
        return n * n

    assert not square.is_under_way(3)
    with ThreadPoolExecutor(3) as pool:
        found = [pool.submit(square, 3)]
        assert begun.wait(20)
        assert square.is_under_way(3)
        assert not square.is_under_way(4)
        found += [pool.submit(square, 3) for _ in range(2)]
        go.set()
        assert [f.result(20) for f in found] == [9] * 3
    assert calls == [3]
    assert square.kept(3) == 9
    assert square.kept(4) is None
    assert not square.is_under_way(3)


def test_failures_are_not_kept() -> None:
    answers = iter([ValueError("once"), 7])

    @once_cache(4)
    def answer() -> int:
        value = next(answers)
        if isinstance(value, Exception):
            raise value
        return value

    with pytest.raises(ValueError, match="once"):
        answer()
    assert not answer.is_under_way()
    assert answer() == 7


def test_the_oldest_results_go_first() -> None:
    calls: list[int] = []

    @once_cache(10, weigh=len)
    def text(n: int) -> str:
        calls.append(n)
        return "x" * n

    for n in (4, 5, 4, 3, 4, 5):
        assert text(n) == "x" * n
    assert calls == [4, 5, 3, 5]  # 5 was evicted when 3 was added, as 4 was used after it
