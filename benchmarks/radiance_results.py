"""Results of the radiance benchmark, kept beside its code: runs of several machines add to them."""

import datetime
import os
from pathlib import Path
from typing import Any

from benchmarks.report import Results

KEPT = Path(__file__).parent / "measured" / "radiance.json"
"""The committed results. They hold figures alone: no weights, no pictures."""


class KeptResults(Results):
    """Rows by key, each with its date, the cores and the load of its machine.

    Parameters
    ----------
    fresh
        Whether rows of earlier runs are measured again. Each stays until its new one is there.
    """

    def __init__(self, path: Path, *, fresh: bool = False) -> None:
        super().__init__(path)
        self.fresh, self.measured = fresh, set[str]()

    def __contains__(self, key: str) -> bool:
        return key in self.rows and (key in self.measured or not self.fresh)

    def add(self, key: str, row: Any) -> None:
        """Store ``row``, with those that other runs have added to the file by now."""
        told = {
            "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
            "cores": os.cpu_count(),
            "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        }
        self.measured.add(key)
        others = Results(self.path).rows
        others.update({k: v for k, v in self.rows.items() if k in self.measured})
        self.rows = others
        super().add(key, {**row, "run": told})
