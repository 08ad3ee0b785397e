"""NumPy's .npy and .npz."""

import gzip
import io
from pathlib import Path

import numpy as np
import pytest

from vcore.errors import InputError
from vcore.io import read

VALUES = np.arange(24, dtype=np.float32).reshape(2, 3, 4)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["<f4", ">f4", ">u2", "<f8", "f2"])
def test_npy(tmp_path: Path, dtype: str, order: str) -> None:
    np.save(tmp_path / "a.npy", np.asarray(VALUES.astype(dtype), order=order))  # type: ignore[call-overload]

    variable = read(tmp_path / "a.npy")["a"]

    assert isinstance(variable.data, np.memmap)
    assert variable.read().flags.c_contiguous
    assert variable.dtype == np.dtype(dtype).newbyteorder("=")
    np.testing.assert_array_equal(variable.read(), VALUES)


def test_npy_in_gzip(tmp_path: Path) -> None:
    stream = io.BytesIO()
    np.save(stream, VALUES)
    (tmp_path / "a.npy.gz").write_bytes(gzip.compress(stream.getvalue()))

    np.testing.assert_array_equal(read(tmp_path / "a.npy.gz")["a"].read(), VALUES)


def test_truth_values_stay(tmp_path: Path) -> None:
    np.save(tmp_path / "mask.npy", VALUES > 5)

    mask = read(tmp_path / "mask.npy")["mask"]

    assert mask.dtype == np.bool_
    assert mask.read().sum() == 18


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_the_arrays_of_an_npz_are_variables(tmp_path: Path, save: object) -> None:
    save(tmp_path / "a.npz", p=VALUES, q=np.asfortranarray(-VALUES), scale=np.ones(3))  # type: ignore[operator]

    volume = read(tmp_path / "a.npz")

    assert [v.name for v in volume.variables] == ["p", "q"]
    assert all(isinstance(v.data, np.memmap) for v in volume.variables) == (save is np.savez)
    np.testing.assert_array_equal(volume["q"].read(), -VALUES)
    np.testing.assert_array_equal(
        volume["p"].read((slice(1, 2), slice(0, 3), slice(2, 4))), VALUES[1:2, :, 2:]
    )


def test_of_several_shapes_the_largest_is_read(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", p=VALUES, q=VALUES[:, :2])

    volume = read(tmp_path / "a.npz")
    assert [v.name for v in volume.variables] == ["p"]
    assert [a.name for a in volume.carried] == ["q"]
    assert read(tmp_path / "a.npz", variables=["q"])["q"].shape == (2, 2, 4)
    assert read(f"{tmp_path}/a.npz::q")["q"].shape == (2, 2, 4)
    with pytest.raises(InputError, match="Expected an array 'r'"):
        read(tmp_path / "a.npz", variables=["r"])


@pytest.mark.parametrize("name", ["a.npy", "a.npz"])
def test_pickles_are_never_opened(tmp_path: Path, name: str) -> None:
    objects = np.array([[[{"a": 1}]]], dtype=object)
    (np.save if name == "a.npy" else np.savez)(tmp_path / name, objects)  # type: ignore[operator]

    with pytest.raises(InputError, match="never unpickles"):
        read(tmp_path / name)
