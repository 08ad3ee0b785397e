"""vcore reads the same values, positions and times as each format's reference library."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from vcore.io import read
from vcore.model.grid import Grid

often = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
LENGTHS = st.integers(1, 6)
STEPS = st.sampled_from([0.25, 0.5, 1.0, 3.0, 1e-3, 40.0])
SHIFTS = st.sampled_from([0.0, -3.5, 12.0, 1e4])
DTYPES = st.sampled_from(["u1", "i2", "u2", "i4", "f4", "f8"])


def values_of(shape: Sequence[int], dtype: str) -> NDArray[Any]:
    """Return values that are all distinct if the dtype permits."""
    return (np.arange(int(np.prod(shape))) % 250).astype(dtype).reshape(shape)


def place(grid: Grid, index: Sequence[int]) -> NDArray[np.float64]:
    """Return the position of a voxel, z y x."""
    if grid.coordinates is not None:
        return np.array([c[i] for c, i in zip(grid.coordinates, index, strict=True)])
    steps = np.array(grid.spacing) * np.array(index)
    return np.array(grid.origin) + np.array(grid.direction) @ steps


@st.composite
def directions(draw: st.DrawFn) -> NDArray[np.float64]:
    """Draw an orthonormal matrix: a rotation of axes that may be permuted and reversed."""
    angle = draw(st.sampled_from([0.0, 0.3, -1.2]))
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0]])
    turn = np.vstack([turn, [0, 0, 1]])
    swapped = np.eye(3)[list(draw(st.permutations(range(3))))]
    signs = draw(st.tuples(*[st.sampled_from([1.0, -1.0])] * 3))
    return np.asarray(turn @ swapped @ np.diag(signs))


@often
@given(
    shape=st.tuples(LENGTHS, LENGTHS, LENGTHS),
    frames=st.integers(0, 3),
    dtype=DTYPES,
    direction=directions(),
    steps=st.tuples(STEPS, STEPS, STEPS),
    origin=st.tuples(SHIFTS, SHIFTS, SHIFTS),
    scale=st.sampled_from([None, (0.5, 0.0), (0.01, -20.0)]),
    unit=st.sampled_from(["mm", "micron", "meter", "unknown"]),
)
def test_nifti(tmp_path: Path, shape: Any, frames: int, dtype: str, direction: Any, steps: Any,
               origin: Any, scale: Any, unit: str) -> None:  # fmt: skip
    nibabel = pytest.importorskip("nibabel")
    affine = np.eye(4)
    affine[:3, :3], affine[:3, 3] = direction * np.array(steps), origin
    stored = values_of((*shape, *([frames] if frames else [])), dtype)
    image = nibabel.Nifti1Image(stored, affine)
    image.header.set_xyzt_units(unit, "sec")
    if scale:
        image.header.set_slope_inter(*scale)
    path = str(tmp_path / "v.nii")
    nibabel.save(image, path)
    expected = nibabel.load(path)
    volume = read(path)
    (found,) = volume.variables
    np.testing.assert_allclose(
        np.asarray(found.read()).T.reshape(stored.shape), expected.get_fdata(), rtol=1e-6
    )
    corner = tuple(n - 1 for n in shape)
    for index in ((0, 0, 0), corner):
        wanted = (expected.affine @ [*index, 1])[:3]
        got = place(volume.grid, index[::-1])[::-1]
        np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-4)
    known = {"mm": "millimeter", "micron": "micrometer", "meter": "meter", "unknown": ""}
    assert volume.grid.unit == known[unit]


@often
@given(
    shape=st.tuples(LENGTHS, LENGTHS, LENGTHS),
    vector=st.sampled_from([0, 2, 3]),
    dtype=DTYPES,
    direction=directions(),
    steps=st.tuples(STEPS, STEPS, STEPS),
    origin=st.tuples(SHIFTS, SHIFTS, SHIFTS),
    encoding=st.sampled_from(["raw", "gzip"]),
)
def test_nrrd(tmp_path: Path, shape: Any, vector: int, dtype: str, direction: Any, steps: Any,
              origin: Any, encoding: str) -> None:  # fmt: skip
    nrrd = pytest.importorskip("nrrd")
    rows = (direction * np.array(steps)).T
    header: dict[str, Any] = {
        "space": "left-posterior-superior", "space directions": rows,
        "space origin": np.array(origin), "encoding": encoding,
    }  # fmt: skip
    stored = values_of(shape, dtype)
    if vector:
        stored = np.stack([stored, *[stored[::-1]] * (vector - 1)])
        header["kinds"] = ["vector", "domain", "domain", "domain"]
        header["space directions"] = np.vstack([[np.nan] * 3, rows])
    path = str(tmp_path / "v.nrrd")
    nrrd.write(path, stored, header)
    expected, said = nrrd.read(path)
    volume = read(path)
    (found,) = volume.variables
    got = found.read()
    got = got if not vector else np.moveaxis(got, 0, -1)
    np.testing.assert_array_equal(got.T, expected)
    corner = np.array([n - 1 for n in shape])
    wanted = np.array(said["space origin"]) + corner @ said["space directions"][-3:]
    np.testing.assert_allclose(place(volume.grid, corner[::-1])[::-1], wanted, rtol=1e-6, atol=1e-6)
    assert volume.attributes["space"] == "left-posterior-superior"


MICROMETERS = {"nm": 1e-3, "µm": 1.0, "mm": 1e3, "pm": 1e-6, "cm": 1e4}


@often
@given(
    lengths=st.fixed_dictionaries({a: st.integers(2, 5) for a in "TCZYX"}),
    axes=st.sampled_from(["ZYX", "CZYX", "TZYX", "ZCYX", "TCZYX", "TZCYX"]),
    dtype=st.sampled_from(["u1", "u2", "f4"]),
    sizes=st.tuples(STEPS, STEPS, STEPS),
    units=st.tuples(*[st.sampled_from(sorted(MICROMETERS))] * 3),
)
def test_ome_tiff(tmp_path: Path, lengths: Any, axes: str, dtype: str, sizes: Any,
                  units: Any) -> None:  # fmt: skip
    tifffile = pytest.importorskip("tifffile")
    stored = values_of([lengths[a] for a in axes], dtype)
    metadata: dict[str, Any] = {"axes": axes}
    for axis, size, unit in zip("ZYX", sizes, units, strict=True):
        metadata |= {f"PhysicalSize{axis}": size, f"PhysicalSize{axis}Unit": unit}
    path = str(tmp_path / "v.ome.tif")
    tifffile.imwrite(path, stored, ome=True, metadata=metadata, photometric="minisblack")
    volume = read(path)
    (found,) = volume.variables
    order = [axes.index(a) for a in "TCZYX" if a in axes]
    np.testing.assert_array_equal(found.read(), tifffile.imread(path).transpose(order))
    assert "".join(found.axes) == "".join(a for a in "tczyx" if a.upper() in axes)
    one = {"nanometer": "nm", "micrometer": "µm", "millimeter": "mm", "picometer": "pm"}
    factor = MICROMETERS[one.get(volume.grid.unit, "cm")]
    wanted = [s * MICROMETERS[u] for s, u in zip(sizes, units, strict=True)]
    np.testing.assert_allclose(np.array(volume.grid.spacing) * factor, wanted, rtol=1e-6)


@often
@given(
    lengths=st.fixed_dictionaries({a: st.integers(2, 4) for a in "tczyx"}),
    axes=st.permutations("tczyx"),
    left_out=st.sets(st.sampled_from("tc")),
    version=st.sampled_from([2, 3]),
    scale=st.fixed_dictionaries(dict.fromkeys("zyx", STEPS)),
    shift=st.fixed_dictionaries(dict.fromkeys("zyx", SHIFTS)),
)
def test_ome_zarr(tmp_path_factory: pytest.TempPathFactory, lengths: Any, axes: Any, left_out: Any,
                  version: int, scale: Any, shift: Any) -> None:  # fmt: skip
    import zarr

    axes = [a for a in axes if a not in left_out]
    path = str(tmp_path_factory.mktemp("z") / "v.zarr")
    stored = values_of([lengths[a] for a in axes], "u2")
    kinds = {"t": "time", "c": "channel"}
    image = {
        "axes": [{"name": a, "type": kinds.get(a, "space")} for a in axes],
        "datasets": [
            {
                "path": "0",
                "coordinateTransformations": [
                    {"type": "scale", "scale": [scale.get(a, 1.0) for a in axes]},
                    {"type": "translation", "translation": [shift.get(a, 0.0) for a in axes]},
                ],
            }
        ],
    }
    group = zarr.open_group(path, mode="w", zarr_format=version)
    if version == 2:
        group.attrs["multiscales"] = [{"version": "0.4", **image}]
    else:
        group.attrs["ome"] = {"version": "0.5", "multiscales": [image]}
    group.create_array("0", data=stored)
    volume = read(path)
    (found,) = volume.variables
    order = [axes.index(a) for a in "tczyx" if a in axes]
    np.testing.assert_array_equal(found.read(), stored.transpose(order))
    assert "".join(found.axes) == "".join(a for a in "tczyx" if a in axes)
    assert volume.grid.spacing == tuple(scale[a] for a in "zyx")
    assert volume.grid.origin == tuple(shift[a] for a in "zyx")


COORDINATES = st.sampled_from(["rising", "falling", "uneven", "wrapped", "none"])


def coordinate(kind: str, length: int) -> NDArray[np.float64]:
    """Return coordinates of the given kind."""
    steps = np.arange(length) * 2.0
    if kind == "falling":
        return 30 - steps
    if kind == "uneven":
        return steps**1.5
    return (352 + steps) % 360 if kind == "wrapped" else 5 + steps


@often
@given(
    lengths=st.tuples(*[st.integers(2, 5)] * 4),
    kinds=st.tuples(COORDINATES, COORDINATES, COORDINATES),
    packed=st.sampled_from([None, (0.01, 0.0, "i2"), (0.5, 273.15, "i2"), (1e-4, 0.0, "i4")]),
    holes=st.booleans(),
    order=st.permutations(["time", "lev", "lat", "lon"]),
    form=st.sampled_from(["nc", "h5", "zarr2", "zarr3"]),
    epoch=st.sampled_from(["days since 2000-01-01", "hours since 1970-01-01 06:00:00"]),
)
def test_xarray(tmp_path_factory: pytest.TempPathFactory, lengths: Any, kinds: Any, packed: Any,
                holes: bool, order: Any, form: str, epoch: str) -> None:  # fmt: skip
    xr = pytest.importorskip("xarray")
    size = dict(zip(("time", "lev", "lat", "lon"), lengths, strict=True))
    values = values_of([size[d] for d in order], "f4") / 4
    if holes:
        values.ravel()[::5] = np.nan
    coords: dict[str, Any] = {"time": ("time", np.arange(size["time"]) * 3.0, {"units": epoch})}
    for dim, kind in zip(("lev", "lat", "lon"), kinds, strict=True):
        if kind != "none":
            coords[dim] = (dim, coordinate(kind, size[dim]))
    original = xr.Dataset({"T": (order, values, {"standard_name": "air_temperature"})}, coords)
    encoding: dict[str, Any] = {"_FillValue": -999.0}
    if packed:
        encoding = {"scale_factor": packed[0], "add_offset": packed[1], "dtype": packed[2],
                    "_FillValue": -32767}  # fmt: skip
    folder = tmp_path_factory.mktemp("x")
    path = str(folder / {"nc": "v.nc", "h5": "v.h5"}.get(form, "v.zarr"))
    if form.startswith("zarr"):
        version = int(form[-1])
        original.to_zarr(path, encoding={"T": encoding}, zarr_format=version, consolidated=False)
        expected = xr.open_zarr(path, consolidated=False, decode_times=False)["T"]
    else:
        original.to_netcdf(path, encoding={"T": encoding}, engine="netcdf4")
        expected = xr.open_dataset(path, engine="netcdf4", decode_times=False)["T"]
    volume = read(path)
    (found,) = volume.variables
    got = found.read()
    if found.fill_value is not None:
        got[got == found.fill_value] = np.nan
    wanted = expected.transpose("time", "lev", "lat", "lon")
    np.testing.assert_array_equal(got, wanted.values)
    assert got.dtype == wanted.dtype
    assert found.attributes["standard_name"] == "air_temperature"
    last = [n - 1 for n in found.shape[-3:]]
    for axis, dim in enumerate(("lev", "lat", "lon")):
        places = wanted[dim].values if dim in wanted.coords else np.arange(size[dim])
        for index in ([0, 0, 0], [1, 1, 1], last):
            assert place(volume.grid, index)[axis] == pytest.approx(places[index[axis]])
    assert volume.grid.times == tuple(wanted["time"].values)
    assert volume.attributes["time_reference"] == epoch
    expected.close()


@often
@given(
    shape=st.tuples(LENGTHS, LENGTHS, LENGTHS),
    bits=st.sampled_from(["u1", ">i2", ">i4", ">f4", ">f8", "u2", "i1"]),
    scale=st.sampled_from([None, (0.5, 0.0), (0.25, 100.0)]),
    blank=st.booleans(),
    compressed=st.booleans(),
    extensions=st.integers(0, 2),
)
def test_fits(tmp_path: Path, shape: Any, bits: str, scale: Any, blank: bool, compressed: bool,
              extensions: int) -> None:  # fmt: skip
    fits = pytest.importorskip("astropy.io.fits")
    hdus = [fits.PrimaryHDU()]
    for number in range(extensions + 1):
        stored = values_of(shape, bits)[:, ::-1] if number else values_of(shape, bits)
        header = fits.Header({"EXTNAME": "SCI", "EXTVER": number + 1})
        # unsigned integers are stored with a special BZERO
        integer = np.dtype(bits).kind != "f" and bits not in ("u2", "i1")
        if blank and integer:
            header["BLANK"] = 3
        hdu = (
            fits.CompImageHDU(stored, header, compression_type="RICE_1")
            if compressed and np.dtype(bits).kind != "f"
            else fits.ImageHDU(stored, header)
        )
        if scale and integer and not isinstance(hdu, fits.CompImageHDU):
            hdu.header["BSCALE"], hdu.header["BZERO"] = scale
        hdus.append(hdu)
    path = str(tmp_path / "v.fits")
    fits.HDUList(hdus).writeto(path, overwrite=True)
    volume = read(path)
    assert len(volume.variables) == extensions + 1
    with fits.open(path) as file:
        for number, found in enumerate(volume.variables):
            wanted = np.asarray(file[number + 1].data)
            got = found.read()
            if found.fill_value is not None:
                got = np.where(got == found.fill_value, np.nan, got)
                assert file["SCI", number + 1].header["BLANK"] == 3
                if wanted.dtype.kind != "f":
                    wanted = np.where(wanted == 3, np.nan, wanted)
            np.testing.assert_array_equal(got, wanted)
            one = read(f"{path}::SCI,{number + 1}").variables[0].read()
            np.testing.assert_array_equal(one, found.read())


@often
@given(
    shape=st.tuples(*[st.integers(2, 6)] * 3),
    dtype=DTYPES,
    steps=st.tuples(STEPS, STEPS, STEPS),
    origin=st.tuples(SHIFTS, SHIFTS, SHIFTS),
    compressed=st.booleans(),
    header=st.sampled_from(["v.mha", "v.mhd"]),
)
def test_metaimage(tmp_path: Path, shape: Any, dtype: str, steps: Any, origin: Any,
                   compressed: bool, header: str) -> None:  # fmt: skip
    pytest.importorskip("vtkmodules")
    from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
    from vtkmodules.vtkCommonDataModel import vtkImageData
    from vtkmodules.vtkIOImage import vtkMetaImageReader, vtkMetaImageWriter

    stored = values_of(shape, dtype)
    image = vtkImageData()
    image.SetDimensions(*shape[::-1])
    image.SetSpacing(*steps[::-1])
    image.SetOrigin(*origin[::-1])
    image.GetPointData().SetScalars(numpy_to_vtk(stored.ravel(), deep=True))
    path = tmp_path / header
    writer = vtkMetaImageWriter()
    writer.SetFileName(str(path))
    if header.endswith("mhd"):
        writer.SetRAWFileName(str(tmp_path / ("v.zraw" if compressed else "v.raw")))
    writer.SetCompression(compressed)
    writer.SetInputData(image)
    writer.Write()
    reader = vtkMetaImageReader()
    reader.SetFileName(str(path))
    reader.Update()
    expected = reader.GetOutput()
    volume = read(path)
    (found,) = volume.variables
    wanted = vtk_to_numpy(expected.GetPointData().GetScalars()).reshape(shape)
    np.testing.assert_array_equal(found.read(), wanted)
    assert found.dtype == stored.dtype
    assert volume.grid.spacing[::-1] == pytest.approx(expected.GetSpacing())
    assert volume.grid.origin[::-1] == pytest.approx(expected.GetOrigin())
