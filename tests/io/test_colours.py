"""Colours of channels between OME-Zarr and OME-XML."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
import zarr

import vcore
from vcore.io import read, write
from vcore.io.colours import omero_colours, signed
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume

COLOURS = ("FF0000", "00FF7F")
OMERO = {"channels": [{"label": n, "color": c} for n, c in zip("ab", COLOURS, strict=True)]}


def volume(**attributes: Any) -> Volume:
    values = np.arange(2 * 3 * 4 * 5, dtype="u2").reshape(2, 3, 4, 5)
    found = Variable("v", values, tuple("czyx"), components=("a", "b"), attributes=attributes)
    return Volume(Grid((3, 4, 5)), (found,))


@pytest.mark.parametrize("colour", ["000000", "7FFFFF", "800000", "FFFFFF", *COLOURS])
def test_colours_of_ome_xml_are_signed(colour: str) -> None:
    found = signed(colour)
    assert -(1 << 31) <= found < 1 << 31
    assert f"{found & 0xFFFFFFFF:08X}" == f"{colour}FF"


@pytest.mark.parametrize(
    "omero",
    [None, "red", {}, {"channels": [{"color": "FF0000"}]}, {"channels": [{"color": "red"}] * 2}],
)
def test_colours_that_are_not_all_there(omero: Any) -> None:
    assert omero_colours(omero, 2) == ()


@pytest.mark.parametrize("suffix", [".tif", ".ome.tif"])
def test_a_coloured_stack_is_red_green_and_blue(tmp_path: Path, suffix: str) -> None:
    values = np.random.default_rng(0).integers(0, 255, (4, 12, 10, 3)).astype("u1")
    told = {"axes": "ZYXS"} if suffix == ".ome.tif" else None
    tifffile.imwrite(tmp_path / f"a{suffix}", values, photometric="rgb", metadata=told)
    vcore.compress(tmp_path / f"a{suffix}", tmp_path / "a.vcore", max_error=0)
    with vcore.open(tmp_path / "a.vcore") as dataset:
        assert np.array_equal(dataset[...], np.moveaxis(values, -1, 0))
        shown = dataset.group.attrs["ome"]["omero"]["channels"]  # type: ignore[index]
    assert [c["color"] for c in shown] == ["FF0000", "00FF00", "0000FF"]  # type: ignore[index]
    assert [c["label"] for c in shown] == ["R", "G", "B"]  # type: ignore[index]


def test_opacity_is_no_colour() -> None:
    values = np.full((1, 8, 9, 4), 200, "u1")
    names = ("R", "G", "B", "A")
    found = Variable("v", values.transpose(3, 0, 1, 2), tuple("czyx"), components=names)
    with vcore.open(vcore.compress(Volume(Grid((1, 8, 9)), (found,)), None).data) as dataset:
        shown = dataset.group.attrs["ome"]["omero"]["channels"]  # type: ignore[index]
    assert [c["active"] for c in shown] == [True, True, True, False]  # type: ignore[index]


def test_to_ome_tiff_and_back(tmp_path: Path) -> None:
    write(volume(omero=OMERO), tmp_path / "a.ome.tif")
    with tifffile.TiffFile(tmp_path / "a.ome.tif") as file:
        ome: Any = tifffile.xml2dict(file.ome_metadata or "")
    channels = ome["OME"]["Image"]["Pixels"]["Channel"]
    assert [c["Color"] for c in channels] == [signed(c) for c in COLOURS]
    source = read(tmp_path / "a.ome.tif")
    without = Volume(
        source.grid,
        (
            Variable(
                "v",
                source.variables[0].data,
                tuple("czyx"),
                components=("a", "b"),
                attributes={"ome_image": 0},
            ),
        ),
        attributes=source.attributes,
    )
    write(without, tmp_path / "b.zarr")
    told: Any = zarr.open_group(tmp_path / "b.zarr", mode="r").attrs["ome"]
    assert [c["color"] for c in told["omero"]["channels"]] == list(COLOURS)


def test_compressed_files_show_them(tmp_path: Path) -> None:
    vcore.compress(volume(omero=OMERO), tmp_path / "a.vcore", max_error=0)
    told: Any = vcore.open(tmp_path / "a.vcore").group.attrs["ome"]
    assert [c["color"] for c in told["omero"]["channels"]] == list(COLOURS)
    vcore.compress(volume(), tmp_path / "b.vcore", max_error=0)
    told = vcore.open(tmp_path / "b.vcore").group.attrs["ome"]
    assert [c["color"] for c in told["omero"]["channels"]] == ["FFFFFF"] * 2
