"""XDMF files (.xdmf, .xmf) of regular and rectilinear grids, alone or as a temporal collection.

https://www.xdmf.org/index.php/XDMF_Model_and_Format; numbers in the order z y x, as VTK reads them.
"""

import logging
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np

from vcore.errors import InputError
from vcore.io import series
from vcore.io.assemble import choose, positive, variable
from vcore.io.request import ReadRequest, check_file, reading
from vcore.io.tidy import number, tidy_grid
from vcore.io.xdmf_items import Items, sizes
from vcore.io.xml_files import parsed
from vcore.model.grid import Grid
from vcore.model.volume import LazyArray, Volume

logger = logging.getLogger(__name__)

KIND = "XDMF file"
TOPOLOGIES = {"3dcorectmesh": 3, "3drectmesh": 3, "2dcorectmesh": 2, "2drectmesh": 2}
"""Number of axes of each kind of regular or rectilinear mesh."""
ASSOCIATIONS = {"node": "point", "cell": "cell"}
"""Association of a variable for each Center of an attribute."""
INCLUDE = "{http://www.w3.org/2001/XInclude}include"
"""Element that stands for a part of another place."""


def read(source: ReadRequest) -> Volume:
    """Read the attributes of a uniform grid, or of each grid of a temporal collection.

    Raises
    ------
    InputError
        Meshes, several grids, attributes of nodes and of cells without a choice, or data files
        outside the folder.
    """
    check_file(source.path)
    with reading(source.path, KIND):
        root = parsed(source.path)
        grids = root.findall("Domain/Grid")
        if root.tag != "Xdmf" or len(grids) != 1:
            named = ", ".join(g.get("Name", "without name") for g in grids[:20])
            raise InputError(
                f"Expected an XDMF file with one grid at {source.path}. Got "
                f"{named or root.tag} instead: save the grid as .vti in ParaView."
            )
        items = Items(source, root)
        frames, times = _frames(source, items, grids[0])
        volumes = [_volume(source, items, frame) for frame in frames]
        if times is None:
            return volumes[0]
        names = [f"{source.path} (time {time:g})" for time in times]
        order = np.argsort(times, kind="stable")
        return series.of_frames(
            source,
            [names[i] for i in order],
            [volumes[i] for i in order],
            [times[i] for i in order],
        )


def _frames(
    source: ReadRequest, items: Items, grid: Element
) -> tuple[list[Element], list[float] | None]:
    """Return the grids of a temporal collection and their times; one grid and None otherwise."""
    kind = grid.get("GridType", "Uniform").lower()
    if kind == "uniform":
        return [grid], None
    if kind != "collection" or grid.get("CollectionType", "Spatial").lower() != "temporal":
        raise InputError(
            f"Expected a uniform grid or a temporal collection of them in {source.path}. Got "
            f"a {grid.get('CollectionType', '')} {kind} instead, of several pieces: in ParaView "
            f"apply the filter Resample To Image and save it as .vti."
        )
    frames = grid.findall("Grid")
    if not frames or any(f.get("GridType", "Uniform").lower() != "uniform" for f in frames):
        raise InputError(
            f"Expected uniform grids in the collection of {source.path}. Got none or several "
            f"pieces instead: save it as .vti in ParaView."
        )
    times = _times(items, grid, len(frames))
    if times is None:
        own = [f.find("Time") for f in frames]
        times = [number(t.get("Value")) if t is not None else np.nan for t in own]
    if len(times) != len(frames) or not np.isfinite(times).all() or len({*times}) < len(times):
        logger.warning(
            "%s: its frames have no times, or equal ones; took their numbers", source.path
        )
        times = [float(i) for i in range(len(frames))]
    return frames, times


def _times(items: Items, grid: Element, count: int) -> list[float] | None:
    """Return the times that a collection tells for all of its grids."""
    told = grid.find("Time")
    item = told.find("DataItem") if told is not None else None
    if told is None or item is None:
        return None
    values = items.values(item).tolist()
    kind = told.get("TimeType", "Single").lower()
    if kind == "hyperslab":  # first, step, count
        return [values[0] + i * values[1] for i in range(count)]
    return values if kind == "list" else None


