"""Compress time steps while a simulation runs, one file per step, without rewriting any.

Each file is named after its step: ``steps/flow_12.vti`` becomes ``compressed/run_flow_12.vcore``.
The files open in ParaView as one series (File > Open, the group ``run_flow_..vcore``), even while
more are being written: File > Reload Files shows the new steps. Files appear under their names only
when complete. One line per step reports what was written, or skipped and why.

Beside a simulation that writes files::

    eval "$(vcore paraview --env)"
    mpiexec -n 4 pvbatch in_situ.py "steps/*.vti" compressed/run_ --follow 60 --max-error 0.01

Within a simulation that runs Catalyst 2: give it this script; its channel must be called "input"::

    catalyst/scripts/compress: in_situ.py
    VCORE_IN_SITU=compressed/run_
"""

import argparse
import glob
import os
import re
import sys
import time

from paraview.servermanager import vtkProcessModule
from paraview.simple import Delete, OpenDataFile, SaveData, TrivialProducer

OPTIONS = {}
"""Properties of vcore's writer: Method, Budget, BudgetValue, Detector, Settings, TimeLimit."""
BUDGETS = {
    "bytes": ("Bytes", int, "largest file"),
    "ratio": ("Ratio", float, "minimum compression ratio"),
    "bpv": ("Bits per voxel", float, "maximum bits per voxel"),
    "robust_psnr": (
        "Robust PSNR (dB)",
        float,
        "minimum PSNR in dB of the foreground; peak = its range without outliers",
    ),
    "psnr": ("PSNR (dB)", float, "minimum PSNR in dB; peak = whole range"),
    "max_error": ("Largest error (data units)", float, "maximum error of any voxel"),
    "range_error": (
        "Largest error (share of the range)",
        float,
        "the same, as a fraction of the range",
    ),
    "noise_sigma": (
        "Largest error (standard deviations of a detector's noise)",
        float,
        "the same, in standard deviations of the detector noise",
    ),
}
"""Budget options of `vcore compress`: name in the writer's list, type, help text."""
QUALITIES = {
    "below-noise": "Quality below-noise (of a detector)",
    "good": "Quality good (robust PSNR 42 dB)",
    "preview": "Quality preview (robust PSNR 34 dB)",
}
"""Words of `vcore compress --quality`: name in the writer's list."""
DETECTOR = ("gain", "offset", "read_noise")
QUIET = 1.0
"""Time in seconds without changes after which a simulation file counts as complete."""


def natural(name: str) -> list:
    """Return a key that sorts step_2 before step_10."""
    parts = re.split(r"(\d+)", name)
    return [int(p) if p.isdigit() else p for p in parts]


def target_of(stem: str, name: str) -> str:
    """Return the output name of a step: ``stem`` followed by the name of the step."""
    return stem + os.path.splitext(os.path.basename(name))[0] + ".vcore"


def compress(proxy, path: str, **options) -> None:  # noqa: ANN001, ANN003
    """Write the current step of ``proxy`` with its time."""
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    SaveData(path, proxy=proxy, **{**OPTIONS, **options})


class Follower:
    """Compresses the files of a pattern as they appear.

    Parameters
    ----------
    pattern
        Pattern of the files written by the simulation.
    stem
        Prefix of the output names.
    options
        Properties of the writer.
    """

    def __init__(self, pattern: str, stem: str, **options) -> None:  # noqa: ANN003
        self.pattern, self.stem, self.options = pattern, stem, options
        self.done: dict[str, str] = {}  # step by output name
        self.seen: set[str] = set()
        self.failed = 0

    def follow(self, seconds: float) -> None:
        """Compress existing steps, and new ones until ``seconds`` pass without any."""
        last = time.time()
        while True:
            for name in agreed(self._ready):
                self._step(name)
                last = time.time()
            if agreed(lambda since=last: time.time() - since >= seconds):
                break
            time.sleep(min(1.0, max(seconds, QUIET) / 4))
        for name in agreed(self._waiting):
            self._left_out(name, "it changed just now, and may not be whole", failed=False)
        if not agreed(lambda: len(self.seen)):
            say(f"nothing is called {self.pattern}")
            self.failed += 1

    def _ready(self) -> list[str]:
        """Return the steps ready to be compressed."""
        return [n for n in self._new() if age(n) is None or age(n) >= QUIET]

    def _waiting(self) -> list[str]:
        """Return the steps that never became ready."""
        return self._new()

    def _new(self) -> list[str]:
        return sorted(set(glob.glob(self.pattern)) - self.seen, key=natural)

    def _step(self, name: str) -> None:
        self.seen.add(name)
        path = target_of(self.stem, name)
        if path in self.done:
            self._left_out(name, f"{path} is of {self.done[path]}: choose a pattern of one folder")
            return
        self.done[path] = name
        there = agreed(lambda: os.path.exists(path) and (age(path), age(name)))
        if there:
            newer = None not in there and there[1] < there[0]
            why = ", older than the step: remove it to compress this one" if newer else ""
            self._left_out(name, f"{path} is there already{why}", failed=newer)
            return
        if not agreed(lambda: os.path.exists(name)):
            self._left_out(name, "it is gone")
            return
        start = time.time()
        try:
            reader = OpenDataFile(name)
        except RuntimeError as error:
            self._left_out(name, f"ParaView cannot read it ({error})")
            return
        compress(reader, path, **self.options)
        Delete(reader)
        figures = agreed(lambda: figures_of(path))
        if figures is None:
            self._left_out(name, "the message above says why")
        else:
            say(f"{name} -> {path}: {figures}, {time.time() - start:.1f} s")

    def _left_out(self, name: str, why: str, failed: bool = True) -> None:
        self.failed += failed
        say(f"{name} left out: {why}")


