"""`vcore serve` in a subprocess, and stored hierarchies to serve."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROXIES = ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")


@contextmanager
def serving_files(path: Path, *options: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Yield the address of a server of ``path``, and its process; stop it as Ctrl-C does."""
    environment = {k: v for k, v in os.environ.items() if k not in PROXIES}
    process = subprocess.Popen(
        [sys.executable, "-m", "vcore", "serve", str(path), "--port", "0", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment | {"PYTHONUNBUFFERED": "1"},
    )
    try:
        assert process.stdout is not None
        first = process.stdout.readline()
        if not first.startswith("Serving "):
            process.kill()
            raise AssertionError(first + process.communicate()[1])
        yield first.split(" at ")[1].split()[0], process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.communicate(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
