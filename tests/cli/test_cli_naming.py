"""Package messages use the command line's names for options."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import vcore
from vcore.cli.naming import OTHERS, PARAMETER, SAME, in_options

PACKAGE = Path(vcore.__file__).parent
UNMARKED = re.compile(
    r"--[a-z]|force=True|with (variables|axes)\b|give (shape|dtype|axes|times)|\bname_?[a-z]*=True"
)
"""Python terms that package messages may use only between backticks."""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("choose with `variables`.", "choose with --variable NAME."),
        ("give `shape` and `dtype`", "give --shape and --dtype"),
        ("use `force=True`, `device='cpu'`", "use --force, --device cpu"),
        ("such as `axes='tczyx'`.", "such as --axes tczyx."),
        ("`offset` or `Budget.offset`", "--header-bytes or --dark-offset"),
        ("`byte_order`, `Budget.max_error`", "--byte-order, --max-error"),
        ("no `parameter`, `of=ours`; `", "no `parameter`, `of=ours`; `"),
    ],
)
def test_in_options(text: str, told: str) -> None:
    assert in_options(text) == told


def _messages() -> Iterator[tuple[str, str]]:
    """Yield file and text of every message raised or logged outside the command line."""
    for path in PACKAGE.rglob("*.py"):
        if path.relative_to(PACKAGE).parts[0] in ("cli", "paraview", "testing"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            logged = isinstance(node, ast.Call) and ast.unparse(node.func) == "logger.warning"
            if isinstance(node, ast.Raise) or logged:
                parts = [
                    n.value
                    for n in ast.walk(node)
                    if isinstance(n, ast.Constant) and isinstance(n.value, str)
                ]
                yield path.name, " ".join(parts)


@pytest.mark.slow
def test_parameters_in_messages_are_options() -> None:
    named = {(f, m["name"]) for f, text in _messages() for m in PARAMETER.finditer(text)}
    assert len(named) > 10
    assert [n for n in named if n[1] not in (*SAME, *OTHERS) and not n[1].endswith(".")] == []
    assert [(f, text) for f, text in _messages() if UNMARKED.search(PARAMETER.sub("", text))] == []
