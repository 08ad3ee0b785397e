"""Progress bars of library calls: by tqdm where it is installed, else by rich."""

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.util import find_spec
from threading import Lock
from typing import Any, Protocol

from vcore.model.context import Context, ignore_progress

FORMAT = "{desc} {percentage:3.0f} %|{bar}| {elapsed}, left {remaining}"


class _Bar(Protocol):
    def advance_to(self, share: float) -> None: ...
    def close(self) -> None: ...


@contextmanager
def shown(context: Context | None, progress: bool | None) -> Iterator[Context]:
    """Yield a context that shows its stages as transient bars with the remaining time.

    Parameters
    ----------
    context
        Context whose progress callback is called too; by default a new one.
    progress
        Whether to show bars; None shows them only in notebooks, and only if ``context`` has no
        progress callback.
    """
    context = context or Context()
    if progress is None:
        progress = context.progress is ignore_progress and in_notebook()
    if not progress:
        yield context
        return
    bars: dict[str, _Bar] = {}
    lock = Lock()

    def close() -> None:
        while bars:
            bars.popitem()[1].close()

    def report(stage: str, share: float) -> None:
        with lock:
            if stage not in bars:
                close()
                bars[stage] = _bar(stage)
            bars[stage].advance_to(share)
        context.progress(stage, share)

    try:
        yield replace(context, progress=report)
    finally:
        with lock:
            close()


def in_notebook() -> bool:
    """Return whether this is a notebook kernel, as opposed to a terminal, including IPython's."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return shell is not None and "IPKernelApp" in shell.config


def _bar(stage: str) -> _Bar:
    return _Tqdm(stage) if find_spec("tqdm") else _Rich(stage)


class _Tqdm:
    def __init__(self, stage: str) -> None:
        with warnings.catch_warnings():
            # without ipywidgets, tqdm falls back to text with a warning
            warnings.simplefilter("ignore")
            from tqdm.auto import tqdm

        self._bar: Any = tqdm(desc=stage, total=1.0, bar_format=FORMAT, leave=False)

    def advance_to(self, share: float) -> None:
        self._bar.update(share - self._bar.n)

    def close(self) -> None:
        self._bar.close()


class _Rich:
    def __init__(self, stage: str) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TimeRemainingColumn

        columns = ("{task.description}", BarColumn(), TaskProgressColumn(), "left")
        console = Console(stderr=True)
        self._bars = Progress(
            *columns,
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not (console.is_terminal or console.is_jupyter),
        )
        self._task = self._bars.add_task(stage, total=1.0)
        self._bars.start()

    def advance_to(self, share: float) -> None:
        self._bars.update(self._task, completed=share)

    def close(self) -> None:
        self._bars.stop()
