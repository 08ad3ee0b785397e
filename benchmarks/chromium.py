"""A headless Chromium, controlled through its DevTools protocol."""

import asyncio
import base64
import json
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import aiohttp

from vcore.errors import InputError

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
"""Timeout in seconds for the browser to listen, and for each step."""
PHONE = 700
"""Width in CSS pixels below which a window is that of a phone."""


Step = str | Sequence[Sequence[tuple[float, float]]]
"""JavaScript, "key NAME", or a gesture: the places of the fingers in CSS pixels, in turn."""


def browser() -> str:
    """Return the path of the browser.

    Raises
    ------
    InputError
        Neither chromium nor google-chrome is installed.
    """
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        raise InputError("Expected Chromium (apt-get install chromium). It is not installed.")
    return found


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
    with _page() as port:
        return asyncio.run(_visit(port, url, until, seconds, enough))


def walk(
    url: str,
    steps: Sequence[Step],
    size: tuple[int, int] = (1280, 800),
    *,
    dark: bool = True,
    density: float = 1,
) -> tuple[list[Any], bytes, list[str]]:
    """Open ``url`` in a window of a size in CSS pixels; evaluate JavaScript step by step.

    Each step is repeated until its value (or what its promise becomes) is true, for at most
    ``TIMEOUT`` seconds. A step "key Tab" presses a key, and a list of places moves fingers.
    Windows below ``PHONE`` pixels are those of a phone with a touch screen. ``density`` is the
    number of pixels of the picture per CSS pixel.

    Returns
    -------
    values
        Value of each step.
    picture
        Screenshot as PNG.
    told
        Uncaught errors, and errors in the console, as of the content security policy.
    """
    with _page() as port:
        return asyncio.run(_walk(port, url, steps, size, dark=dark, density=density))


@contextmanager
def _page() -> Iterator[int]:
    """Start the browser; yield the port of its protocol."""
    program = browser()
    # errors are ignored: the browser may still write while terminating
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            [program, *FLAGS, f"--user-data-dir={profile}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield _port(Path(profile) / "DevToolsActivePort")
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


class _Talk:
    """Calls of the protocol, and what the page told meanwhile."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket, self.count, self.told = socket, 0, list[str]()

    async def call(self, method: str, **parameters: Any) -> Any:
        self.count += 1
        await self.socket.send_json({"id": self.count, "method": method, "params": parameters})
        while True:
            message = await self.socket.receive_json(timeout=60)
            if message.get("method") == "Runtime.exceptionThrown":
                self.told.append(str(message["params"]["exceptionDetails"]))
            entry = message.get("params", {}).get("entry", {})
            if message.get("method") == "Log.entryAdded" and entry["level"] == "error":
                self.told.append(entry["text"])
            if message.get("id") == self.count:
                return message.get("result", message)

    async def evaluate(self, expression: str) -> Any:
        found = await self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        return None if "exceptionDetails" in found else found.get("result", {}).get("value")

    async def picture(self) -> bytes:
        picture = await self.call("Page.captureScreenshot", format="png")
        return base64.b64decode(picture["data"])


@asynccontextmanager
async def _talk(port: int) -> AsyncIterator[_Talk]:
    async with aiohttp.ClientSession() as session:
        async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
            pages = json.loads(await answer.text())
        address = next(p["webSocketDebuggerUrl"] for p in pages if p["type"] == "page")
        async with session.ws_connect(address, max_msg_size=0) as socket:
            yield _Talk(socket)


async def _visit(
    port: int, url: str, until: str, seconds: float, enough: threading.Event | None
) -> tuple[Any, bytes]:
    async with _talk(port) as talk:
        await talk.call("Page.navigate", url=url)
        value: Any = None
        deadline = time.monotonic() + seconds
        while not value and time.monotonic() < deadline:
            if enough is not None and enough.is_set():
                break
            await asyncio.sleep(0.5)
            value = await talk.evaluate(until)
        return value, await talk.picture()


async def _walk(
    port: int,
    url: str,
    steps: Sequence[Step],
    size: tuple[int, int],
    *,
    dark: bool,
    density: float,
) -> tuple[list[Any], bytes, list[str]]:
    async with _talk(port) as talk:
        await talk.call("Runtime.enable")
        await talk.call("Log.enable")
        width, height = size
        await talk.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=density,
            mobile=width < PHONE,
        )
        await talk.call("Emulation.setTouchEmulationEnabled", enabled=width < PHONE)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        await talk.call("Emulation.setEmulatedMedia", features=[scheme])
        await talk.call("Page.navigate", url=url)
        values = []
        for step in steps:
            if not isinstance(step, str):
                await _touch(talk, step)
                values.append(True)
                continue
            if step.startswith("key "):
                await _press(talk, step.removeprefix("key "))
                values.append(True)
                continue
            value: Any = None
            deadline = time.monotonic() + TIMEOUT
            while not value and time.monotonic() < deadline:
                value = await talk.evaluate(step)
                if not value:
                    await asyncio.sleep(0.1)
            values.append(value)
        return values, await talk.picture(), talk.told


KEYS = {"Tab": 9, "PageUp": 33, "Space": 32, "ArrowUp": 38, "ArrowRight": 39, "Enter": 13}


async def _press(talk: _Talk, key: str) -> None:
    for kind in ("rawKeyDown", "keyUp"):
        await talk.call(
            "Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=KEYS[key]
        )


async def _touch(talk: _Talk, gesture: Sequence[Sequence[tuple[float, float]]]) -> None:
    """Put fingers down, move them, and lift them."""
    for number, places in enumerate(gesture):
        points = [{"x": x, "y": y, "id": k} for k, (x, y) in enumerate(places)]
        kind = "touchMove" if number else "touchStart"
        await talk.call("Input.dispatchTouchEvent", type=kind, touchPoints=points)
        await asyncio.sleep(0.02)
    await talk.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
