"""Time series and channels: independent groups of frames, shared or separate Gaussians."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from gaussians import beads, compress, size_of, spots

import vcore
from vcore.container import SectionReader
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume

DATA = Path(__file__).parents[1] / "data"
SHAPE = (16, 20, 22)


def channels(*values: np.ndarray) -> Volume:
    return Volume(Grid(values[0].shape), (Variable("v", np.stack(values), tuple("czyx")),))


@lru_cache
def droplet() -> np.ndarray:
    """Return seven frames of a real droplet."""
    return tifffile.imread(DATA / "napari_stress_droplet_t21_31x30x16_uint8.tif")[:7]


@lru_cache
def series(group: int = 3, **settings: Any) -> vcore.Dataset:
    budget = vcore.Budget(bytes=4000)
    return vcore.open(compress(droplet(), budget, steps=20, group=group, **settings).data)


# groups


@pytest.mark.parametrize(("group", "units"), [(1, 7), (3, 3), (7, 1), (50, 1)])
def test_a_group_is_a_unit(group: int, units: int) -> None:
    data = series(group)
    reader = data.decoder().reader
    assert reader.units(0, "gaussians") == units
    assert data.decoder().header.settings.get("group", 8) == group
    decoded, original = data.decode(), droplet()
    for t in range(7):
        error = [np.mean((decoded[t].astype("f4") - other) ** 2) for other in original]
        assert np.argmin(error) == t


@pytest.mark.parametrize("frame", [0, 2, 3, 5, 6])
def test_a_frame_decodes_from_its_group_alone(frame: int, monkeypatch: pytest.MonkeyPatch) -> None:
    data = series()
    expected = data.decode()[frame]
    seen: list[int] = []
    read = SectionReader.read_units

    def counted(self: SectionReader, level: int, name: str, wanted: Any) -> list[bytes]:
        wanted = list(wanted)
        seen.extend(wanted if name == "gaussians" else [])
        return read(self, level, name, wanted)

    monkeypatch.setattr(SectionReader, "read_units", counted)
    fresh = vcore.open(data._container.source)
    np.testing.assert_array_equal(fresh[frame], expected)
    assert fresh[frame, 2:5, 3].shape == (3, 31)
    assert seen == [frame // 3]


def test_a_file_opens_without_reading_gaussians(monkeypatch: pytest.MonkeyPatch) -> None:
    source = series()._container.source

    def forbidden(*_: Any) -> None:
        raise AssertionError("read")

    monkeypatch.setattr(SectionReader, "read_units", forbidden)
    data = vcore.open(source)
    assert data.info["variables"][0]["levels"] == [[7, *droplet().shape[1:]]]
    assert data.decoder().available_levels == (0,)


def test_every_frame_is_as_good_as_the_first() -> None:
    data = series()
    error = (data.decode().astype("f4") - droplet()) ** 2
    each = 10 * np.log10(255**2 / error.mean((1, 2, 3)))
    assert each.min() > 26
    assert np.ptp(each) < 5


def test_differences_are_smaller_than_frames() -> None:
    """The same Gaussians move: at similar quality groups take fewer bytes."""
    still = [beads(SHAPE, 20)] * 4
    volume = np.stack(still)
    alone, together = (compress(volume, vcore.Budget(psnr=30), steps=30, group=g) for g in (1, 4))
    assert size_of(vcore.open(together.data)) < 0.7 * size_of(vcore.open(alone.data))


def test_moving_beads_are_followed() -> None:
    places, speed = np.array([(6.0, 6, 6), (10, 14, 15)]), np.array([0, 0.5, 0.4])
    moving = np.stack([spots(SHAPE, places + t * speed, [1.5, 2], [1, 0.8]) for t in range(5)])
    report = compress(moving, vcore.Budget(psnr=32), steps=100, background=0)
    data = vcore.open(report.data)
    assert report.psnr > 32
    table = data.primitives
    for t in range(5):
        rows = table[table.frame == t]
        mass = rows.intensity[:, 0] * np.prod(rows.scale, axis=1)
        near = np.linalg.norm(rows.centre - (places[0] + t * speed), axis=1) < 3
        centre = mass[near] @ rows.centre[near] / mass[near].sum()
        np.testing.assert_allclose(centre, places[0] + t * speed, atol=0.3)


def test_what_appears_later_is_not_lost() -> None:
    """A bead absent from a group's first frame: its Gaussian is elsewhere at that time."""
    first = spots(SHAPE, [(5, 6, 6)], [2], [1.0])
    later = first + spots(SHAPE, [(11, 14, 15)], [2], [1.0])
    report = compress(np.stack([first, later, later]), vcore.Budget(bytes=2000), steps=60)
    decoded = vcore.open(report.data).decode()
    assert decoded[0, 11, 14, 15] < 0.15
    assert decoded[1, 11, 14, 15] > 0.5
    assert decoded[2, 11, 14, 15] > 0.5


