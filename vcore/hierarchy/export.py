"""Export of a compressed hierarchy as plain OME-Zarr, readable without vcore."""

import os
from pathlib import Path
from typing import Literal

from vcore.errors import InputError
from vcore.hierarchy import records
from vcore.hierarchy.ome import NOTE
from vcore.hierarchy.outcome import HierarchyReport, outcome_of
from vcore.hierarchy.plan import HierarchyWriter, open_source, parts_of
from vcore.hierarchy.pool import pool
from vcore.hierarchy.resuming import fingerprint
from vcore.hierarchy.transfer import parse_part, transfer_all
from vcore.io.outside import Trusted
from vcore.model import lossy
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
    """Decode the hierarchy ``source`` to ``out``, chunk by chunk, with zstd as the codec.

    A call with the same arguments resumes an interrupted export if the source is unchanged.

    Parameters
    ----------
    source
        Folder or URL of a hierarchy written by ``compress``, or of any other.
    version
        Version of OME-Zarr: "0.5" (Zarr v3) or "0.4" (Zarr v2).
    workers, part, force, allow_outside
        As in ``compress``.

    Raises
    ------
    InputError, OutputExistsError, OutputError, Cancelled
        Finished chunks are kept in each case.
    """
    if version not in FORMATS:
        raise InputError(f"Expected OME-Zarr 0.5 or 0.4. Got {version!r} instead.")
    which, context = parse_part(part), context or Context()
    source, out = Trusted(source) if allow_outside else os.fspath(source), os.fspath(out)
    node = open_source(source)
    parts = parts_of(node)
    arrays = [p.path for p in parts]
    # records identify the chunks of a compressed source, without decoding them for comparison
    told = records.fingerprint(source, arrays)
    note = {
        "exported from": printable(Path(source).name),
        "version": version,
        "metadata": fingerprint(node),
        **({"records": told} if told else {}),
        **lossy.of_hierarchy(dict(node.attrs).get(NOTE)),
    }
    hierarchy = HierarchyWriter(source, out, note, FORMATS[version])
    if not hierarchy.exists(force=force, whole=which[1] == 1):
        hierarchy.create(node, parts, {p.path: p.array.chunks for p in parts}, {})
    with pool(workers) as workers_:
        known = transfer_all(
            *(source, out, arrays, workers_, which, context, "exporting"), compare=not told
        )
    return outcome_of(out, known)
