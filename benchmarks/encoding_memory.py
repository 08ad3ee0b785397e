"""Peak memory of encoding: predicted by the method, and measured.

Each encoding runs in a fresh process after compilation. Memory is private to the process (no
shared pages, no page cache), beyond what it used with the volume loaded.
"""

import subprocess
import sys
import threading
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.kristan import show
from benchmarks.rd import CASES
from benchmarks.report import Results
from vcore import methods
from vcore.container import Writer
from vcore.engine.scan import in_memory, scan
from vcore.methods.base import Sink
from vcore.model.budget import Budget
from vcore.model.context import Context
from vcore.model.volume import Volume

QUICK = ("tooth", "tornado")
BUDGETS = {"40 dB": Budget(psnr=40), "1/40": Budget(ratio=40)}
INTERVAL = 0.002
"""Sampling interval of memory use in seconds."""


def main(
    method: Annotated[str, typer.Option(help="Method of vcore.")] = "wavelet",
    quick: Annotated[bool, typer.Option(help="Two small volumes.")] = False,
    fresh: Annotated[bool, typer.Option(help="Discard results of earlier runs.")] = False,
    output: Annotated[Path, typer.Option(help="Folder for results.")] = Path("bench-output"),
) -> None:
    """Compare the peak memory of encoding with its prediction."""
    memory(Results(output / "memory.json", fresh=fresh), quick, output, method)


def memory(results: Results, quick: bool, output: Path, method: str = "wavelet") -> None:
    """Print predicted and measured peak memory of a method, for a quality and a size budget."""
    rows = []
    for case in CASES:
        if quick and case.name not in QUICK:
            continue
        for budget in BUDGETS:
            key = f"{case.name} {method} {budget}"
            if key not in results:
                results.add(key, measured(case.name, method, budget))
            found = results[key]
            predicted, taken = found["predicted"], found["measured"]
            rows.append([
                case.name, budget, predicted / 1e6, taken / 1e6, predicted / taken,
                taken / found["values"],
            ])  # fmt: skip
    head = ["volume", "budget", "predicted MB", "measured MB", "ratio", "measured bytes a value"]
    show(f"Peak memory of encoding, {method}", head, rows)


PROBE = "import sys; from benchmarks import encoding_memory; encoding_memory.probe(*sys.argv[1:])"


def measured(case: str, method: str, budget: str) -> dict[str, Any]:
    """Return predicted and measured bytes of an encoding in a fresh process."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE, case, method, budget],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    predicted, taken, values = map(int, done.stdout.split()[-3:])
    return {"predicted": predicted, "measured": taken, "values": values}


def probe(name: str, method: str, budget: str) -> None:
    """Encode a volume; print predicted bytes, measured bytes and the number of values."""
    volume = next(c for c in CASES if c.name == name).load()
    variable = in_memory(volume.variables[0])
    crop = variable.read(tuple(slice(0, min(n, 20)) for n in variable.shape))
    encode(Volume.from_array(crop), method, BUDGETS[budget])  # warm-up: load compiled code
    predicted, taken = encode(Volume(volume.grid, (variable,)), method, BUDGETS[budget])
    print(predicted, taken, variable.size)


def encode(volume: Volume, method: str, budget: Budget) -> tuple[int, int]:
    """Return predicted and measured peak memory of an encoding, in bytes."""
    chosen = methods.get(method)
    source, _ = scan(volume.variables[0], volume.grid, Context())
    limit = budget.limit_bytes(source.variable.nbytes, source.variable.size)
    budget = Budget(bytes=limit) if limit else budget
    settings = chosen.Settings()
    predicted = chosen.peak_memory(source, settings)
    before, highest, done = private_bytes(), 0, threading.Event()

    def watch() -> None:
        nonlocal highest
        while not done.wait(INTERVAL):
            highest = max(highest, private_bytes())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        with Writer(None) as writer:
            chosen.encode(source, budget, settings, Context(), Sink(writer, 0))
    finally:
        done.set()
        watcher.join()
    return predicted, highest - before


def private_bytes() -> int:
    """Return the anonymous private memory of this process in bytes (Linux)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    return 0
