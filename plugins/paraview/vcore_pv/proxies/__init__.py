"""What ParaView shows of each class: its properties, as server manager XML.

Blocks that several classes have are files of their own; their order here is that of the panel.
"""

from pathlib import Path

from vcore import methods

MENU = '<ShowInMenu category="vcore" />'
_HERE = Path(__file__).parent


def reader() -> str:
    """Return the properties of the reader."""
    return _blocks("files", "times", "level", "memory_limit", "voi", "arrays")


def region() -> str:
    """Return the properties of the source of a box."""
    return _blocks("file", "times", "box", "level_of_region", "arrays")


def primitives() -> str:
    """Return the properties of the source of points."""
    return _blocks("file", "times", "variable")


def compress() -> str:
    """Return the properties of the filter that compresses."""
    return _blocks("input", "encoding", "kept_file", "figures")


def error() -> str:
    """Return the properties of the filter that compares."""
    return _blocks("two_inputs", "figures")


def writer() -> str:
    """Return the properties of the writer."""
    return _blocks("written", "encoding")


def _blocks(*names: str) -> str:
    text = "\n".join((_HERE / f"{name}.xml").read_text(encoding="utf-8") for name in names)
    return text.replace("@METHODS@", "\n".join(map(_choice, methods.names())))


def _choice(method: str) -> str:
    return f'<String value="{method}" />'
