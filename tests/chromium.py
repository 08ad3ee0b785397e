"""A headless Chromium for tests: without one, they are skipped, or fail if it is required."""

import os
import threading
from collections.abc import Sequence
from typing import Any

import pytest

from benchmarks import chromium
from vcore.errors import InputError


def browser() -> str:
    """Return the path of the browser; without one, skip, or fail if viewers are required."""
    try:
        return chromium.browser()
    except InputError as error:
        absent(str(error))
        raise


def absent(what: str) -> None:
    """Skip the test, or fail if viewers are required."""
    if os.environ.get("VCORE_REQUIRE_VIEWERS"):
        pytest.fail(what)
    pytest.skip(what)


def visit(
    url: str, until: str, seconds: float, enough: threading.Event | None = None
) -> tuple[Any, bytes]:
    """See ``benchmarks.chromium.visit``."""
    browser()
    return chromium.visit(url, until, seconds, enough)


def walk(
    url: str,
    steps: Sequence[chromium.Step],
    size: tuple[int, int] = (1280, 800),
    *,
    dark: bool = True,
) -> tuple[list[Any], bytes, list[str]]:
    """See ``benchmarks.chromium.walk``."""
    browser()
    return chromium.walk(url, steps, size, dark=dark)