def test_an_empty_first_frame_is_no_end() -> None:
    later = spots(SHAPE, [(8, 10, 11)], [2], [1.0])
    report = compress(np.stack([0 * later, later]), vcore.Budget(bytes=1500), steps=60)
    decoded = vcore.open(report.data).decode()
    assert np.isfinite(decoded).all()
    assert decoded[1, 8, 10, 11] > 0.5


# channels


def shares(data: vcore.Dataset) -> bool:
    return data.decoder().header.state.get("shared", True)


@pytest.mark.parametrize("times", [1, 3, -2])
@pytest.mark.parametrize("limit", [700, 2000])
def test_channels_of_the_same_things_share(times: float, limit: int) -> None:
    one = beads(SHAPE, 20)
    budget = vcore.Budget(bytes=limit)
    data = vcore.open(compress(channels(one, times * one), budget, steps=10).data)
    assert shares(data)
    assert data.decoder().reader.units(0, "gaussians") == 1
    assert (data.primitives.intensity[:, 1] != 0).mean() > 0.7


def test_channels_of_other_things_do_not() -> None:
    one, two = beads(SHAPE, 12, seed=1), beads(SHAPE, 12, seed=2)
    one[:, 10:], two[:, :10] = 0, 0
    data = vcore.open(compress(channels(one, two), vcore.Budget(bytes=1500), steps=10).data)
    assert not shares(data)
    assert data.decoder().reader.units(0, "gaussians") == 2


@pytest.mark.parametrize("shared", [True, False])
def test_sharing_may_be_asked_for(shared: bool) -> None:
    one, two = beads(SHAPE, 12, seed=1), beads(SHAPE, 12, seed=2)
    volume = channels(one, two - 0.5)
    report = compress(volume, vcore.Budget(bytes=3000), shared=shared)
    data = vcore.open(report.data)
    assert shares(data) == shared
    assert report.bytes <= 3000
    original = volume.variables[0].read()
    for c in range(2):
        decoded = data[c]
        assert np.corrcoef(decoded.ravel(), original[c].ravel())[0, 1] > 0.9


def test_bytes_go_where_the_error_is() -> None:
    rich, poor = beads(SHAPE, 40), 0.2 * beads(SHAPE, 2, seed=5)
    data = vcore.open(compress(channels(rich, poor), vcore.Budget(bytes=2500), shared=False).data)
    counts = (data.primitives.intensity != 0).sum(0)
    assert counts[0] > 4 * counts[1] > 0


def test_an_empty_channel_takes_next_to_nothing() -> None:
    one = beads(SHAPE, 20)
    both = vcore.open(compress(channels(one, 0 * one), vcore.Budget(bytes=2500)).data)
    np.testing.assert_allclose(both[1], 0, atol=0.01)
    alone = compress(one, vcore.Budget(bytes=2500))
    error = np.mean((both[0] - one) ** 2)
    assert 10 * np.log10(error / alone.mse) < 3


def test_one_channel_decodes_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = beads(SHAPE, 12, seed=1), beads(SHAPE, 12, seed=2)
    report = compress(channels(one, two), vcore.Budget(bytes=3000), shared=False, steps=10)
    expected = vcore.open(report.data).decode()
    seen: list[int] = []
    read = SectionReader.read_units

    def counted(self: SectionReader, level: int, name: str, wanted: Any) -> list[bytes]:
        wanted = list(wanted)
        seen.extend(wanted if name == "gaussians" else [])
        return read(self, level, name, wanted)

    monkeypatch.setattr(SectionReader, "read_units", counted)
    np.testing.assert_array_equal(vcore.open(report.data)[1], expected[1])
    assert seen == [1]
