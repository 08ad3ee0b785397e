"""A compressed hierarchy as plain OME-Zarr that every reader knows."""

import os
from pathlib import Path
from typing import Literal

from vcore.errors import InputError
from vcore.hierarchy import records
from vcore.hierarchy.outcome import HierarchyReport, outcome_of
from vcore.hierarchy.plan import HierarchyWriter, open_source, parts_of
from vcore.hierarchy.pool import pool
from vcore.hierarchy.resuming import fingerprint
from vcore.hierarchy.transfer import parse_part, transfer_all
from vcore.io.outside import Trusted
from vcore.model.context import Context
from vcore.model.text import printable

FORMATS: dict[str, Literal[2, 3]] = {"0.5": 3, "0.4": 2}


def export(
    source: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    version: str = "0.5",
    workers: int = 1,
    part: str | None = None,
    force: bool = False,
    allow_outside: bool = False,
    context: Context | None = None,
) -> HierarchyReport:
    """Decode the hierarchy ``source`` into ``out``, chunk by chunk, coded by zstd.

    Called again with the same arguments after it was stopped, it goes on, if the source is still
    the same.

    Parameters
    ----------
    source
        Folder or URL of a hierarchy that ``compress`` wrote, or of any other.
    version
        Of OME-Zarr: "0.5" (Zarr v3) or "0.4" (Zarr v2).
    workers, part, force, allow_outside
        As in ``compress``.

    Raises
    ------
    InputError, OutputExistsError, OutputError, Cancelled
        Chunks that were finished stay.
    """
    if version not in FORMATS:
        raise InputError(f"Expected OME-Zarr 0.5 or 0.4. Got {version!r} instead.")
    which, context = parse_part(part), context or Context()
    source, out = Trusted(source) if allow_outside else os.fspath(source), os.fspath(out)
    node = open_source(source)
    parts = parts_of(node)
    arrays = [p.path for p in parts]
    # a compressed hierarchy's records tell its chunks, which are not decoded to be compared
    told = records.fingerprint(source, arrays)
    note = {
        "exported from": printable(Path(source).name),
        "version": version,
        "metadata": fingerprint(node),
        **({"records": told} if told else {}),
    }
    hierarchy = HierarchyWriter(source, out, note, FORMATS[version])
    if not hierarchy.exists(force=force, whole=which[1] == 1):
        hierarchy.create(node, parts, {p.path: p.array.chunks for p in parts}, {})
    with pool(workers) as workers_:
        known = transfer_all(
            *(source, out, arrays, workers_, which, context, "exporting"), compare=not told
        )
    return outcome_of(out, known)
