"""Compress time steps while a simulation runs: a file a step, nothing is rewritten.

The files open in ParaView as one series (File > Open, the group ``run_..vcz``), also while more are
being written: File > Reload Files shows the new steps. A file gets its name only when it is whole.

Beside a simulation that writes files::

    eval "$(vcore paraview --env)"
    mpiexec -n 4 pvbatch in_situ.py "steps/*.vti" compressed/run_ --follow 60

Within a simulation that runs Catalyst 2: give it this script; its channel must be called "input"::

    catalyst/scripts/compress: in_situ.py
    VCORE_IN_SITU=compressed/run_
"""

import argparse
import glob
import os
import sys
import time

from paraview.simple import Delete, OpenDataFile, SaveData, TrivialProducer

OPTIONS = {}
"""Properties of vcore's writer: Method, Budget, BudgetValue, Settings, TimeLimit."""
QUIET = 1.0
"""Seconds without change after which a file of the simulation counts as whole."""


def target_of(stem: str, number: int) -> str:
    """Return the name of a step's file."""
    return f"{stem}{number:06d}.vcz"


def compress(proxy, path: str, **options) -> None:  # noqa: ANN001, ANN003
    """Write the one step that ``proxy`` has, with its time."""
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    SaveData(path, proxy=proxy, **{**OPTIONS, **options})


def follow(pattern: str, stem: str, seconds: float, **options) -> None:  # noqa: ANN003
    """Compress the files of ``pattern``, and those to come until ``seconds`` pass without one."""
    done: set[str] = set()
    last = time.time()
    while True:
        for number, name in enumerate(sorted(glob.glob(pattern))):
            ready = name not in done and time.time() - os.path.getmtime(name) >= QUIET
            if not ready:
                continue
            path = target_of(stem, number)
            if not os.path.exists(path):  # of an earlier run: is there already
                reader = OpenDataFile(name)
                reader.UpdatePipeline()
                compress(reader, path, **options)
                Delete(reader)
            done.add(name)
            last = time.time()
        if time.time() - last >= seconds:
            return
        time.sleep(min(1.0, max(seconds, QUIET) / 4))


def catalyst_execute(info) -> None:  # noqa: ANN001
    """Compress the simulation's current step: called by Catalyst 2."""
    producer = TrivialProducer(registrationName="input")
    producer.UpdatePipeline(info.time)
    compress(producer, target_of(os.environ.get("VCORE_IN_SITU", "run_"), info.timestep))


def main() -> None:
    """Follow a folder."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("pattern", help="what the simulation writes, in quotes: 'steps/*.vti'")
    parser.add_argument("stem", help="begin of the names to write: compressed/run_")
    parser.add_argument("--follow", type=float, default=0.0, metavar="SECONDS")
    parser.add_argument("--method", default="default")
    parser.add_argument("--settings", default="")
    parser.add_argument("--bpv", type=float, help="bits per voxel; default: that of the method")
    asked = parser.parse_args()
    options = {"Method": asked.method, "Settings": asked.settings}
    if asked.bpv:
        options |= {"Budget": "Bits per voxel", "BudgetValue": asked.bpv}
    follow(asked.pattern, asked.stem, asked.follow, **options)


if __name__ == "__main__" and len(sys.argv) > 1:
    main()
