"""`vcore decompress` of a volume of Gaussians into splats."""

from dataclasses import dataclass
from typing import Any

from vcore.cli.output import print_figures, print_json, progress
from vcore.model.context import Context


@dataclass(frozen=True)
class Look:
    """What of a volume becomes splats, and how it looks: variable, frame, level, JSON file of a
    transfer function, and whether that is mapped to the range of the values."""

    variable: str | None
    frame: int | None
    level: int
    function: str | None
    rescale: bool = False


def is_written(output: str) -> bool:
    """Return whether an output is a file of splats."""
    from vcore.io.splat_reading import WRITTEN

    return output.lower().endswith(WRITTEN)


def export(file: str, dataset: Any, output: str, look: Look, *, force: bool, json: bool) -> None:
    """Write a volume of Gaussians as splats.

    Raises
    ------
    InputError
        It is no volume of Gaussians, or nothing of it is seen.
    """
    from vcore.io.splat_reading import write_splats
    from vcore.render.transfer import read_functions
    from vcore.scenes.from_volume import splats_of_dataset

    functions = read_functions(look.function) if look.function else (None,)
    with progress(quiet=json) as report:
        context = Context(progress=report)
        try:
            found, function = splats_of_dataset(
                dataset,
                functions[0],
                variable=look.variable,
                frame=look.frame,
                level=look.level,
                rescale=look.rescale,
                context=context,
            )
        except KeyboardInterrupt:
            context.cancelled.set()
            raise
    write_splats(found, output, force=force)
    low, high = function.range
    if json:
        print_json({"output": output, "splats": len(found), "range": [low, high]})
        return
    rows = {
        "splats": f"{len(found):,}",
        "transfer function": f"{function.name}, {low:g} to {high:g}",
    }
    print_figures(f"{file} → {output}", rows)
