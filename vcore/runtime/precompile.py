"""Code compiled ahead by a second process, the first time on a machine, so that two cores work.

What it compiles is found where compiled code is kept. Nothing depends on it: where it cannot start,
or ends early, the first process compiles what is missing.
"""

import atexit
import gc
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
LONGEST = 60.0
"""Seconds that one function of the second process is waited for."""
CHILD = "VCORE_COMPILES_AHEAD"
"""Set in the environment of the second process, which starts no third."""
PROGRAM = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from vcore.runtime.precompile import call; call(*sys.argv[2:])"
)

_lock = Lock()
_process: "_Process | None" = None


def start(module: str, names: Sequence[str]) -> None:
    """Call the functions ``names`` of ``module`` in a second process, unless there was one."""
    global _process
    with _lock:
        if _process is None and _is_possible():
            with suppress(OSError):
                _process = _Process(module, names)


def wait(name: str) -> None:
    """Wait until the second process has called its function ``name``, if it has one to call."""
    process = _process
    if process is not None:
        process.wait(name)


def _is_possible() -> bool:
    # where Python is part of another program, that would be started anew
    plain = Path(sys.executable or "").name.lower().startswith("python")
    return plain and not getattr(sys, "frozen", False) and CHILD not in os.environ


class _Process:
    """A process that calls functions, and which of them have returned."""

    def __init__(self, module: str, names: Sequence[str]) -> None:
        self._called, self._owner = {name: Event() for name in names}, os.getpid()
        # its input ends when this process does, however that comes about: then it ends, too
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
        if called is None or self._owner != os.getpid():  # a fork has no thread that follows it
            return
        if not called.wait(LONGEST):
            log.info("compiling in a second process took longer than %g s", LONGEST)
            self.end()

    def end(self) -> None:
        """End the process, if it is this one's and has not ended."""
        if self._owner == os.getpid():
            with suppress(OSError):
                self._process.kill()
            self._clear()

    def _follow(self) -> None:
        answers = self._process.stdout
        for called in self._called.values():
            if answers is not None and not answers.read(1):
                answers = None  # it has ended: nothing more to wait for
            called.set()
        self._clear()

    def _clear(self) -> None:
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()


def call(module: str, *names: str) -> None:
    """Be the second process."""

    def end_with_the_first() -> None:
        sys.stdin.buffer.read()
        os._exit(0)

    Thread(target=end_with_the_first, daemon=True).start()
    gc.disable()  # compiling is 7 % faster, and takes 40 MB more for the seconds that this lives
    functions = import_module(module)
    for name in names:
        getattr(functions, name)()
        os.write(1, b".")
