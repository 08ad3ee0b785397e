"""Compression in another Python process, for hosts with a minimal Python such as ParaView.

Arrays are passed as `.npy` files in a temporary folder; progress, the report and errors come back
as lines of JSON. The worker stops when its standard input closes, and so when its parent exits.
"""

import json
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import IO, Any, Self

import numpy as np

from vcore import errors
from vcore.engine.compress import compress
from vcore.model.budget import Budget
from vcore.model.budgets import Asked, Budgets
from vcore.model.context import Context
from vcore.model.grid import Grid
from vcore.model.report import Report
from vcore.model.volume import Variable, Volume

PATIENCE = 0.2
"""Interval between checks for cancellation, in seconds."""
END_PATIENCE = 60.0
"""Time in seconds for the worker to stop before it is killed."""
STEP = 0.01
"""Minimum progress between two reports, as a fraction of a stage."""


@dataclass(frozen=True)
class SubprocessJob:
    """Parameters of a compression, as JSON values.

    Parameters
    ----------
    method
        Method name, or "default".
    settings
        Settings of the method, by name.
    budget
        Budget as in ``Budget.to_json``, for all variables without an entry in ``by_name``.
    seed, time_limit
        Same as in ``Context``.
    by_name
        Budgets of single variables, as in ``Budget.to_json``.
    """

    method: str = "default"
    settings: Mapping[str, Any] | None = None
    budget: Mapping[str, Any] | None = None
    seed: int = 0
    time_limit: float | None = None
    by_name: Mapping[str, Mapping[str, Any]] | None = None

    def run(self, volume: Volume, path: Any, context: Context) -> Report:
        """Compress in this process; raises like ``vcore.compress``."""
        return compress(
            volume,
            path,
            method=None if self.method == "default" else self.method,
            settings=self.settings,
            budget=self._asked(),
            context=Context(
                self.seed, "auto", self.time_limit, context.progress, context.cancelled
            ),
            force=True,
        )

    def _asked(self) -> Asked:
        rest = Budget.from_json(dict(self.budget or {}))
        if not self.by_name:
            return rest
        return Budgets({k: Budget.from_json(dict(v)) for k, v in self.by_name.items()}, rest)

    def run_elsewhere(
        self,
        volume: Volume,
        path: Any,
        context: Context,
        python: str,
        environment: Mapping[str, str] | None = None,
    ) -> Report:
        """Compress with the interpreter ``python``; raises like ``vcore.compress``."""
        with tempfile.TemporaryDirectory(prefix="vcore-") as folder:
            task = {"job": asdict(self), "volume": _stored(volume, Path(folder)), "path": str(path)}
            file = Path(folder) / "task.json"
            file.write_text(json.dumps(task), encoding="utf-8")
            return _asked([python, "-m", "vcore.paraview.worker", str(file)], context, environment)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """Return the job from the values of ``asdict``."""
        return cls(**values)


def _stored(volume: Volume, folder: Path) -> dict[str, Any]:
    """Write the arrays to ``folder``; return the metadata of the volume."""
    described = []
    for number, variable in enumerate(volume.variables):
        file = folder / f"{number}.npy"
        out = np.lib.format.open_memmap(
            str(file), mode="w+", dtype=variable.dtype, shape=variable.shape
        )
        for region in variable.slabs():
            out[region] = variable.read(region)
        out.flush()
        values = {f.name: getattr(variable, f.name) for f in fields(Variable) if f.name != "data"}
        described.append({**values, "file": str(file)})
    return {"grid": volume.grid.to_json(), "variables": described, "source": volume.source}


def _restored(described: Mapping[str, Any]) -> Volume:
    variables = []
    for values in described["variables"]:
        kept: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in values.items() if k != "file"
        }
        data = np.load(values["file"], mmap_mode="r")
        variables.append(Variable(data=data, **kept))
    return Volume(Grid.from_json(described["grid"]), tuple(variables), described["source"])


def _asked(command: list[str], context: Context, environment: Mapping[str, str] | None) -> Report:
    """Run the worker, forwarding its progress, and return its report."""
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        env=None if environment is None else dict(environment),
    ) as process:
        lines: queue.Queue[str | None] = queue.Queue()
        complaints: list[str] = []
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdin is not None
        readers = (
            threading.Thread(target=_forward, args=(process.stdout, lines), daemon=True),
            threading.Thread(target=lambda: complaints.extend(process.stderr or ()), daemon=True),
        )
        for reader in readers:
            reader.start()
        try:
            told = _followed(lines, context)
        finally:
            process.stdin.close()  # stops the worker, if still running
            for reader in readers:
                reader.join(timeout=END_PATIENCE)
            process.kill()
    if told is None:
        said = "".join(complaints).strip().splitlines()
        raise errors.VcoreError(
            f"Expected {command[0]} to compress. It ended instead: {said[-1] if said else ''}"
        )
    if "error" in told:
        kind = getattr(errors, told["error"], errors.VcoreError)
        raise kind(told["message"])
    report = told["report"]
    return Report(**{**report, "notes": tuple(report["notes"])})


def _forward(stream: IO[str], lines: "queue.Queue[str | None]") -> None:
    for line in stream:
        lines.put(line)
    lines.put(None)


def _followed(lines: "queue.Queue[str | None]", context: Context) -> dict[str, Any] | None:
    """Report progress until the final message; return it, or None if there was none."""
    stage, share = "starting", 0.0
    while True:
        context.report(stage, share)
        try:
            line = lines.get(timeout=PATIENCE)
        except queue.Empty:
            continue
        if line is None:
            return None
        told: dict[str, Any] = json.loads(line)
        if "stage" not in told:
            return told
        stage, share = told["stage"], told["share"]


def _tell(**values: Any) -> None:
    print(json.dumps(values), flush=True)


class _Progress:
    """Progress callback that prints a line per step of STEP."""

    def __init__(self) -> None:
        self._last: tuple[str, float] = ("", 0.0)
        self._lock = threading.Lock()

    def __call__(self, stage: str, share: float) -> None:
        with self._lock:
            if stage != self._last[0] or abs(share - self._last[1]) >= STEP:
                self._last = (stage, share)
                _tell(stage=stage, share=share)


def main() -> None:
    """Run the job in the file named on the command line."""
    task = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    context = Context(progress=_Progress())

    def watch() -> None:
        sys.stdin.read()
        context.cancelled.set()

    threading.Thread(target=watch, daemon=True).start()
    try:
        job = SubprocessJob.from_json(task["job"])
        report = job.run(_restored(task["volume"]), task["path"], context)
    except errors.VcoreError as error:
        _tell(error=type(error).__name__, message=str(error))
    else:
        _tell(report=report.to_json())


if __name__ == "__main__":
    main()
