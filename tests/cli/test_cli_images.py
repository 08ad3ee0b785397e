"""Collections of images on the command line."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from image_sets import SIZE, database, depth, picture, table_rows

import vcore
from vcore.cli.image_rows import measured
from vcore.evaluate.sheet import draw_sheet


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Return a Cinema database in the test's folder."""
    return database(tmp_path / "ball.cdb", skip=[(0.5, 60)])


@pytest.fixture(scope="module")
def _bytes(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = database(tmp_path_factory.mktemp("set") / "ball.cdb", skip=[(0.5, 60)])
    return vcore.compress(
        folder, None, budget={"rgba": {"psnr": 30}, "depth": {"max_error": 0.1}}
    ).data


@pytest.fixture
def packed(tmp_path: Path, _bytes: bytes) -> Path:
    """Return the database compressed."""
    path = tmp_path / "ball.vcore"
    path.write_bytes(_bytes)
    return path


@pytest.mark.slow
def test_compress_prints_channels(run: Callable, source: Path) -> None:
    result = run("compress", source, "ball.vcore", "--psnr", 30, "--channel-error", "depth=0.125")

    result.assert_done()
    assert "11 (3 x 4, 1 holes) of 16 x 12 pixels" in result.out
    assert "foreground PSNR" in result.out
    found = vcore.open("ball.vcore")
    assert [c["max_error"] for c in found.info["channels"][1:]] == [0.125]
    error = np.nanmax(np.abs(found.read((1, 1), "depth") - depth(0.5, 30)))
    assert 0 < error <= 0.125


@pytest.mark.slow
def test_only_networks_answer_between_the_grid(run: Callable, packed: Path, source: Path) -> None:
    way = ("--along", "phi", "--at", "time=0.1", "--by-method")
    for command in (("view", packed, "-o", "a.png"), ("decompress", packed, "a.mp4")):
        result = run(*command, *way)
        result.assert_refused("rgba has views, which does not: blend its images with --blend")
    assert not Path("a.png").exists()
    result = run("view", source, "-o", "a.png", *way)
    result.assert_refused("Got uncompressed ones")
    result = run("decompress", packed, "a.mp4", *way, "--blend")
    result.assert_refused("either --blend or --by-method")
    run("decompress", packed, "a.cdb", "--blend").assert_refused("--blend for a movie only")


def test_compress_json(run: Callable, source: Path) -> None:
    result = run("compress", source, "ball.vcore", "--lossless", "--json")

    result.assert_done()
    assert result.json["variables"]["depth"]["max_error"] == 0
    assert result.json["psnr"] == "inf"


def test_compress_tells_what_was_guessed(run: Callable, tmp_path: Path) -> None:
    from PIL import Image

    def save(path: Path, time: float, phi: int) -> None:
        from image_sets import on_white

        Image.fromarray(on_white(time, phi)).save(path)

    folder = database(tmp_path / "a.cdb", columns={"FILE": (".png", save)})
    result = run("compress", folder, "a.vcore", "--lossless")
    result.assert_done()
    assert "note: the background is (255, 255, 255), as the borders" in result.err
    assert "give another with --background" in result.err
    given = run("compress", folder, "b.vcore", "--lossless", "--background", "9,9,9")
    assert "note" not in given.err
    assert vcore.open("b.vcore").background == (9, 9, 9)


def test_options_choose_parameters_and_files(run: Callable, source: Path) -> None:
    options = ("--parameter", "phi", "--parameter", "time", "--file-column", "FILE_depth")
    run("compress", source, "ball.vcore", "--lossless", *options).assert_done()
    found = vcore.open("ball.vcore")
    assert [p.name for p in found.parameters] == ["phi", "time"]
    assert [c.name for c in found.channels] == ["depth"]


def test_info_tells_parameters_channels_and_access(run: Callable, packed: Path) -> None:
    result = run("info", packed)

    result.assert_done()
    for words in ("time", "phi", "rgba", "depth", "float32", "0.1", "images, ", "1 holes"):
        assert words in result.out
    told = run("info", packed, "--json").json
    assert (told["kind"], told["images"], told["holes"]) == ("images", 11, 1)
    assert "settings" in run("info", packed, "--verbose").out


def test_compare_measures_every_channel(run: Callable, source: Path, packed: Path) -> None:
    result = run("compare", source, packed, "--json")

    result.assert_done()
    found = vcore.open(packed)
    errors = []
    for index in found.indices():
        after = found.read(index)[..., :3].astype(float)
        errors.append((after - picture(*found.values_of(index).values())[..., :3]) ** 2)
    told = result.json["channels"]
    assert told["rgba"]["psnr"] == pytest.approx(10 * np.log10(255**2 / np.mean(errors)))
    worst = told["rgba"]["worst"]
    assert worst["psnr"] == pytest.approx(10 * np.log10(255**2 / max(e.mean() for e in errors)))
    assert 0 < told["depth"]["max_error"] <= 0.1
    assert 0.5 < told["rgba"]["ssim"] <= 1
    shown = run("compare", packed, source, "--variable", "depth")
    shown.assert_done()
    assert "depth" in shown.out
    assert "rgba" not in shown.out
    assert "the order is ORIGINAL FILE" in shown.err


def test_errors_of_alpha_are_told(run: Callable, source: Path, packed: Path) -> None:
    found = vcore.open(packed)
    errors = np.array(
        [
            found.read(i)[..., 3].astype(float) - picture(*found.values_of(i).values())[..., 3]
            for i in found.indices()
        ]
    )
    expected = 10 * np.log10(255**2 / np.mean(errors**2))
    told = run("compare", source, packed, "--json").json["channels"]
    assert told["rgba"]["alpha_psnr"] == pytest.approx(expected)
    assert told["rgba"]["alpha_max_error"] == np.abs(errors).max() > 0
    assert "alpha_psnr" not in told["depth"]
    (achieved, _) = (c["achieved"] for c in found.info["channels"])
    assert achieved["alpha_psnr"] == pytest.approx(expected, rel=1e-4)
    text = f"{expected:.2f} dB, largest error {np.abs(errors).max():g}"
    assert text in run("info", packed).out
    assert text in run("compare", source, packed).out


def test_colours_are_not_lossless_where_alpha_is_not() -> None:
    figures = {"mse": 0.0, "psnr": np.inf, "robust_psnr": np.inf, "max_error": 3.0}
    assert measured(figures, "")["PSNR"] == "lossless"
    row = measured({**figures, "alpha_psnr": 50.0, "alpha_max_error": 3.0}, "")
    assert (row["PSNR"], row["alpha"]) == ("exact", "50.00 dB, largest error 3")


def test_compare_refuses_another_collection(run: Callable, source: Path, packed: Path) -> None:
    rows = [line.replace("phi", "psi") for line in (source / "data.csv").read_text().splitlines()]
    (source / "data.csv").write_text("\n".join(rows))
    run("compare", source, packed).assert_refused("phi", code=2)


def test_verify_checks_the_bounds(run: Callable, source: Path, packed: Path) -> None:
    result = run("verify", source, packed)
    result.assert_done()
    assert "all match" in result.out
    assert "11 images" in result.out
    assert run("verify", packed, "--json").json["channels"]["depth"] == {"bound": 0.1}
    np.savez(source / "data" / "FILE_depth_0.5_30.npz", depth=depth(0.5, 30) + 1)
    run("verify", source, packed).assert_told("'depth' within 0.1", "largest error")
    data = bytearray(packed.read_bytes())
    data[-20] ^= 255
    packed.write_bytes(data)
    assert run("verify", packed).code == 4


def test_decompress_into_a_database(run: Callable, source: Path, packed: Path) -> None:
    result = run("decompress", packed, "again.cdb", "--floats", "exr")

    result.assert_done()
    assert "22 of 16 x 12 pixels" in result.out
    again, found = vcore.read_images("again.cdb"), vcore.open(packed)
    for index in found.indices():
        for channel in found.channels:
            decoded = found.read(index, channel.name)
            np.testing.assert_array_equal(again.read(index, channel.name), decoded)
    plain = [{k: r[k] for k in ("time", "phi")} for r in table_rows(Path("again.cdb/data.csv"))]
    assert plain == [{k: r[k] for k in ("time", "phi")} for r in table_rows(source / "data.csv")]
    run("decompress", packed, "again.cdb").assert_refused("--force", code=3)
    run("decompress", packed, "again.cdb", "--force").assert_done()


def test_decompress_into_a_movie(run: Callable, packed: Path) -> None:
    import av

    run("decompress", packed, "a.mp4", "--along", "phi", "--at", "time=2").assert_done()
    path = "phi=0,time=0 phi=90 time=2"
    result = run("decompress", packed, "b.mp4", "--path", path, "--frames", 9, "--blend", "--json")
    result.assert_done()
    assert result.json["written"] == 9
    counts = []
    for name in ("a.mp4", "b.mp4"):
        with av.open(name) as container:
            counts.append(sum(1 for _ in container.decode(video=0)))
    assert counts == [4, 9]


def test_movies_outside_of_the_values_say_so_once(run: Callable, packed: Path) -> None:
    result = run("decompress", packed, "a.mp4", "--along", "phi", "--at", "time=90")
    assert result.code == 0
    assert result.err.count("time = 90 is outside") == 1
    assert result.err.startswith("note: ")


def test_view_draws_a_contact_sheet(run: Callable, source: Path, packed: Path) -> None:
    from matplotlib.image import imread

    result = run("view", packed, "-o", "sheet.png")
    result.assert_done()
    assert "time, phi" in result.out
    height, width, _ = imread("sheet.png").shape
    assert width > height > 200
    run("view", packed, "-o", "depth.png", "--variable", "depth", "--along", "phi").assert_done()
    run("view", source, "-o", "source.png", "--at", "time=2", "--along", "phi").assert_done()
    run("view", packed, "-o", "depth.png").assert_refused("--force", code=3)
    run("view", packed, "-o", "x.png", "--along", "psi").assert_refused("psi", code=2)
    assert not Path("x.png").exists()


def test_holes_are_marked_on_the_sheet(
    source: Path, packed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = []
    monkeypatch.setattr("vcore.evaluate.sheet.save", lambda figure, target: drawn.append(figure))
    draw_sheet(vcore.open(packed).images(), Path("sheet.png"))
    (figure,) = drawn
    cells = [[text.get_text() for text in panel.texts] for panel in figure.axes]
    assert cells == [["no image"] if k == 6 else [] for k in range(12)]  # time 0.5, phi 60
    assert figure.get_suptitle().startswith("ball.vcore, 11 images")


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("compress ball.cdb a.vcore --zero-below 1", "--zero-below for volumes"),
        ("compress ball.cdb a.vcore --spacing 1,1,1", "--spacing"),
        ("compress ball.cdb a.zarr", "ends with .vcore"),
        ("compress ball.cdb a.vcore --channel-error 0.1", "NAME=E"),
        ("compress ball.cdb a.vcore --channel-error z=0.1", "'z'"),
        ("compress ball.cdb a.vcore --channel-error depth=-1", "--channel-error"),
        ("compress ball.cdb a.vcore --background red", "R,G,B"),
        ("compress ball.cdb a.vcore --parameter psi", "--parameter NAME"),
        ("compress ball.cdb a.vcore --file-column F", "--file-column NAME"),
        ("compress none.cdb a.vcore", "nothing by that name"),
        ("decompress ball.vcore a.nrrd", ".cdb or .mp4"),
        ("decompress ball.vcore a.cdb --level 1", "--level for volumes"),
        ("decompress ball.vcore a.cdb --along phi", "--along for a movie"),
        ("decompress ball.vcore a.mp4 --along psi", "'psi'"),
        ("decompress ball.vcore a.mp4 --at phi", "NAME=VALUE"),
        ("decompress ball.vcore a.mp4 --path phi=1", "--path"),
        ("compare ball.cdb ball.vcore --isovalue 3", "--isovalue for volumes"),
        ("verify ball.cdb ball.vcore --frame 3", "--frame for volumes"),
        ("report ball.cdb ball.vcore", "a compressed volume"),
        ("view ball.vcore -o a.png --frame 3", "--frame for volumes"),
        ("view ball.vcore -o a.jpg", ".png"),
    ],
)
def test_what_does_not_fit_is_refused(
    run: Callable, source: Path, packed: Path, nothing_new: Callable, command: str, words: str
) -> None:
    nothing_new()
    run(*command.split()).assert_refused(words)
    nothing_new()


