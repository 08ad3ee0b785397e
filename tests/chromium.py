"""A headless Chromium, controlled through its DevTools protocol."""

import asyncio
import base64
import json
import os
import shutil
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import aiohttp
import pytest

FLAGS = (
    "--headless=new",
    "--no-sandbox",  # root in a container
    "--no-proxy-server",
    "--no-first-run",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--window-size=900,700",
    "--use-angle=swiftshader",  # WebGL without a GPU
    "--enable-unsafe-swiftshader",
    "--remote-debugging-port=0",
)
TIMEOUT = 30.0
"""Timeout in seconds for the browser to listen."""


def browser() -> str:
    """Return the path of the browser; without one, skip, or fail if viewers are required."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        absent("Chromium is not installed (apt-get install chromium)")
    return found or ""


def absent(what: str) -> None:
    """Skip the test, or fail if viewers are required."""
    if os.environ.get("VCORE_REQUIRE_VIEWERS"):
        pytest.fail(what)
    pytest.skip(what)


def visit(
    url: str, until: str, seconds: float, enough: threading.Event | None = None
) -> tuple[Any, bytes]:
    """Open ``url``; wait until the JavaScript expression ``until`` is true or ``enough`` is set.

    Returns
    -------
    value
        Final value of ``until``, even after a timeout.
    picture
        Screenshot as PNG.
    """
    program = browser()
    # errors are ignored: the browser may still write while terminating
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            [program, *FLAGS, f"--user-data-dir={profile}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            port = _port(Path(profile) / "DevToolsActivePort")
            return asyncio.run(_visit(port, url, until, seconds, enough))
        finally:
            process.terminate()
            process.wait(20)


def _port(file: Path) -> int:
    deadline = time.monotonic() + TIMEOUT
    while time.monotonic() < deadline:
        if file.exists() and (lines := file.read_text().split()):
            return int(lines[0])
        time.sleep(0.05)
    raise TimeoutError("Chromium did not start to listen")


async def _visit(
    port: int, url: str, until: str, seconds: float, enough: threading.Event | None
) -> tuple[Any, bytes]:
    async with aiohttp.ClientSession() as session:
        async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
            pages = json.loads(await answer.text())
        address = next(p["webSocketDebuggerUrl"] for p in pages if p["type"] == "page")
        async with session.ws_connect(address, max_msg_size=0) as socket:
            count = 0

            async def call(method: str, **parameters: Any) -> Any:
                nonlocal count
                count += 1
                await socket.send_json({"id": count, "method": method, "params": parameters})
                while True:
                    message = await socket.receive_json(timeout=60)
                    if message.get("id") == count:
                        return message.get("result", message)

            await call("Page.navigate", url=url)
            value: Any = None
            deadline = time.monotonic() + seconds
            while not value and time.monotonic() < deadline:
                if enough is not None and enough.is_set():
                    break
                await asyncio.sleep(0.5)
                found = await call("Runtime.evaluate", expression=until, returnByValue=True)
                value = found.get("result", {}).get("value")
            picture = await call("Page.captureScreenshot", format="png")
            return value, base64.b64decode(picture["data"])
