"""Stores and the codec never wait for the threads that serve them, however few they are."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

SCRIPT = Path(__file__).with_name("busy_threads.py")


@pytest.mark.parametrize("count", ["1", "2"])
def test_reads_within_reads_end(tmp_path, count):
    done = subprocess.run(
        [sys.executable, "-W", "error", str(SCRIPT), str(tmp_path)],
        env=os.environ | {"VCORE_THREADS": count},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout.splitlines()[-1:] == ["done"], done.stdout + done.stderr
