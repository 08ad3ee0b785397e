"""`vcore view`: a picture."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest


def picture_of(path: Path) -> np.ndarray:
    """Return the RGB values of a PNG."""
    from matplotlib.image import imread

    assert path.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    return imread(path)[..., :3]


def test_picture_has_content(run: Callable, packed: Path, values: np.ndarray) -> None:
    result = run("view", packed)

    result.assert_done()
    picture = picture_of(packed.with_suffix(".png"))
    height, width = picture.shape[:2]
    assert width > 800
    assert height > 200
    grey = np.all(picture == picture[..., :1], axis=-1)
    assert len(np.unique(picture[grey][:, 0])) > 100  # shades of the blobs, not a blank page
    assert "volume.png" in result.out


def test_picture_is_of_what_was_asked(run: Callable, series: Path) -> None:
    run("view", series, "-o", "first.png").assert_done()
    run("view", series, "-o", "last.png", "--frame", 2).assert_done()
    run("view", series, "-o", "heat.png", "--variable", "heat").assert_done()

    first, last, heat = (picture_of(Path(f"{n}.png")) for n in ("first", "last", "heat"))
    assert last.mean() < first.mean()  # the blobs fade, on a common grey scale
    assert first.shape == heat.shape
    assert not np.array_equal(first, heat)


def test_output_of_its_own_name_and_force(run: Callable, packed: Path) -> None:
    run("view", packed, "--output", "a.png").assert_done()
    first = Path("a.png").read_bytes()

    run("view", packed, "-o", "a.png").assert_refused("exists", "--force")
    assert Path("a.png").read_bytes() == first
    run("view", packed, "-o", "a.png", "--force").assert_done()


def test_missing_voxels_make_no_noise(run: Callable, values: np.ndarray) -> None:
    holed = values.copy()
    holed[8] = np.nan  # the whole middle slice
    holed[:, 3] = np.nan
    np.save("holed.npy", holed)
    run(
        "compress", "holed.npy", "holed.vcore", "--range-error", 0.05, "-m", "linear2",
        "--set", "steps=10", "--set", "k=4", "--set", "s=3",
    ).assert_done()  # fmt: skip

    run("view", "holed.vcore").assert_done()

    assert np.isfinite(picture_of(Path("holed.png"))).all()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--frame", "3"), ("3", "0..2")),
        (("--frame", "-1"), ("-1",)),
        (("--time", "9"), ("0..2 second",)),
        (("--variable", "colour"), ("colour",)),
        (("-o", "nowhere/a.png"), ("nowhere",)),
        (("-o", "."), ()),
        (("-o", "picture.jpg"), (".png",)),
    ],
)
def test_refused(
    run: Callable,
    series: Path,
    nothing_new: Callable[[], None],
    options: tuple[str, ...],
    words: tuple[str, ...],
) -> None:
    nothing_new()

    run("view", series, *options).assert_refused(*words)

    nothing_new()


def test_time_of_a_still_volume_is_refused(run: Callable, packed: Path) -> None:
    run("view", packed, "--frame", 4).assert_refused("4")
