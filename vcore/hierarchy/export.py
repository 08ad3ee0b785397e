"""Export of a compressed hierarchy as plain OME-Zarr, readable without vcore."""

import os
from pathlib import Path

from vcore.errors import InputError, OutputExistsError
from vcore.hierarchy import records
from vcore.hierarchy.ome import NOTE
from vcore.hierarchy.outcome import HierarchyReport, outcome_of
from vcore.hierarchy.plan import HierarchyWriter, open_source, parts_of
from vcore.hierarchy.pool import pool
from vcore.hierarchy.resuming import fingerprint
from vcore.hierarchy.transfer import parse_part, transfer_all
from vcore.io.ome_versions import check_version
from vcore.io.outside import Trusted
from vcore.io.ozx_write import check_packed, pack
from vcore.model import lossy
from vcore.model.context import Context
from vcore.model.text import printable
from vcore.runtime.atomic import hidden, publish


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
    out
        Folder to write; a .ozx or .zarr.zip file, which is written anew at each call.
    version
        Version of OME-Zarr: "0.5" or "0.6" (Zarr v3), "0.4" (Zarr v2).
    workers, part, force, allow_outside
        As in ``compress``.

    Raises
    ------
    InputError, OutputExistsError, OutputError, Cancelled
        Finished chunks are kept in each case.
    """
    check_version(version)
    if os.fspath(out).lower().endswith((".ozx", ".zarr.zip")):
        return _export_packed(
            *(source, os.fspath(out), version, workers, part, force, allow_outside, context)
        )
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
    hierarchy = HierarchyWriter(source, out, note, version)
    if not hierarchy.exists(force=force, whole=which[1] == 1):
        hierarchy.create(node, parts, {p.path: p.array.chunks for p in parts}, {})
    with pool(workers) as workers_:
        known = transfer_all(
            *(source, out, arrays, workers_, which, context, "exporting"), compare=not told
        )
    return outcome_of(out, known)


def _export_packed(
    source: str | os.PathLike[str],
    out: str,
    version: str,
    workers: int,
    part: str | None,
    force: bool,
    allow_outside: bool,
    context: Context | None,
) -> HierarchyReport:
    """Export to a hidden folder beside ``out``, and pack it."""
    check_packed(out, version)
    if part is not None:
        raise InputError(f"Expected the folder of a .zarr for parts of a job. Got {out} instead.")
    if os.path.lexists(out) and not force:
        raise OutputExistsError(
            f"Expected a new name. Got {out} instead, which exists: "
            f"choose another name, or replace it with `force=True`."
        )
    with hidden(out) as place:
        place.mkdir()
        folder, packed = str(place / "packed.zarr"), place / "packed"
        report = export(
            source,
            folder,
            version=version,
            workers=workers,
            allow_outside=allow_outside,
            context=context,
        )
        pack(folder, str(packed), version)
        publish(packed, Path(out), force=force)
    return report