def _volume(source: ReadRequest, items: Items, grid: Element) -> Volume:
    topology, geometry = grid.find("Topology"), grid.find("Geometry")
    kind = (
        "" if topology is None else topology.get("TopologyType", topology.get("Type", "")).lower()
    )
    if grid.find(INCLUDE) is not None and topology is None:
        kind = "an included topology"
    if topology is None or geometry is None or kind not in TOPOLOGIES:
        raise InputError(
            f"Expected voxels on a regular or rectilinear grid. Got {kind or 'no mesh'} in "
            f"{source.path} instead: in ParaView apply the filter Resample To Image and save it "
            f"as .vti."
        )
    points = sizes(topology.get("Dimensions", topology.get("NumberOfElements", "")))
    if len(points) != TOPOLOGIES[kind] or min(points) < 1:
        raise InputError(
            f"Expected {TOPOLOGIES[kind]} Dimensions for {kind} in {source.path}. Got {points} "
            f"instead: the file is damaged."
        )
    association, arrays = _arrays(source, items, grid, points)
    is_cell = association == "cell"
    shape = tuple(max(n - 1, 1) for n in points) if is_cell else points
    for name, data in arrays.items():
        if data.shape[: len(shape)] != shape:
            raise InputError(
                f"Expected the sizes {shape} for {name!r} in {source.path}. Got "
                f"{tuple(data.shape)} instead: the file is damaged."
            )
    axes = "zyx"[-len(shape) :]
    listing = {n: (*a.shape[len(shape) :], *a.shape[: len(shape)]) for n, a in arrays.items()}
    names = choose(source, listing, "array")
    variables = tuple(
        variable(
            source,
            name,
            arrays[name],
            f"{axes}c"[: len(arrays[name].shape)],
            association="cell" if is_cell else "point",
        )
        for name in names
    )
    fields = _grid(source, items, geometry, points, is_cell=is_cell)
    time = grid.find("Time")
    known = {"time": number(time.get("Value"))} if time is not None else {}
    return Volume(
        Grid(shape=variables[0].shape[-3:], **fields),  # type: ignore[arg-type]
        variables,
        attributes={n: v for n, v in known.items() if np.isfinite(v)},
    )


def _arrays(
    source: ReadRequest, items: Items, grid: Element, points: tuple[int, ...]
) -> tuple[str, dict[str, LazyArray]]:
    """Return the association and the arrays of the attributes of nodes or of cells."""
    found: dict[tuple[str, str], Element] = {}
    for attribute in grid.findall("Attribute"):
        name, centre = attribute.get("Name", "values"), attribute.get("Center", "Node").lower()
        item = attribute.find("DataItem")
        if centre in ASSOCIATIONS and item is not None:
            found[ASSOCIATIONS[centre], name] = item
        else:
            logger.warning("%s: left out %s, of each %s", source.path, name, centre)
    wanted = {k for k, n in found if source.variables is None or n in source.variables}
    if len(wanted) > 1:
        listing = ", ".join(f"{n} ({k})" for k, n in found)
        raise InputError(
            f"Expected attributes of nodes or of cells in {source.path}. Got both ({listing}) "
            f"instead, which have different grids: choose with `variables`."
        )
    association = next(iter(wanted), "point")
    names = [n for k, n in found if k == association]
    return association, {n: items.array(found[association, n]) for n in names}


def _grid(
    source: ReadRequest, items: Items, geometry: Element, points: tuple[int, ...], *, is_cell: bool
) -> dict[str, Any]:
    """Return the fields of the grid besides its shape; voxels of cells lie in their centres."""
    kind = geometry.get("GeometryType", geometry.get("Type", "")).upper()
    found = [items.values(item) for item in geometry.findall("DataItem")]
    if kind in ("ORIGIN_DXDYDZ", "ORIGIN_DXDY") and [len(v) for v in found] == [len(points)] * 2:
        missing = 3 - len(points)
        origin = np.concatenate([np.zeros(missing), found[0]])
        spacing = np.concatenate([np.ones(missing), found[1]])
        if is_cell:
            long = np.array([*[1] * missing, *points]) > 1
            origin = origin + np.where(long, spacing / 2, 0)
        steps, direction = positive(spacing.tolist(), np.eye(3))
        return tidy_grid(
            source.path, {"spacing": steps, "origin": origin.tolist(), "direction": direction}
        )
    if kind in ("VXVYVZ", "VXVY") and [len(v) for v in found][: len(points)] == [*points[::-1]]:
        axes = [a if len(a) == 1 or not is_cell else (a[1:] + a[:-1]) / 2 for a in found[::-1]]
        axes = [*[np.zeros(1)] * (3 - len(points)), *axes[-len(points) :]]
        regular = Grid.from_coordinates([axis.tolist() for axis in axes])
        return {n: getattr(regular, n) for n in ("spacing", "origin", "direction", "coordinates")}
    raise InputError(
        f"Expected origin and steps, or coordinates along each axis, of {points} points in "
        f"{source.path}. Got {kind} of {[len(v) for v in found]} numbers instead: save it as .vti "
        f"in ParaView."
    )
