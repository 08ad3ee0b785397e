"""Checking a file: its checksums, and its error bound against the original."""

from typing import Any

from vcore.compare import compare_variable, variable_for
from vcore.context import Context, Progress, ignore_progress
from vcore.dataset import Dataset
from vcore.errors import FormatError
from vcore.scan import scan
from vcore.volume import Volume, thresholded


def verify_dataset(
    dataset: Dataset, original: Volume | None = None, *, progress: Progress = ignore_progress
) -> dict[str, Any]:
    """Read every unit against its checksum; with the original, check the bound of every variable.

    Returns
    -------
    dict
        ``units``: how many were read; ``variables``: by name the guaranteed ``bound`` (None without
        one) and, with an original, its ``max_error`` and whether it is the ``same_source`` that the
        file was made of, by checksum.

    Raises
    ------
    FormatError
        A checksum does not match, or a bound is broken.
    InputError
        The original does not fit.
    """
    progress("checksums", 0.0)
    result: dict[str, Any] = {"units": dataset.check(), "variables": {}}
    if original is not None and dataset.threshold is not None:
        original = thresholded(original, dataset.threshold)
    for number, (name, decoder) in enumerate(dataset.variables.items()):
        bound = None if decoder.header.bound is None else decoder.header.bound["max_error"]
        figures: dict[str, Any] = {"bound": bound}
        result["variables"][name] = figures
        if original is None:
            continue
        variable = variable_for(original, decoder)
        reached = compare_variable(variable, decoder, progress=progress)["max_error"]
        _, checksum = scan(variable, original.grid, Context(progress=progress))
        figures["max_error"] = reached
        figures["same_source"] = checksum in dataset.checksums[number : number + 1]
        if bound is not None and reached > bound:
            which = "the" if figures["same_source"] else "another"
            raise FormatError(
                f"Expected every voxel of {name!r} within {bound:g} of {which} original. "
                f"The largest error is {reached:g}."
            )
    return result
