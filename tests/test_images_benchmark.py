"""Parts of the benchmark of image collections: order of a video, measures, peers."""

import shutil

import numpy as np
import pytest
from made_images import ball, only

from benchmarks import images as benchmark
from benchmarks import images_rows
from benchmarks.images_measures import Measures
from benchmarks.images_peers import OfVolumes, Pictures, Video, serpentine
from benchmarks.peers import Sz3

pytest.importorskip("imagecodecs")
SHAPE = (3, 2, 4)


def pictures() -> np.ndarray:
    """Images that change most along the second parameter, least along the last."""
    y, x = np.mgrid[:48, :64]
    found = []
    for a, b, c in np.ndindex(*SHAPE):
        inside = np.hypot(y - 20 - a, x - 30 - 0.2 * c) < 10 + 4 * b
        found.append(np.where(inside[..., None], (200, 90 + 2 * c, 30), 255))
    return np.array(found, np.uint8)


def test_a_video_goes_through_neighbours() -> None:
    order = serpentine(pictures(), SHAPE)
    assert sorted(order) == list(range(24))
    places = np.array(np.unravel_index(order, SHAPE)).T
    assert (np.abs(np.diff(places, axis=0)).sum(1) == 1).all()
    assert (places[:4, :2] == places[0, :2]).all()  # along the last parameter first


def test_measures_are_those_of_numpy() -> None:
    original = pictures()[:2]
    decoded = np.clip(original.astype(int) + 4, 0, 255).astype(np.uint8)
    measures = Measures()
    for a, b in zip(original, decoded, strict=True):
        measures.add(a, b, (a != 255).any(-1))
    error = (original.astype(float) - decoded) ** 2
    found = measures.figures()
    assert found["psnr"] == pytest.approx(10 * np.log10(255**2 / error.mean()))
    inside = error[(original != 255).any(-1)]
    assert found["foreground"] == pytest.approx(10 * np.log10(255**2 / inside.mean()))
    assert 0.9 < found["ms_ssim"] <= 1
    assert found["cieluv"] > 0


@pytest.mark.parametrize(
    ("peer", "level"),
    [
        (Pictures("JPEG XL", ()), 1.0),
        (Pictures("AVIF", ()), 80.0),
        (Pictures("JPEG 2000", ()), 40.0),
        (OfVolumes("SZ3", Sz3, ()), 4.0),
    ],
    ids=lambda p: getattr(p, "name", None),
)
def test_peers_give_back_the_pictures(peer, level: float) -> None:
    images = pictures()
    stream = peer.code(images, level)
    assert 0 < stream.bytes < images.nbytes
    assert np.abs(stream.decoded.astype(float) - images).mean() < 4


@pytest.mark.skipif(not shutil.which("ffmpeg"), reason="no ffmpeg")
@pytest.mark.parametrize("encoder", ["libx265", "libaom-av1"])
def test_videos_give_back_the_pictures(encoder: str) -> None:
    images = pictures()
    stream = Video("video", encoder, (), 8).code(images, 20)
    assert 0 < stream.bytes < images.nbytes
    assert np.abs(stream.decoded.astype(float) - images).mean() < 4


def test_figures_between_two_streams_are_interpolated() -> None:
    names = (*images_rows.FIGURES, *images_rows.ACCESS)
    points = [
        {**dict.fromkeys(names, v), "bytes": n, "images": 2} for v, n in ((30, 100), (40, 400))
    ]
    found = images_rows.at(points, 200)
    assert found is not None
    assert found["psnr"] == pytest.approx(35)
    assert images_rows.at(points, 99) is None


def test_ours_are_measured_on_the_decoded_file() -> None:
    images = benchmark.opaque(only(ball(holes=False), "rgb"))
    found = images_rows.ours(images, "stacked", 10)
    assert found is not None
    assert found["bytes"] <= 12 * 40 * 52 * 3 // 10
    assert found["psnr"] > 20
