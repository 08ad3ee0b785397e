"""Results as JSON and as Markdown tables."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vcore.evaluate.compare import as_json


class Results:
    """Rows by key in a JSON file, saved after each: an interrupted benchmark resumes."""

    def __init__(self, path: Path, *, fresh: bool = False) -> None:
        self.path = path
        self.rows: dict[str, Any] = {}
        if path.exists() and not fresh:
            self.rows = json.loads(path.read_text())

    def __contains__(self, key: str) -> bool:
        return key in self.rows

    def __getitem__(self, key: str) -> Any:
        return self.rows[key]

    def add(self, key: str, row: Any) -> None:
        """Store ``row``."""
        self.rows[key] = as_json(row)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_suffix(".part")
        part.write_text(json.dumps(self.rows, indent=1))
        part.replace(self.path)


def markdown(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Return a Markdown table."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(_cell(v) for v in row) + " |" for row in rows]
    return "\n".join(lines)


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if value == "inf":
        return "lossless"
    if isinstance(value, float):
        return f"{value:.2f}" if abs(value) < 1000 else f"{value:.0f}"
    return str(value)
