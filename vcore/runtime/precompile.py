"""Compilation ahead of time in a second process, on first use on a machine, to use a second core.

Results are shared through numba's cache on disk. If the second process cannot start or ends early,
the first one compiles the missing functions itself.
"""

import atexit
import json
import logging
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from threading import Event, Lock, Thread

log = logging.getLogger(__name__)
TIMEOUT = 60.0
"""Timeout in seconds for one precompiled function."""
CHILD = "VCORE_COMPILES_AHEAD"
"""Environment variable of the second process, which must not start a third."""
PROGRAM = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from vcore.runtime.precompile import call; call(*sys.argv[2:])"
)

_lock = Lock()
_process: "_Process | None" = None


def start(module: str, names: Sequence[str]) -> None:
    """Call the functions ``names`` of ``module`` in a second process, once per process."""
    global _process
    with _lock:
        if _process is None and _is_possible():
            with suppress(OSError):
                _process = _Process(module, names)


def wait(name: str) -> None:
    """Wait until the second process has called its function ``name``, if it has one."""
    process = _process
    if process is not None:
        process.wait(name)


def _is_possible() -> bool:
    # sys.executable of an embedded Python is the host program, which must not be started again
    plain = Path(sys.executable or "").name.lower().startswith("python")
    return plain and not getattr(sys, "frozen", False) and CHILD not in os.environ


class _Process:
    """Second process, and the functions that have returned in it."""

    def __init__(self, module: str, names: Sequence[str]) -> None:
        self._called, self._owner = {name: Event() for name in names}, os.getpid()
        # its stdin closes whenever this process ends, even if killed, which ends it too
        self._process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, json.dumps(sys.path), module, *names],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, CHILD: "1"},
        )
        atexit.register(self.end)
        Thread(target=self._follow, daemon=True, name="vcore-ahead").start()

    def wait(self, name: str) -> None:
        called = self._called.get(name)
        if called is None or self._owner != os.getpid():  # a fork lacks the following thread
            return
        if not called.wait(TIMEOUT):
            log.info("compiling in a second process took longer than %g s", TIMEOUT)
            self.end()

    def end(self) -> None:
        """Kill the process, unless called in a fork."""
        if self._owner == os.getpid():
            with suppress(OSError):
                self._process.kill()
            self._clear()

    def _follow(self) -> None:
        answers = self._process.stdout
        for called in self._called.values():
            if answers is not None and not answers.read(1):
                answers = None  # the process has ended
            called.set()
        self._clear()

    def _clear(self) -> None:
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()


def call(module: str, *names: str) -> None:
    """Run the second process: call the functions ``names``, and report each on stdout."""

    def end_with_the_first() -> None:
        sys.stdin.buffer.read()
        os._exit(0)

    Thread(target=end_with_the_first, daemon=True).start()
    functions = import_module(module)
    for name in names:
        getattr(functions, name)()
        os.write(1, b".")
