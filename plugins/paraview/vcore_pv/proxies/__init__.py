"""Properties of each plugin class, as server manager XML.

Blocks shared by several classes are separate files; their order here is that of the panel.
"""

from pathlib import Path

from vcore import methods

from vcore_pv.axes import SLOTS

MENU = '<ShowInMenu category="vcore" />'
BESIDE_INPUT = '<Visibility replace_input="0" />'
_HERE = Path(__file__).parent


def reader() -> str:
    """Return the properties of the reader."""
    return _blocks("files", "times", "grid", "level", "showing", "memory_limit", "voi", "arrays")


def images() -> str:
    """Return the properties of the reader of image collections."""
    slots = "\n".join(
        _blocks("parameter").replace("@SLOT@", str(k + 1)).replace("@INDEX@", str(k))
        for k in range(SLOTS)
    )
    return f"{_blocks('files', 'times', 'parameter_kinds')}\n{slots}\n{_blocks('shown_image')}"


def scenes() -> str:
    """Return the properties of the reader of scenes."""
    return _blocks("files", "scene")


def region() -> str:
    """Return the properties of the region filter."""
    return _blocks("input_reader", "times", "box", "level_of_region")


def primitives() -> str:
    """Return the properties of the primitives source."""
    return _blocks("file", "times", "variable")


def probe() -> str:
    """Return the properties of the probe filter."""
    return _blocks("input_points", "file", "times", "probe")


def compress() -> str:
    """Return the properties of the compression filter."""
    return _blocks("input", "encoding", "kept_file", "figures")


def error() -> str:
    """Return the properties of the error filter."""
    return _blocks("two_inputs", "figures")


def writer() -> str:
    """Return the properties of the writer."""
    return _blocks("written", "encoding")


def _blocks(*names: str) -> str:
    text = "\n".join((_HERE / f"{name}.xml").read_text(encoding="utf-8") for name in names)
    return text.replace("@METHODS@", "\n".join(map(_choice, methods.names())))


def _choice(method: str) -> str:
    return f'<String value="{method}" />'
