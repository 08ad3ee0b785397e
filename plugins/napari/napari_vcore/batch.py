"""Compression of all files of a folder, one after another. No Qt."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import vcore
from napari_vcore.runs import Request, is_hierarchy
from vcore.errors import Cancelled, InputError, VcoreError
from vcore.io.formats import readable_suffixes
from vcore.model.context import Context
from vcore.model.report import decibels
from vcore.runtime.memory import human_bytes

SUFFIXES = (".vcore", ".ome.zarr")
"""Endings of outputs: files, and hierarchies of chunks."""


@dataclass(frozen=True)
class Outcome:
    """What became of one input.

    Parameters
    ----------
    well
        Whether it was compressed.
    text
        One line: size and quality, or why not.
    """

    name: str
    well: bool
    text: str


def inputs_of(folder: Path) -> list[Path]:
    """Return the files in a folder that can be read, and its Zarr folders, by name.

    Raises
    ------
    InputError
        There is no such folder, or none of its files can be read.
    """
    if not folder.is_dir():
        raise InputError(f"Expected a folder of files to compress. Got {str(folder)!r}.")
    endings = tuple(s for s in readable_suffixes() if s not in (".zarr", ".xml"))
    found = [
        path
        for path in sorted(folder.iterdir())
        if not path.name.startswith(".")
        and (path.is_dir() == is_hierarchy(path.name))
        and (path.is_dir() or path.name.lower().endswith(endings))
    ]
    if not found:
        raise InputError(f"Expected files to compress in {folder}. It has none that can be read.")
    return found


def output_of(path: Path, folder: Path, suffix: str) -> Path:
    """Return the name of the output for an input: its own, with another ending."""
    name, lower = path.name, path.name.lower()
    endings = (*SUFFIXES, ".ome.tiff", ".ome.tif", *readable_suffixes())
    ending = max((e for e in endings if lower.endswith(e)), key=len, default="")
    return folder / (name[: len(name) - len(ending)] + suffix)


def run(
    paths: list[Path],
    folder: Path,
    suffix: str,
    request: Request,
    context: Context,
    told: Callable[[Outcome], None],
) -> list[Outcome]:
    """Compress files one after another; one that cannot be is told, and the next follows.

    Parameters
    ----------
    folder, suffix
        Folder and ending of the outputs. Two inputs of one name, apart from the ending, keep
        their own endings too.
    request
        Method, budget and options for each; its volume and path are not used.
    told
        Called with each outcome.

    Raises
    ------
    Cancelled
        No partial file is left.
    """
    outcomes, names = [], [output_of(path, folder, suffix) for path in paths]
    for number, path in enumerate(paths):
        out = names[number]
        if names.count(out) > 1:
            out = folder / (path.name + suffix)

        def report(stage: str, share: float, number: int = number, name: str = path.name) -> None:
            done = (number + min(max(share, 0.0), 1.0)) / len(paths)
            context.report(f"{number + 1} of {len(paths)}, {name}: {stage}", done)

        inner = replace(context, progress=report, time_limit=request.time_limit)
        try:
            outcome = Outcome(path.name, True, _compressed(path, out, request, inner))
        except Cancelled:
            raise
        except (VcoreError, OSError) as error:
            outcome = Outcome(path.name, False, str(error))
        outcomes.append(outcome)
        told(outcome)
    return outcomes


def _compressed(path: Path, out: Path, request: Request, context: Context) -> str:
    options = {**request.options, "force": request.force, "context": context}
    if is_hierarchy(out.name):
        from vcore.hierarchy import compress  # slow import

        whole = compress(path, out, workers=request.workers, **options)
        ratio = whole.nbytes / max(whole.bytes, 1)
        return f"{human_bytes(whole.bytes)}, {ratio:.0f} : 1, in {out.name}"
    done = vcore.compress(str(path), str(out), **options)
    quality = decibels(done.robust_psnr, done.mse)
    quality = quality if quality == "lossless" else f"robust PSNR {quality}"
    return f"{human_bytes(done.bytes)}, {done.ratio:.0f} : 1, {quality}, in {out.name}"