def age(name: str) -> "float | None":
    """Return the age of a file in seconds, or None if it no longer exists."""
    try:
        return time.time() - os.path.getmtime(name)
    except OSError:
        return None


def figures_of(path: str) -> "str | None":
    """Return a summary of a written file, or None if there is none."""
    import vcore

    if not os.path.exists(path):
        return None
    info = vcore.open(path).info
    errors = [v["achieved"].get("psnr") for v in info["variables"]]
    quality = "".join(f", {psnr:.1f} dB" for psnr in errors if psnr is not None)
    return f"{info['bytes']} bytes, {info['ratio']:.1f} : 1{quality}"


def agreed(look):  # noqa: ANN001, ANN201
    """Return the root's result of ``look`` in all processes: with --sym each process runs this
    script, and processes may not see the same files yet."""
    if not vtkProcessModule.GetProcessModule().GetSymmetricMPIMode():
        return look()
    from vcore_pv import ranks

    return ranks.from_root(look)


def say(text: str) -> None:
    """Print a line, in the root process only."""
    if vtkProcessModule.GetProcessModule().GetPartitionId() == 0:
        print(text, flush=True)


def catalyst_execute(info) -> None:  # noqa: ANN001
    """Compress the current step of the simulation (called by Catalyst 2)."""
    producer = TrivialProducer(registrationName="input")
    producer.UpdatePipeline(info.time)
    stem = os.environ.get("VCORE_IN_SITU", "run_")
    compress(producer, f"{stem}{info.timestep:06d}.vcore")


def main() -> None:
    """Follow a folder; exit with code 1 if a step was not compressed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("pattern", help="pattern of the simulation's files, quoted: 'steps/*.vti'")
    parser.add_argument("stem", help="prefix of the output names: compressed/run_")
    parser.add_argument("--follow", type=float, default=0.0, metavar="SECONDS")
    parser.add_argument("--method", default="default")
    parser.add_argument(
        "--settings", default="", help="settings of the method: 'key=value key=value'"
    )
    parser.add_argument("--time-limit", type=float, default=0.0, metavar="SECONDS")
    group = parser.add_mutually_exclusive_group()
    for name, (_, kind, text) in BUDGETS.items():
        group.add_argument(f"--{name.replace('_', '-')}", type=kind, metavar="N", help=text)
    group.add_argument("--quality", choices=QUALITIES, help="a quality in a word")
    group.add_argument(
        "--lossless", dest="max_error", action="store_const", const=0.0, help="lose nothing"
    )
    for flag, name in zip(("--gain", "--dark-offset", "--read-noise"), DETECTOR, strict=True):
        parser.add_argument(flag, dest=name, type=float, metavar="N", help="of the detector")
    asked = parser.parse_args()
    options = {"Method": asked.method, "Settings": asked.settings, "TimeLimit": asked.time_limit}
    known = {n: getattr(asked, n) for n in DETECTOR if getattr(asked, n) is not None}
    options["Detector"] = " ".join(f"{name}={value!r}" for name, value in known.items())
    for name, (budget, _, _) in BUDGETS.items():
        if getattr(asked, name) is not None:
            options |= {"Budget": budget, "BudgetValue": float(getattr(asked, name))}
    if asked.quality is not None:
        options["Budget"] = QUALITIES[asked.quality]
    follower = Follower(asked.pattern, asked.stem, **options)
    follower.follow(asked.follow)
    process = vtkProcessModule.GetProcessModule()
    # otherwise pvbatch cannot shut down its other processes cleanly
    free = process.GetNumberOfLocalPartitions() == 1 or process.GetSymmetricMPIMode()
    if follower.failed and free:
        sys.exit(1)


if __name__ == "__main__" and len(sys.argv) > 1:
    main()
