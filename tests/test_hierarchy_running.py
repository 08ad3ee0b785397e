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


def _runs(pid):
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False
