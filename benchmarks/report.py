"""Results as JSON and as Markdown tables."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from vcore.evaluate.compare import as_json
from vcore.runtime.atomic import replacing


class Results:
    """Rows by key in a JSON file, saved after each: an interrupted benchmark resumes.

    Parameters
    ----------
    kept
        File of rows that other machines measured, as `keep` writes it: rows start there. Only what
        depends on no machine belongs into it, such as sizes and errors.
    """

    def __init__(self, path: Path, *, fresh: bool = False, kept: Path | None = None) -> None:
        self.path = path
        self.rows: dict[str, Any] = {}
        if fresh:
            path.unlink(missing_ok=True)
        elif kept is not None and kept.exists():
            self.rows = json.loads(kept.read_text())
        self._read()

    def _read(self) -> None:
        """Take the rows of the file, also those that another process has stored meanwhile."""
        if self.path.exists():
            self.rows |= json.loads(self.path.read_text())

    def __contains__(self, key: str) -> bool:
        return key in self.rows

    def __getitem__(self, key: str) -> Any:
        return self.rows[key]

    def add(self, key: str, row: Any) -> None:
        """Store ``row``, beside those that another process has stored in the meantime."""
        self._read()
        self.rows[key] = as_json(row)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(self.path) as part:
            part.write_text(json.dumps(self.rows, indent=1))


def keep(rows: Mapping[str, Any], target: Path) -> None:
    """Write rows for later runs, one a line and floats with six digits, so that they can be read
    and compared line by line."""
    lines = [f"{json.dumps(key)}: {json.dumps(_short(row))}" for key, row in sorted(rows.items())]
    target.parent.mkdir(parents=True, exist_ok=True)
    with replacing(target) as part:
        part.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def _short(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, Mapping):
        return {key: _short(v) for key, v in value.items()}
    return [_short(v) for v in value] if isinstance(value, list | tuple) else value


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
