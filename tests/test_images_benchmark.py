"""Parts of the benchmark of image collections: order of a video, measures, peers."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from made_images import ball, only

from benchmarks import images as benchmark
from benchmarks import (
    images_networks,
    images_rows,
    images_streams,
    images_studies,
    images_times,
)
from benchmarks.images_measures import Measures
from benchmarks.images_peers import OfVolumes, Pictures, Video, serpentine
from benchmarks.peers import Sz3
from benchmarks.report import Results

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
        {**dict.fromkeys(names, v), "bytes": n, "images": 2} for v, n in ((30, 100), (40, 225))
    ]
    found = images_rows.at(points, 150)
    assert found is not None
    assert found["psnr"] == pytest.approx(35)
    assert images_rows.at(points, 99) is None
    far = [points[0], {**points[1], "bytes": 1000}]  # nothing is known between them
    assert images_rows.at(far, 200) is None
    assert images_rows.at(points, 226) == points[1]  # hardly smaller
    assert images_rows.at(points, 240) is None
    other = [{**points[0], "run": "a"}, {**points[1], "run": "b"}]
    mixed = images_rows.at(other, 150)
    assert mixed is not None
    assert mixed["run"] == "a and b"


def test_streams_are_kept_and_measured_once(tmp_path: Path) -> None:
    path, calls = tmp_path / "streams.json", []

    def measure() -> dict[str, float]:
        calls.append(1)
        return {"bytes": 7, "psnr": 30.123456, "encode": 1.0}

    for run in ("first", "second"):  # the second run reads the file of the first
        kept = images_streams.Streams(path, run)
        for key in ("b 2", "a 1"):
            row = kept.measured(key, "pictures", measure)
            assert row == {
                **{"bytes": 7, "psnr": 30.1235, "encode": 1.0},
                **{"of": "pictures", "run": "first"},
            }
    assert len(calls) == 2
    lines = path.read_text().splitlines()
    assert [line[:5] for line in lines] == ["{", '"a 1"', '"b 2"', "}"]
    other = images_streams.Streams(path, "third")  # of other pictures, or of other code
    assert other.measured("a 1", "others", measure)["run"] == "third"
    assert images_streams.kept_of(other, "a", "pictures") == {}
    assert images_streams.kept_of(other, "b", "pictures")[2.0]["bytes"] == 7
    assert other.measured("c", "pictures", lambda: None) is None


def test_times_of_several_runs_are_not_compared() -> None:
    rows = [{"bytes": 1, "encode": 2.0, "one": 1.0, "run": "a"}, None]
    assert images_streams.without_other_runs(rows) == rows
    mixed = images_streams.without_other_runs([*rows, {"bytes": 3, "encode": 4.0, "run": "b"}])
    assert mixed == [{"bytes": 1, "run": "a"}, None, {"bytes": 3, "run": "b"}]


def test_streams_around_a_size_are_searched() -> None:
    sizes = {float(level): 100 * 2**level for level in range(10)}
    asked: list[float] = []

    def measure(level: float) -> dict[str, int] | None:
        asked.append(level)
        return {"bytes": sizes[level]} if level else None  # no stream at the coarsest level

    found = images_streams.around(sorted(sizes), [500, 700], measure, {})
    assert {2.0, 3.0} <= {*found} == {*asked}
    assert len(asked) == len(set(asked)) < 6
    assert images_streams.around(sorted(sizes), [500], measure, found) == found  # nothing is left
    assert 1.0 in images_streams.around(sorted(sizes), [150], measure, {})
    assert 0.0 in asked
    down = images_streams.around([-level for level in sizes], [500], lambda v: measure(-v), {})
    assert {-2.0, -3.0} <= {*down}


def test_ours_are_measured_on_the_decoded_file() -> None:
    images = benchmark.opaque(only(ball(holes=False), "rgb"))
    found = images_rows.ours(images, "stacked", 10)
    assert found is not None
    assert found["bytes"] <= 12 * 40 * 52 * 3 // 10
    assert found["psnr"] > 20


def test_a_table_is_made_of_kept_streams(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    images = benchmark.opaque(only(ball(holes=False), "rgb"))
    chosen = benchmark.Set("ball", "", ())
    monkeypatch.setattr(benchmark, "STEPS", (1600, 800, 400))
    monkeypatch.setattr(benchmark, "peers", lambda group: [Pictures("JPEG XL", (15.0, 6.0, 3.0))])
    monkeypatch.setattr(benchmark, "_volume", lambda *_: None)
    streams = images_streams.Streams(tmp_path / "streams.json")
    case = benchmark.Case(chosen, images, streams, measure=True)
    pixels = len(images) * 3 * 40 * 52
    for name in ("views", "JPEG XL"):
        case.rows(name, 24, [10])
    coarse, fine = sorted(v["bytes"] for k, v in streams.rows.items() if "JPEG XL" in k)[:2]
    rate = 2 * pixels / (coarse + fine)
    case.rows("JPEG XL", 24, [rate])
    kept = benchmark.Case(chosen, images, images_streams.Streams(streams.path), measure=False)
    monkeypatch.setattr(benchmark, "ours_at", None)  # nothing is measured again
    rows = {(name, at_rate): row for name, at_rate, row in kept.rows("", 24, [rate])}
    assert rows["JPEG XL", rate]["bytes"] == pytest.approx((coarse + fine) / 2)
    assert rows[benchmark.VOLUME, rate] is None
    assert {key for key, _ in rows} == {"views", "JPEG XL", benchmark.VOLUME}


def test_networks_are_compared_at_equal_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(images_networks, "SYSTEMS", {"a": ("nervi", {}), "b": ("views", {})})
    monkeypatch.setattr(images_networks, "_video", lambda *_: [])
    images = only(ball(holes=False), "rgb")
    results = Results(tmp_path / "r.json")
    for _ in range(2):  # the second time from the file
        images_networks.compare("ball", images, results, 0.01, [8, 16], "", 24, tmp_path)
    printed = capsys.readouterr().out
    assert printed.count("| a | 8 |") == printed.count("| b | 16 |") == 2
    assert (tmp_path / "images-networks-ball.png").exists()
    assert len(results.rows) == 3 + 1 + 2
    assert all(row["bytes"] <= 12 * 40 * 52 * 3 / 8 for row in results.rows.values())


def test_studies_measure_what_is_stored(tmp_path: Path) -> None:
    images = benchmark.opaque(only(ball(size=(24, 30), times=3, holes=False), "rgb"))
    done = images_studies.fit(images, 1e-3, width=6)
    fine = done.stored(images_studies.in_range(done.weights, 12))
    rough = done.stored(images_studies.in_range(done.weights, 3))
    exact = done.figures(done.weights, None)
    assert rough["bytes"] < fine["bytes"]
    assert fine["psnr"] == pytest.approx(exact["psnr"], abs=0.1)
    found = images_studies.interpolated(images, 1e-3)
    assert {"time, seen", "phi, seen", "phi, unseen, network"} <= set(found)
    means = found["time, unseen, mean of originals"]
    middle, sides = images.read((1, 0), "rgb"), [images.read((k, 0), "rgb") for k in (0, 2)]
    assert means["psnr"] > 15
    assert np.abs(images_studies.mean(sides) - middle.astype(float)).max() < 255


def test_other_images_of_a_study() -> None:
    images = benchmark.opaque(only(ball(size=(24, 30), times=3, holes=False), "rgb"))
    halved = images_studies.with_every(images, 2)
    assert halved.size == (12, 15)
    np.testing.assert_array_equal(halved.read((1, 2), "rgb"), images.read((1, 2), "rgb")[::2, ::2])
    fewer = images_studies.every_value(images, 3)
    assert fewer.parameters[1].values == (0.0, 270.0)
    np.testing.assert_array_equal(fewer.read((1, 1), "rgb"), images.read((1, 3), "rgb"))
    second = images_studies.every_second(images, 0)
    assert second.parameters[0].values == (0.0, 2.0)
    np.testing.assert_array_equal(second.read((1, 1), "rgb"), images.read((2, 1), "rgb"))


def test_the_stream_near_a_rate_is_timed() -> None:
    rows = {1.0: {"bytes": 900}, 2.0: {"bytes": 1400}, 3.0: {"bytes": 5000}}
    assert images_times.level_near(rows, 1000) == 1.0
    assert images_times.level_near(rows, 1300) == 2.0
    assert images_times.level_near(rows, 3000) is None
    assert images_times.level_near({}, 3000) is None
