"""How open datasets and reports show themselves: tables, pictures, figures, napari layers."""

import base64
import io
import json
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from time import perf_counter, sleep

import matplotlib.image
import numpy as np
import pytest
from volumes import blobs

import vcore
from vcore.evaluate.plot import View, edges, plot_variable
from vcore.evaluate.thumbnail import FIRST_SECONDS, cheap_levels, png
from vcore.model.volume import Variable, Volume

SHAPE = (20, 40, 140)
GRID = vcore.Grid(
    SHAPE,
    spacing=(2.0, 1.0, 0.5),
    origin=(10.0, 0.0, 0.0),
    unit="micrometer",
    times=(0.0, 1.5),
    time_unit="second",
)
VALUES = np.stack([np.rint(200 * blobs(SHAPE, seed=s)) for s in (1, 2)]).astype("f4")
MARGIN = 0.25
"""Seconds that a loaded machine may need beyond the time limit of the thumbnail."""


class Rows(HTMLParser):
    """The texts of the cells of a table, and the sources of images."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.cells: list[str] = []
        self.images: list[bytes] = []
        self.depth = 0
        self.feed(text)
        assert self.depth == 0  # all that is opened is closed

    def handle_starttag(self, tag: str, attrs: list) -> None:
        if tag == "img":
            found = dict(attrs)["src"].removeprefix("data:image/png;base64,")
            self.images.append(base64.b64decode(found, validate=True))
            return
        self.depth += 1
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_endtag(self, tag: str) -> None:
        self.depth -= 1

    def handle_data(self, data: str) -> None:
        if self.cells:
            self.cells[-1] += data


@pytest.fixture(scope="module")
def report() -> vcore.Report:
    values = VALUES.copy()
    values[:, :4] = np.nan
    variables = (
        Variable("T <b>", values, tuple("tzyx"), "K"),
        Variable("u", (VALUES[0] > 100).astype("u1")),
    )
    return vcore.compress(Volume(GRID, variables), None, method="wavelet", max_error=2)


@pytest.fixture
def dataset(report: vcore.Report) -> vcore.Dataset:
    return vcore.open(report.data)


def shown(dataset: vcore.Dataset) -> str:
    """Return the table with its picture, which may take a second in a process that is new."""
    text = dataset._repr_html_()
    for _ in range(600):
        if not dataset._thumbnail.pending:
            break
        sleep(0.05)
    assert "show the table again" not in dataset._repr_html_()
    return dataset._repr_html_() if "show the table again" in text else text


def test_the_table_has_a_row_a_variable(dataset: vcore.Dataset) -> None:
    found = Rows(shown(dataset))
    columns = 10
    head, first, second = (found.cells[i : i + columns] for i in (0, columns, 2 * columns))
    told = dict(zip(head, first, strict=True))
    assert told["variable"] == "T <b>"
    assert told["shape"] == "2 × 20 × 40 × 140 (t z y x)"  # noqa: RUF001
    assert (told["dtype"], told["unit"], told["method"]) == ("float32", "K", "wavelet")
    assert told["guarantee"] == "every voxel within 2 K"
    assert float(told["PSNR"].removesuffix(" dB")) == pytest.approx(
        dataset.info["variables"][0]["achieved"]["psnr"], abs=0.05
    )
    assert second[0] == "u"
    sizes = [v["bytes"] for v in dataset.info["variables"]]
    assert 0 < sum(sizes) < dataset.stored_bytes


def test_the_picture_is_the_projection_of_a_stored_level(dataset: vcore.Dataset) -> None:
    (data,) = Rows(shown(dataset)).images
    image = matplotlib.image.imread(io.BytesIO(data))
    levels = [g.shape for g in dataset.grid_levels]
    assert image.shape[:2] in [s[1:] for s in levels]
    level = [s[1:] for s in levels].index(image.shape[:2])
    wanted = np.nanmax(dataset.decode(level=level)[0], axis=0)
    wanted = (wanted - wanted.min()) / np.ptp(wanted)
    np.testing.assert_allclose(image[..., 0], wanted, atol=1 / 255)
    assert (image[..., -1] == 1).all()


def test_the_table_is_quick_and_torch_stays_out(report: vcore.Report, tmp_path: Path) -> None:
    path = tmp_path / "a.vcore"
    path.write_bytes(report.data)
    script = (
        "import sys, time, json, vcore; ds = vcore.open(sys.argv[1]); ds.info\n"
        "import vcore.evaluate.summary\n"
        "began = time.perf_counter(); html = ds._repr_html_()\n"
        "took = time.perf_counter() - began\n"
        "print(json.dumps([took, 'torch' in sys.modules, 'matplotlib' in sys.modules,\n"
        "    '<img' in html]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True
    )
    took, torch, matplotlib, picture = json.loads(done.stdout)
    assert took < FIRST_SECONDS + MARGIN  # compiling the decoder would take longer: beside
    assert picture or took > FIRST_SECONDS
    assert not torch
    assert not matplotlib


def test_a_second_table_decodes_nothing(
    dataset: vcore.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = shown(dataset)
    monkeypatch.setattr(type(dataset.decoder()), "decode", None)
    began = perf_counter()
    assert dataset._repr_html_() == first
    assert perf_counter() - began < 0.1


def test_no_picture_where_a_level_costs_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vcore.evaluate.thumbnail.VOXELS", VALUES[0].size - 1)
    values = VALUES.astype("f8")
    dataset = vcore.open(
        vcore.compress(values, None, max_error=0).data  # stored as it is: its levels are averaged
    )
    assert cheap_levels(dataset.decoder()) == ()
    assert Rows(dataset._repr_html_()).images == []


def test_a_damaged_file_has_a_table_without_a_picture(report: vcore.Report) -> None:
    data = bytearray(report.data)
    intact = vcore.open(report.data)
    assert isinstance(intact, vcore.FileDataset)
    for section in (s for s in intact.sections if s.payload_bytes):
        data[section.offset + section.index_bytes] ^= 255
    found = Rows(shown(vcore.open(bytes(data))))
    assert found.images == []
    assert "T <b>" in found.cells


def test_png_of_gaps_and_of_one_value() -> None:
    image = np.array([[0.0, 1.0, np.nan], [0.5, 0.25, 1.0]])
    found = matplotlib.image.imread(io.BytesIO(png(image)))
    np.testing.assert_allclose(found[..., 3], np.isfinite(image))
    np.testing.assert_allclose(found[..., 0], np.nan_to_num(image), atol=1 / 255)
    for same in (np.full((2, 3), 7.0), np.full((2, 3), np.nan)):
        assert matplotlib.image.imread(io.BytesIO(png(same))).shape[:2] == (2, 3)


# figures


def panels(figure) -> list:
    return [axes for axes in figure.axes if axes.get_title()]


def test_slices_in_physical_units(dataset: vcore.Dataset) -> None:
    figure = dataset.plot(frame=1)
    assert figure._repr_png_().startswith(b"\x89PNG")
    top, front, side = panels(figure)
    assert (top.get_xlabel(), top.get_ylabel()) == ("x [micrometer]", "y [micrometer]")
    assert top.get_xlim() == (-0.25, 69.75)
    assert top.get_ylim() == (39.5, -0.5)  # rows run downward
    assert front.get_ylim() == (9.0, 49.0)  # heights run upward
    assert side.get_xlabel() == "y [micrometer]"
    assert top.get_title() == "z = 30 micrometer"
    values = dataset.decode()[1]
    np.testing.assert_array_equal(top.images[0].get_array(), values[10])
    drawn = front.images[0].get_array()
    assert drawn.mask[:4].all()
    assert not drawn.mask[4:].any()
    np.testing.assert_array_equal(drawn[4:], values[4:, 20])
    assert "missing" in [t.get_text().removeprefix("■ ") for t in figure.texts]
    assert figure.get_suptitle() == "bytes in memory: T <b>, frame 1 (1.5 second)"


def test_projections_of_a_time_and_a_level(dataset: vcore.Dataset) -> None:
    figure = dataset.plot(projection=True, time=1.4, level=1)
    values = dataset.decode(level=1)[1]
    lowest = np.where(np.isnan(values), -np.inf, values)
    for axis, panel in enumerate(panels(figure)):
        drawn = panel.images[0].get_array().filled(-np.inf)
        np.testing.assert_array_equal(drawn, lowest.max(axis))
    assert "level 1" in figure.get_suptitle()


def test_channels_by_number_and_name() -> None:
    values = np.stack([blobs((6, 7, 8)), 2 * blobs((6, 7, 8), seed=9)])
    variable = Variable("cells", values, tuple("czyx"), components=("DAPI", "GFP"))
    dataset = vcore.open(
        vcore.compress(Volume(vcore.Grid((6, 7, 8)), (variable,)), None, max_error=0).data
    )
    drawn = [panels(dataset.plot(channel=c))[0].images[0].get_array() for c in (0, 1, "GFP", None)]
    for found, number in zip(drawn, (0, 1, 1, 0), strict=True):
        np.testing.assert_array_equal(found, values[number, 3])
    with pytest.raises(vcore.InputError, match="DAPI, GFP"):
        dataset.plot(channel="RFP")
    with pytest.raises(vcore.InputError, match=r"channel in 0\.\.1"):
        dataset.plot(channel=2)


def test_fill_values_are_missing() -> None:
    values = np.arange(6 * 7 * 8, dtype="i2").reshape(6, 7, 8)
    values[3, :2] = -999
    variable = Variable("h", values, tuple("zyx"), fill_value=-999)
    dataset = vcore.open(
        vcore.compress(Volume(vcore.Grid((6, 7, 8)), (variable,)), None, max_error=0).data
    )
    drawn = panels(dataset.plot())[0].images[0].get_array()
    assert drawn.mask[:2].all()
    assert not drawn.mask[2:].any()


def limits_of(figure) -> tuple[float, float]:
    return panels(figure)[0].images[0].get_clim()


def test_a_few_bright_voxels_leave_the_others_visible() -> None:
    values = np.random.default_rng(3).normal(100, 10, (20, 40, 50)).astype("f4")
    values[10, 5, 5] = 60000
    dataset = vcore.open(vcore.compress(values, None, max_error=0).data)
    low, high = limits_of(dataset.plot())
    assert (low, high) == pytest.approx((70, 131), abs=3)
    assert limits_of(dataset.plot(projection=True))[1] < 1000
    empty = np.zeros((20, 40, 50), "u2")
    empty[10, 5, 5] = 9
    assert limits_of(vcore.open(vcore.compress(empty, None, max_error=0).data).plot()) == (0, 9)
    same = np.full((20, 40, 50), 7, "u2")
    assert limits_of(vcore.open(vcore.compress(same, None, max_error=0).data).plot()) == (7, 8)


def test_frames_share_their_contrast(
    dataset: vcore.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    achieved = dataset.decoder().header.achieved
    monkeypatch.delitem(achieved, "robust_range", raising=False)
    whole = dataset.decoder().header.range
    assert [limits_of(dataset.plot(frame=t)) for t in (0, 1)] == [tuple(whole)] * 2
    monkeypatch.setitem(achieved, "robust_range", [3, 150])
    assert [limits_of(dataset.plot(frame=t)) for t in (0, 1)] == [(3, 150)] * 2


def test_channels_of_a_series_have_their_own_contrast() -> None:
    values = np.random.default_rng(3).normal(100, 10, (2, 1, 8, 20, 30)).astype("f4")
    values = np.concatenate([values, 1000 * values], axis=1)
    volume = Volume(vcore.Grid((8, 20, 30)), (Variable("a", values, tuple("tczyx")),))
    dataset = vcore.open(vcore.compress(volume, None, quality="good").data)
    dim, bright = (limits_of(dataset.plot(channel=c)) for c in (0, 1))
    assert dim == pytest.approx((70, 131), abs=5)
    assert bright == pytest.approx(1000 * np.array(dim), rel=0.02)


def test_latitudes_run_upward_and_uneven_axes_are_drawn_as_such() -> None:
    grid = vcore.Grid.from_coordinates(
        [[0.0, 1.0, 3.0], [50.0, 40.0, 20.0], [5.0, 6.0]], axis_names=("z", "latitude", "lon")
    )
    values = np.arange(18, dtype="f4").reshape(3, 3, 2)
    volume = Volume(grid, (Variable("T", values),))
    top, front, _ = panels(vcore.open(vcore.compress(volume, None, max_error=0).data).plot())
    assert top.get_ylim() == (10, 55)
    assert front.get_ylim() == (-0.5, 4)
    np.testing.assert_array_equal(top.collections[0].get_array(), values[1])


def test_uneven_coordinates_and_axes_that_run_backwards() -> None:
    uneven = vcore.Grid.from_coordinates([[0.0, 1.0, 3.0], [0.0, 1.0], [5.0, 4.0]])
    np.testing.assert_allclose(edges(uneven, 0), [-0.5, 0.5, 2.0, 4.0])
    back = vcore.Grid(
        (1, 1, 3), spacing=(2, 1, 1), origin=(0, 0, 9), direction=((1, 0, 0), (0, 1, 0), (0, 0, -1))
    )
    np.testing.assert_allclose(edges(back, 2), [9.5, 8.5, 7.5, 6.5])
    np.testing.assert_allclose(edges(back, 0), [-1.0, 1.0])


def test_what_cannot_be_drawn(dataset: vcore.Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(vcore.InputError, match="either `time` or `frame`"):
        dataset.plot(time=0.0, frame=0)
    with pytest.raises(vcore.InputError, match=r"frame in 0\.\.1"):
        dataset.plot(frame=2)
    with pytest.raises(vcore.InputError, match="T <b>, u"):
        dataset.plot("v")
    with pytest.raises(vcore.InputError, match="level"):
        dataset.plot(level=9)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(vcore.MissingExtraError, match=r"vcore-volumes\[view\]"):
        plot_variable(dataset.decoder(), View(), "a")


# reports and budgets


def test_reports(report: vcore.Report) -> None:
    first, *rows = repr(report).splitlines()
    assert first.startswith("<vcore.Report in memory: wavelet, ")
    assert f"{report.seconds:.3g} s" in first
    assert rows[0].startswith("  T <b>: ")
    assert "largest error " in rows[0]
    assert str(report.data[:4]) not in repr(report)
    cells = Rows(report._repr_html_()).cells
    assert cells[:5] == ["variable", "robust PSNR", "PSNR", "MSE", "largest error"]
    assert cells[5] == "T <b>"
    assert cells[9] == f"{report.max_error:.4g}"


def test_budgets() -> None:
    assert repr(vcore.Budget(psnr=40)) == "Budget(psnr=40)"
    assert repr(vcore.Budget()) == "Budget()"
    assert eval(repr(vcore.Budget(psnr=40, max_error=0.5)), {"Budget": vcore.Budget}) == (
        vcore.Budget(psnr=40, max_error=0.5)
    )


# napari


def test_napari_is_named_where_it_is_missing(
    dataset: vcore.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "napari", None)
    with pytest.raises(vcore.MissingExtraError, match=r"vcore-volumes\[napari\]"):
        dataset.to_napari()


def test_napari_layers_are_those_of_the_reader(dataset: vcore.Dataset) -> None:
    pytest.importorskip("napari")
    from napari.components import ViewerModel
    from napari_vcore.layers import layers_of

    viewer = ViewerModel()
    assert dataset.to_napari(viewer) is viewer
    wanted = layers_of(dataset)
    assert [layer.name for layer in viewer.layers] == [o["name"] for _, o, _ in wanted]
    for layer, (data, options, _) in zip(viewer.layers, wanted, strict=True):
        assert layer.multiscale
        assert [level.shape for level in layer.data] == [level.shape for level in data]
        np.testing.assert_allclose(layer.scale, options["scale"])
