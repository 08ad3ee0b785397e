"""File that keeps an interrupted fit, to go on from."""

import time
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vcore.errors import InputError
from vcore.methods._networks.fitting.device import import_torch
from vcore.runtime.atomic import replacing

if TYPE_CHECKING:
    from collections.abc import Sequence

EVERY = 20.0
"""Seconds between two writes."""


@dataclass
class Checkpoint:
    """State of an Adam fit in a `.npz` file.

    Parameters
    ----------
    path
        File; replaced whenever the fit is kept.
    fit
        Text that tells what is fitted, and how; a file of another fit is refused.
    buffers
        Tensors that the fit changes beside the optimiser's, such as running means.
    """

    path: Path
    fit: str
    buffers: "Sequence[Any]" = ()
    _written: float = field(default_factory=time.monotonic)

    @property
    def _mark(self) -> int:
        return zlib.crc32(self.fit.encode())

    def load(self, optimiser: Any, parameters: "Sequence[Any]") -> tuple[float, int]:
        """Fill parameters, moments and buffers from the file; return progress and steps, 0 if
        there is no file.

        Raises
        ------
        InputError
            The file is of another fit, or damaged.
        """
        torch = import_torch()
        fused = bool(optimiser.defaults.get("fused"))  # counts steps where the parameters are
        if not self.path.exists():
            return 0.0, 0
        try:
            with np.load(self.path, allow_pickle=False) as file:
                values = {name: file[name] for name in file.files}
            alike = int(values["fit"]) == self._mark
            done, step = float(values["done"]), int(values["step"])
            arrays = [[values[f"{k} {n}"] for k in ("p", "m", "v")] for n in range(len(parameters))]
            buffers = [values[f"b {n}"] for n in range(len(self.buffers))]
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise InputError(
                f"Expected a checkpoint of a fit in {self.path}. Got {error!r:.80} instead: delete "
                f"the file, or name another."
            ) from error
        if not alike:
            raise InputError(
                f"Expected the checkpoint of this fit in {self.path}. Got that of other images or "
                f"settings: delete the file, or name another."
            )
        with torch.no_grad():
            for p, (value, first, second) in zip(parameters, arrays, strict=True):
                p.copy_(torch.from_numpy(value))
                optimiser.state[p] = {
                    "step": torch.tensor(float(step), device=p.device if fused else "cpu"),
                    "exp_avg": torch.from_numpy(first).to(p.device),
                    "exp_avg_sq": torch.from_numpy(second).to(p.device),
                }
            for buffer, value in zip(self.buffers, buffers, strict=True):
                buffer.copy_(torch.from_numpy(value))
        return done, step

    def keep(self, optimiser: Any, parameters: "Sequence[Any]", done: float, step: int) -> None:
        """Write the file if the last time is long ago, or the fit is complete.

        Raises
        ------
        OutputError
            It cannot be written.
        """
        now = time.monotonic()
        if done < 1 and now < self._written + EVERY:
            return
        self._written = now
        values: dict[str, Any] = {"fit": self._mark, "done": done, "step": step}
        for n, p in enumerate(parameters):
            moments = optimiser.state[p]
            for key, tensor in zip(
                "pmv", (p, moments["exp_avg"], moments["exp_avg_sq"]), strict=True
            ):
                values[f"{key} {n}"] = tensor.detach().cpu().numpy()
        values |= {f"b {n}": buffer.cpu().numpy() for n, buffer in enumerate(self.buffers)}
        with replacing(self.path) as part, part.open("wb") as file:
            np.savez(file, **values)

    def remove(self) -> None:
        """Delete the file, of a fit that is complete and stored."""
        self.path.unlink(missing_ok=True)
