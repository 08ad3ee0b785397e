"""Output of the command line: figures on stdout, progress and notes on stderr."""

import json
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from vcore.cli.naming import in_options
from vcore.evaluate.compare import as_json
from vcore.model.context import Progress as Callback

err = Console(stderr=True)


def print_json(values: Any) -> None:
    """Print one JSON object."""
    typer.echo(json.dumps(as_json(values), indent=2, ensure_ascii=False))


def print_figures(title: str, rows: dict[str, str]) -> None:
    """Print names and values below a title."""
    console = Console()
    console.print(title, soft_wrap=True, highlight=False, markup=False)
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    for name, value in rows.items():
        table.add_row(Text(name), Text(value))
    console.print(table)


def source_name(info: Mapping[str, Any]) -> str:
    """Return the name of a file's source, of an ``info`` whose members nobody has checked."""
    source = info.get("source")
    return str((source.get("name") if isinstance(source, dict) else None) or "not named")


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows below a header with the column names."""
    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, style="dim" if column == columns[0] else "", overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    Console().print(table)


def note(text: str) -> None:
    """Print a note, with parameters of the package written as options."""
    err.print(f"[yellow]note:[/yellow] {escape(in_options(text))}", highlight=False, soft_wrap=True)


class _Notes(logging.Handler):
    """Logging handler that prints warnings of the package as notes."""

    def emit(self, record: logging.LogRecord) -> None:
        note(record.getMessage())


@contextmanager
def warnings_shown() -> Iterator[None]:
    """Show the warnings of the package as notes."""
    # when reading a chunk fails, asyncio would also log the errors of concurrent reads at exit
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    logger, handler = logging.getLogger("vcore"), _Notes(logging.WARNING)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


@contextmanager
def progress(*, quiet: bool = False) -> Iterator[Callback]:
    """Show a progress bar with the remaining time of each stage if stderr is a terminal."""
    bars = Progress(
        TextColumn("{task.description:<10}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=err,
        transient=True,
        disable=quiet or not err.is_terminal,
    )
    tasks: dict[str, TaskID] = {}
    lock = Lock()

    def report(stage: str, share: float) -> None:
        with lock:
            if stage not in tasks:
                for done in tasks.values():
                    bars.update(done, completed=1.0, visible=False)
                tasks[stage] = bars.add_task(stage, total=1.0)
            bars.update(tasks[stage], completed=share, visible=True)

    with bars:
        yield report
