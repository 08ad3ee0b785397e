"""Files and hierarchies keep the contract of datasets."""

from pathlib import Path

import numpy as np
import pytest
from volumes import frames

import vcore
from vcore import hierarchy
from vcore.dataset import Dataset
from vcore.model.volume import Variable, Volume
from vcore.testing.datasets import DatasetContract

GRID = vcore.Grid(
    (9, 20, 130),
    spacing=(2.0, 1.0, 0.5),
    origin=(5.0, 0.0, -3.0),
    unit="micrometer",
    times=(0.0, 1.5),
    time_unit="second",
)
VALUES = frames((2, *GRID.shape))
RHO = Variable("rho", np.rint(200 * VALUES).astype("u1"), tuple("tzyx"), "kg")
EXACT = vcore.Budget(max_error=0)


def flipped(path: Path) -> Path:
    """Change the last byte of a file."""
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    return path


class TestFile(DatasetContract):
    @pytest.fixture
    def original(self) -> Volume:
        return Volume(GRID, (RHO, Variable("u", VALUES[0].astype("f4"))))

    @pytest.fixture
    def opened(self, tmp_path: Path, original: Volume) -> Path:
        vcore.compress(original, tmp_path / "run.vcore", budget=EXACT)
        return tmp_path / "run.vcore"

    @pytest.fixture
    def damaged(self, tmp_path: Path, original: Volume) -> Path:
        vcore.compress(original, tmp_path / "bad.vcore", budget=EXACT)
        return flipped(tmp_path / "bad.vcore")

    def test_it_is_a_file(self, dataset: Dataset) -> None:
        assert isinstance(dataset, vcore.FileDataset)


class TestLossyFile(TestFile):
    @pytest.fixture
    def bound(self) -> float:
        return 3.0

    @pytest.fixture
    def original(self) -> Volume:
        return Volume(GRID, (RHO,))

    @pytest.fixture
    def opened(self, tmp_path: Path, original: Volume) -> Path:
        vcore.compress(original, tmp_path / "run.vcore", method="wavelet", max_error=3)
        return tmp_path / "run.vcore"


def compressed_hierarchy(volume: Volume, out: Path) -> Path:
    """Compress the volume with two levels."""
    plain = out.with_name(f"plain-{out.name}")
    vcore.write(volume, plain)
    hierarchy.compress(plain, out, budget=EXACT, chunks=16)
    return out


class TestHierarchy(DatasetContract):
    @pytest.fixture
    def original(self) -> Volume:
        return Volume(GRID, (RHO,))

    @pytest.fixture
    def opened(self, tmp_path: Path, original: Volume) -> Path:
        return compressed_hierarchy(original, tmp_path / "run.zarr")

    @pytest.fixture
    def damaged(self, tmp_path: Path, original: Volume) -> Path:
        out = compressed_hierarchy(original, tmp_path / "bad.zarr")
        flipped(min(p for p in (out / "0" / "c").rglob("*") if p.is_file()))
        return out

    def test_it_is_a_hierarchy_of_levels(self, dataset: Dataset) -> None:
        assert isinstance(dataset, vcore.HierarchyDataset)
        assert len(dataset.levels) == 2
