"""The server under load: 200 concurrent requests, against the same chunks as plain files."""

import asyncio
import os
import random
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import vcore
from benchmarks.kristan import show
from benchmarks.report import Results
from benchmarks.scale_remote import RATES, compressed
from vcore.serve.catalogue import SIDE
from vcore.zarr.keys import DecodedKeys

CONCURRENT = 200
"""Number of concurrent requests."""
SECONDS = {False: 30.0, True: 5.0}
"""Duration of the load in seconds, by whether the run is quick."""
FILES = """
import sys
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from vcore.serve.run import address, listen, run
sock = listen("127.0.0.1", 0)
print("Serving files at", address(sock), flush=True)
run(Starlette(routes=[Mount("/", StaticFiles(directory=sys.argv[1]))]), sock)
"""
"""Baseline server on the same stack that serves static files."""


def serve(results: Results, quick: bool, output: Path) -> None:
    """Measure chunks per second, latency, errors and memory."""
    if "serve" not in results:
        path = compressed(RATES[0], quick, output)
        folder = output / f"{path.stem}-chunks"
        keys = _chunk_files(path, folder)
        name = f"/0.5/{path.stem}.ome.zarr/"
        command = [sys.executable, "-m", "vcore", "serve", str(path), "--port", "0", "--cache"]
        seconds = SECONDS[quick]
        with running([*command, "0"]) as (url, process):
            decoding = asyncio.run(_load(url + name, keys, seconds, process))
        with running([*command, "2048"]) as (url, process):
            asyncio.run(_load(url + name, keys, None, process))
            kept = asyncio.run(_load(url + name, keys, seconds, process))
        with running([sys.executable, "-c", FILES, str(folder)]) as (url, process):
            files = asyncio.run(_load(url + "/", keys, seconds, process))
        results.add("serve", {"decoding": decoding, "kept": kept, "files": files})
    rows = results["serve"]
    show(
        f"{CONCURRENT} requests at a time on loopback for {SECONDS[quick]:.0f} s, "
        f"{SIDE}^3 uint8 chunks; the client runs on the same machine",
        ["", "chunks", "errors", "chunks/s", "p50 ms", "p99 ms", "memory MB at a quarter",
         "at the end"],
        [
            [title, r["count"], r["errors"], r["rate"], r["p50"], r["p99"], r["early"], r["late"]]
            for title, r in (
                ("every chunk decoded", rows["decoding"]),
                ("chunks cached", rows["kept"]),
                ("plain files, same server", rows["files"]),
            )
        ],
    )  # fmt: skip


def _chunk_files(path: Path, folder: Path) -> list[str]:
    """Write the chunks of level 0 as files; return their keys."""
    hierarchy = DecodedKeys.of(vcore.open(path), SIDE)
    keys = [k for k in hierarchy.all_keys() if k.startswith("0/c/")]
    for key in keys:
        file = folder / key
        if not file.exists():
            chunk = hierarchy.chunk(key)
            assert chunk is not None
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(chunk.encoded())
    return keys


@contextmanager
def running(command: list[str]) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run a server; yield the address that it prints, and its process."""
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONUNBUFFERED": "1"}
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().split(" at ")[1].split()[0], process
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)


async def _load(
    url: str, keys: list[str], seconds: float | None, process: subprocess.Popen[str]
) -> dict[str, Any]:
    """Request chunks in random order, for a duration or once each; return statistics."""
    import aiohttp

    times: list[float] = []
    errors = 0
    chosen = random.Random(0)
    stop = time.perf_counter() + (seconds or 0)
    pending = [] if seconds else list(keys)
    memory: list[float] = []

    async def ask(session: aiohttp.ClientSession) -> None:
        nonlocal errors
        while pending or (seconds and time.perf_counter() < stop):
            key = pending.pop() if pending else chosen.choice(keys)
            began = time.perf_counter()
            try:
                async with session.get(url + key) as answer:
                    data = await answer.read()
                    errors += answer.status != 200 or not data
            except aiohttp.ClientError:
                errors += 1
            times.append(time.perf_counter() - began)

    async def watch() -> None:
        while True:
            memory.append(_resident(process.pid))
            await asyncio.sleep(0.1)

    # no timeout: slow responses count as latency, not as errors
    patience = aiohttp.ClientTimeout(total=None)
    connector = aiohttp.TCPConnector(limit=CONCURRENT)
    began = time.perf_counter()
    async with aiohttp.ClientSession(connector=connector, timeout=patience) as session:
        watching = asyncio.create_task(watch())
        await asyncio.gather(*(ask(session) for _ in range(CONCURRENT)))
        watching.cancel()
    took = time.perf_counter() - began
    times.sort()
    return {
        "count": len(times),
        "errors": errors,
        "rate": len(times) / took,
        "p50": 1000 * statistics.median(times),
        "p99": 1000 * times[int(0.99 * (len(times) - 1))],
        "early": memory[len(memory) // 4],
        "late": memory[-1],
    }


def _resident(pid: int) -> float:
    """Return the resident memory of a process in MB (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1000