@pytest.mark.parametrize(
    "command",
    [
        "compress volume.npy a.vcore --channel-error depth=1",
        "compress volume.npy a.vcore --parameter time",
        "decompress volume.vcore a.nrrd --along phi",
        "view volume.vcore -o a.png --at phi=1",
    ],
)
def test_options_of_images_do_not_fit_volumes(
    run: Callable, tmp_path: Path, values: np.ndarray, command: str
) -> None:
    np.save(tmp_path / "volume.npy", values)
    vcore.compress(values, tmp_path / "volume.vcore", max_error=0.1)
    run(*command.split()).assert_refused("for collections of images only")


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda f: (f / "data" / "FILE_0.5_30.png").unlink(), "no file for 1"),
        (lambda f: (f / "data" / "FILE_0.5_30.png").write_bytes(b"x"), "FILE_0.5_30.png"),
        (lambda f: (f / "data.csv").write_text("FILE\n../a.png\n"), "lies outside"),
        (lambda f: (f / "data.csv").write_text("time\n1\n"), "column FILE"),
        (lambda f: (f / "vcore.json").write_text("{"), "vcore.json"),
        (lambda f: (f / "data.csv").unlink(), "no data.csv"),
    ],
)
def test_damaged_databases(run: Callable, source: Path, damage: Callable, words: str) -> None:
    damage(source)
    run("compress", source, "a.vcore", "--json").assert_refused(words)
    assert not Path("a.vcore").exists()


