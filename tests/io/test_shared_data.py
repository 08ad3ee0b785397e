"""The real volumes: shapes and ranges as listed in their README."""

from pathlib import Path

import numpy as np
import pytest

from vcore.io import read

LISTED = [
    ("scivis/tooth_103x94x161_uint8.raw", (161, 94, 103), "u1", 0, 255, 103.17),
    ("scivis/bonsai_256x256x256_uint8.nrrd", (256, 256, 256), "u1", 0, 255, 13.711),
    ("scivis/neghip_64x64x64_uint8.raw", (64, 64, 64), "u1", 0, 255, 18.403),
    ("medical/headsq_64x64x93_int16.raw.gz", (93, 64, 64), "i2", 0, 3926, 507.69),
    ("medical/chris_t1_188x256x190_uint8.nii.gz", (190, 256, 188), "u1", 0, 255, 44.949),
    ("microscopy/rivulet_neuron_409x415x119_uint8.tif", (119, 415, 409), "u1", 0, 255, 0.10482),
    (
        "microscopy/cellfinder_signal_627x1116x26_uint16.tif",
        (26, 1116, 627),
        "u2",
        0,
        19445,
        258.52,
    ),
    ("timeseries/viscous_fingers_run01", (24, 64, 64, 64), "f4", 0, 118.85, 11.992),
    (
        "timeseries/napari_stress_droplet_t21_31x30x16_uint8.tif",
        (21, 16, 30, 31),
        "u1",
        0,
        230,
        14.409,
    ),
    ("timeseries/pcasl_t10_52x68x20_int16.nii.gz", (10, 20, 68, 52), "i2", 0, 2640, 461.58),
    (
        "timeseries/tornado_speed_t16_64x64x64_float32.npy.gz",
        (16, 64, 64, 64),
        "f4",
        0.029834,
        0.31377,
        0.10872,
    ),
]


@pytest.mark.parametrize(("name", "shape", "dtype", "low", "high", "mean"), LISTED)
def test_a_volume_is_what_its_readme_says(
    shared_data: Path,
    name: str,
    shape: tuple[int, ...],
    dtype: str,
    low: float,
    high: float,
    mean: float,
) -> None:
    variable = read(shared_data / name).variables[0]
    values = variable.read()

    assert variable.shape == shape
    assert variable.axes == tuple("tzyx")[-len(shape) :]
    assert values.dtype == np.dtype(dtype)
    assert float(values.min()) == pytest.approx(low, rel=1e-4)
    assert float(values.max()) == pytest.approx(high, rel=1e-4)
    assert float(values.mean(dtype=np.float64)) == pytest.approx(mean, rel=1e-4)


def test_voxel_sizes(shared_data: Path) -> None:
    head = read(shared_data / "medical/chris_t1_188x256x190_uint8.nii.gz").grid
    assert head.spacing == (0.88, 0.88, 0.88)
    assert head.unit == "millimeter"
    brain = read(shared_data / "timeseries/pcasl_t10_52x68x20_int16.nii.gz").grid
    assert brain.spacing == (6.0, 3.0, 3.0)
    assert brain.times is not None
    assert brain.times[1] == 2.54
    assert brain.time_unit == "second"


def test_the_images_of_a_scene_by_name_and_axes(shared_data: Path) -> None:
    volume = read(
        shared_data / "nerf/lego_rgba_200x200_train100_test25.npz",
        variables=["images_test"],
        axes="zyxc",
    )
    assert volume["images_test"].shape == (4, 25, 200, 200)
