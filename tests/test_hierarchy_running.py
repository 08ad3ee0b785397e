"""Worker pools."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from vcore.hierarchy.pool import pool

WAITING = """
import time
from vcore.hierarchy.pool import pool

if __name__ == "__main__":
    with pool(2) as workers:
        list(workers.map(time.sleep, [0.1] * 4))
        print("ready", flush=True)
        time.sleep(60)
"""


def test_a_pool_stops_at_the_first_failure():
    with pool(1) as here, pytest.raises(ZeroDivisionError):
        list(here.map(lambda n: 1 // n, [1, 0, 1]))


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_workers_end_with_a_killed_parent(tmp_path):
    script = tmp_path / "run.py"
    script.write_text(WAITING)
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        os.kill(process.pid, signal.SIGKILL)
    assert len(children) >= 2
    deadline = time.monotonic() + 30
    while any(map(_runs, children)):
        assert time.monotonic() < deadline
        time.sleep(0.05)


INTERRUPTED = """
import os, sys, time
from vcore.hierarchy.pool import pool

def say(line):
    os.write(1, line)  # whole lines, also of several processes at once

def nap(seconds):
    try:
        if seconds > 1:
            say(b"begun\\n")
        time.sleep(seconds)
    finally:
        if seconds > 1:
            say(b"stopped\\n")

if __name__ == "__main__":
    try:
        with pool(3) as workers:
            for _ in workers.map(nap, [0.0, 0.0, 0.0, float(sys.argv[1])]):
                say(b"done\\n")
            time.sleep(60)
    except KeyboardInterrupt:
        say(b"interrupted\\n")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="process groups")
@pytest.mark.parametrize(("longest", "before"), [("60", 3), ("0", 4), ("60", 0)])
def test_ctrl_c_stops_idle_busy_and_starting_workers_without_a_traceback(tmp_path, longest, before):
    script = tmp_path / "run.py"
    script.write_text(INTERRUPTED)
    with subprocess.Popen(
        [sys.executable, script, longest],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        try:
            expected = ["done\n"] * before + ["begun\n"] * (before == 3)
            assert sorted(process.stdout.readline() for _ in expected) == sorted(expected)
            if not before:  # while the workers start
                children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
                deadline = time.monotonic() + 60
                while len(children.read_text().split()) < 2 and time.monotonic() < deadline:
                    time.sleep(0.02)
            began = time.monotonic()
            os.killpg(process.pid, signal.SIGINT)
            out, told = process.communicate(timeout=40)
            assert time.monotonic() - began < 30
        finally:
            process.kill()
    assert told == ""
    assert out.splitlines()[-1] == "interrupted"
    assert ("stopped" in out) == (before == 3)


def _runs(pid):
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False
