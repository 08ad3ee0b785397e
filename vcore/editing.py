"""New files from open ones: other primitives, or the same bytes under another name."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from vcore import methods
from vcore.container import Writer
from vcore.container.header import VariableHeader

if TYPE_CHECKING:
    from vcore.dataset import Dataset
    from vcore.model.primitives import Primitives


def with_primitives(dataset: "Dataset", primitives: "Primitives", variable: str | None) -> bytes:
    """Return the file of ``dataset`` with other primitives in ``variable``.

    Figures and guarantees against the original no longer hold: they are left out.
    """
    decoder = dataset.decoder(variable)
    if decoder.header.noise is not None or decoder.header.packing is not None:
        decoder.primitives()  # refuses: they are of the integers that stand for values
    changed = list(dataset.variables).index(decoder.header.name)
    method = methods.get_for_file(decoder.header.method)
    header, sections = method.edited(decoder.header, decoder.grid, decoder.reader, primitives)
    headers = [d.header for d in dataset.variables.values()]
    headers[changed] = replace(header, achieved={}, bound=None)
    with Writer(None) as writer:
        for section in dataset.sections:
            if section.variable == changed and section.name == "residual":
                continue
            reader = list(dataset.variables.values())[section.variable].reader
            units = reader.read_units(section.level, section.name, range(section.units))
            writer.add(section.variable, section.level, section.name, units)
        for level, name, units in sections:
            writer.add(changed, level, name, units)
        writer.commit(_file_header(dataset, headers))
        return writer.data


def save(dataset: "Dataset", path: Any, *, force: bool) -> int:
    """Write the file of ``dataset`` under another name; return its bytes."""
    with Writer(path, force=force) as writer:
        for section in dataset.sections:
            reader = list(dataset.variables.values())[section.variable].reader
            units = reader.read_units(section.level, section.name, range(section.units))
            writer.add(section.variable, section.level, section.name, units)
        return writer.commit(_file_header(dataset, [d.header for d in dataset.variables.values()]))


def _file_header(dataset: "Dataset", headers: list[VariableHeader]) -> dict[str, Any]:
    kept = {k: v for k, v in dataset.header.items() if k not in ("sections", "variables")}
    return {**kept, "variables": [h.to_json() for h in headers]}
