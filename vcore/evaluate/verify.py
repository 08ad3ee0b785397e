"""Verification of a file: checksums, and error bounds against the original."""

from collections.abc import Mapping
from typing import Any

from vcore.collections.collection import Collection
from vcore.container.header import VariableHeader
from vcore.dataset import Dataset
from vcore.engine.measure import compare_variable
from vcore.engine.scan import scan
from vcore.errors import BoundError, InputError
from vcore.evaluate.compare import refuse_for_images, variable_for
from vcore.evaluate.compare_images import verify_collection
from vcore.io.image_reading import read_images
from vcore.model.context import Context, Progress, ignore_progress
from vcore.model.threshold import thresholded
from vcore.model.volume import Volume
from vcore.scenes.scene import Scene

WHICH = {True: "the", False: "another", None: "the given"}
"""Article before "original" in messages, by checksum match (None: no checksum stored)."""


def verify_dataset(
    dataset: Dataset | Collection | Scene,
    original: Volume | Any = None,
    *,
    frame: int | None = None,
    progress: Progress = ignore_progress,
) -> dict[str, Any]:
    """Verify all checksums and, with an original, the error bound of every variable.

    ``frame`` selects a frame, if one of the two is a series and the other a single step of it.
    Collections of images are verified by ``verify_collection``; of scenes the checksums are.

    Returns
    -------
    dict
        ``units``: number of verified checksums. ``variables``: by name, the guaranteed ``bound``
        and the ``noise_bound`` in standard deviations of the noise (None without guarantee); with
        an original also ``max_error``, ``noise`` (see ``compare_variable``) and ``same_source``,
        whether its checksum is that of the compressed data (None if none is stored; hierarchies
        store checksums of chunks only).

    Raises
    ------
    FormatError
        A checksum does not match.
    BoundError
        A bound is exceeded.
    InputError
        The original does not match the dataset.
    """
    if isinstance(dataset, Collection):
        refuse_for_images(frame=frame)
        images = None if original is None else read_images(original)
        return verify_collection(dataset, images, progress=progress)
    if isinstance(dataset, Scene):
        if original is not None or frame is not None:
            raise InputError(
                "Expected a scene alone to verify. Got an original or a frame, too: what a scene "
                "lost was measured when it was compressed, and its info tells it."
            )
        return {"units": dataset.check(), "variables": {}}
    progress("checksums", 0.0)
    result: dict[str, Any] = {"units": dataset.check(), "variables": {}}
    if original is not None and dataset.threshold is not None:
        original = thresholded(original, dataset.threshold)
    for number, (name, decoder) in enumerate(dataset.variables.items()):
        bound = None if decoder.header.bound is None else decoder.header.bound["max_error"]
        headers = decoder.header.channels or (decoder.header,)
        sigmas = max((h.noise["sigmas"] for h in headers if h.noise is not None), default=None)
        figures: dict[str, Any] = {"bound": bound, "noise_bound": sigmas}
        result["variables"][name] = figures
        if original is None:
            continue
        variable = variable_for(original, decoder)
        compared = compare_variable(variable, decoder, frame=frame, progress=progress)
        reached = compared["max_error"]
        figures["max_error"] = reached
        figures["same_source"] = None
        if kept := dataset.checksums[number : number + 1]:
            _, checksum = scan(variable, original.grid, Context(progress=progress))
            figures["same_source"] = checksum in kept
        which = WHICH[figures["same_source"]]
        if sigmas is not None:
            figures["noise"] = compared["noise"]
        found = compared["channels"] if decoder.header.channels else [compared]
        for number, (header, part) in enumerate(zip(headers, found, strict=True)):
            label = f"{name!r}, channel {number}," if decoder.header.channels else repr(name)
            _check(label, header, part, which)
    return result


def _check(label: str, header: VariableHeader, reached: Mapping[str, Any], which: str) -> None:
    """Raise BoundError if the errors of a variable or channel exceed what its header says."""
    if header.noise is not None and reached["noise"]["sigmas"] > header.noise["sigmas"]:
        raise BoundError(
            f"Expected every voxel of {label} within {header.noise['sigmas']:g} standard "
            f"deviations of the noise of {which} original. The largest error is "
            f"{reached['noise']['sigmas']:g} of them."
        )
    if header.bound is not None and reached["max_error"] > header.bound["max_error"]:
        raise BoundError(
            f"Expected every voxel of {label} within {header.bound['max_error']:g} of {which} "
            f"original. The largest error is {reached['max_error']:g}."
        )