def _interrupt(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("target", "command"),
    [
        ("vcore.io.image_reading.images_of", "compress ball.cdb a.vcore"),
        ("vcore.collections.compress.compare_images", "compress ball.cdb a.vcore"),
        ("numpy.lib.format.write_array", "decompress ball.vcore a.cdb"),
        ("vcore.io.mp4_write.shown", "decompress ball.vcore a.mp4"),
        ("vcore.evaluate.compare_images.compare_images", "compare ball.cdb ball.vcore"),
        ("vcore.evaluate.compare_images.compare_images", "verify ball.cdb ball.vcore"),
        ("vcore.evaluate.sheet.save", "view ball.vcore -o a.png"),
    ],
)
def test_ctrl_c_leaves_nothing(
    run: Callable,
    source: Path,
    packed: Path,
    nothing_new: Callable,
    monkeypatch: pytest.MonkeyPatch,
    target: str,
    command: str,
) -> None:
    nothing_new()
    monkeypatch.setattr(target, _interrupt)
    result = run(*command.split())
    assert result.code == 130, result.err
    assert "Traceback" not in result.err
    nothing_new()


def test_the_report_of_a_full_disk(
    run: Callable, packed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(np.lib.format, "write_array", full)
    run("decompress", packed, "a.cdb").assert_refused("No space left", code=3)
    assert not Path("a.cdb").exists()
    assert json.loads(run("info", packed, "--json").out)["size"] == list(SIZE)
