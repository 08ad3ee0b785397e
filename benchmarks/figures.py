"""The tables of docs/figures and README, from the data beside them (docs/figures/data).

A page has lines ``<!-- table PAGE/NAME -->`` and ``<!-- end -->``; what is between is written from
table NAME of data/PAGE.json, whose cells are those that the benchmark printed.
"""

import json
import re
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.report import markdown
from vcore.errors import InputError

ROOT = Path(__file__).parents[1]
TABLE = re.compile(r"(<!-- table (\S+)/(\S+) -->\n).*?(<!-- end -->)", re.DOTALL)


def main(
    take: Annotated[
        str, typer.Option(metavar="PAGE/NAME", help="First replace a table by that on stdin.")
    ] = "",
    check: Annotated[bool, typer.Option(help="Only say which pages are out of date.")] = False,
    root: Annotated[Path, typer.Option(help="Where README.md and docs are.")] = ROOT,
) -> None:
    """Write the tables of README and docs/figures from docs/figures/data."""
    if take:
        page, _, name = take.partition("/")
        if not name:
            raise InputError(f"Expected PAGE/NAME, as the page has it. Got {take!r} instead.")
        take_table(root, page, name, sys.stdin.read())
    old = [path for path in pages(root) if path.read_text() != rendered(path.read_text(), root)]
    if not check:
        for path in old:
            path.write_text(rendered(path.read_text(), root))
    for path in old:
        print(path.relative_to(root))
    if check and old:
        raise typer.Exit(1)


def pages(root: Path) -> list[Path]:
    """Return the files that have such tables."""
    return [root / "README.md", *sorted((root / "docs" / "figures").glob("*.md"))]


def rendered(text: str, root: Path) -> str:
    """Return a page with its tables as the data have them.

    Raises
    ------
    InputError
        A table that is not among the data.
    """

    def table(found: re.Match[str]) -> str:
        begin, page, name, end = found.groups()
        tables = read_data(data_path(root, page))["tables"]
        if name not in tables:
            raise InputError(
                f"Expected one of the tables {', '.join(tables)} of {page}. Got {name!r} instead."
            )
        return f"{begin}\n{markdown(tables[name]['head'], tables[name]['rows'])}\n\n{end}"

    return TABLE.sub(table, text)


def take_table(root: Path, page: str, name: str, printed: str) -> None:
    """Keep a Markdown table, which a benchmark printed, as a table of a page's data.

    Raises
    ------
    InputError
        There is no table, or more than one, or no such page.
    """
    path = data_path(root, page)
    data = read_data(path)
    lines = [line.strip() for line in printed.splitlines()]
    rows = [cells(line) for line in lines if line.startswith("|")]
    rules = [n for n, row in enumerate(rows) if all(re.fullmatch(":?-+:?", c) for c in row)]
    if rules != [1] or len({len(row) for row in rows}) != 1:
        raise InputError(
            "Expected one Markdown table on the standard input: a head, a rule, rows of as many "
            "cells. Got something else: select one table of what the benchmark printed."
        )
    data["tables"][name] = {"head": rows[0], "rows": rows[2:]}
    write_data(path, data)


def cells(line: str) -> list[str]:
    """Return the cells of a row of a Markdown table."""
    return [cell.strip() for cell in line[1:-1].split("|")]


def data_path(root: Path, page: str) -> Path:
    """Return the path of a page's data."""
    return root / "docs" / "figures" / "data" / f"{page}.json"


def read_data(path: Path) -> dict[str, Any]:
    """Return a page's data.

    Raises
    ------
    InputError
        There is no such page.
    """
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in path.parent.glob("*.json")))
        raise InputError(f"Expected one of the pages {known}. Got {path.stem!r} instead.")
    data: dict[str, Any] = json.loads(path.read_text())
    return data


def write_data(path: Path, data: dict[str, Any]) -> None:
    """Write a page's data, a line for each row."""
    text = json.dumps(data, indent=1, ensure_ascii=False)
    flat = re.sub(r"\[\s+(\"[^\[\]]*?\")\s+\]", lambda m: f"[{_joined(m[1])}]", text)
    path.write_text(flat + "\n")


def _joined(items: str) -> str:
    return re.sub(r"\",\n\s+", '", ', items)
