"""``ds.vcore``: there after the imports that say so, and no other."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

import vcore
import vcore.integrations.accessor

MAKE = "xr.DataArray(np.zeros((3, 4, 5), 'f4'), dims=tuple('zyx'), name='T')"


def test_a_dataset_to_a_file_and_back(tmp_path: Path) -> None:
    values = np.random.default_rng(1).normal(size=(3, 4, 5)).astype("f4")
    array = xr.DataArray(values, dims=tuple("zyx"), name="T", attrs={"units": "K"})
    dataset = xr.Dataset({"T": array, "twice": 2 * array}, attrs={"title": "two"})
    report = dataset.vcore.to_file(tmp_path / "a.vcore", max_error=0)
    assert report.bytes == (tmp_path / "a.vcore").stat().st_size
    xr.testing.assert_identical(xr.load_dataset(tmp_path / "a.vcore"), dataset)
    found = array.vcore.to_file(None, psnr=40, method="wavelet")
    assert vcore.open(found.data).info["variables"][0]["method"] == "wavelet"
    with pytest.raises(vcore.OutputExistsError):
        array.vcore.to_file(tmp_path / "a.vcore")


@pytest.mark.parametrize(
    ("imports", "is_there"),
    [
        ("import vcore, xarray as xr, vcore.integrations.accessor", True),
        ("import xarray as xr, vcore", True),
        ("import xarray as xr; xr.backends.list_engines()", True),
        ("import vcore, xarray as xr", False),
    ],
)
def test_when_it_is_there(imports: str, is_there: bool) -> None:
    script = f"import numpy as np\n{imports}\nprint(hasattr({MAKE}, 'vcore'))"
    done: Any = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], capture_output=True, check=True, text=True
    )
    assert done.stdout.strip() == str(is_there)
