"""Tables of images: whatever the columns, nothing of them is lost."""

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from image_sets import save_png, table_rows, write_table

from vcore.io import cinema_write
from vcore.io.csv_tables import Table
from vcore.io.image_reading import read_images
from vcore.io.image_tables import arrange, name_and_unit
from vcore.io.image_writing import write_images

CELLS = st.one_of(
    st.integers(-3, 3).map(str),
    st.sampled_from(["0.5", "1e-3", "007", "1.0", "-0.25", "12345678901234567890"]),
    st.sampled_from(["warm", "cold, dark", 'a "b"', "é", "", "nan"]),
)
COLUMNS = ("time", "phi", "x", "mode [K]", "depth")


@st.composite
def tables(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Return distinct rows of few or many values in each column."""
    names = draw(st.lists(st.sampled_from(COLUMNS), min_size=1, max_size=4, unique=True))
    values = {name: draw(st.lists(CELLS, min_size=1, max_size=4, unique=True)) for name in names}
    row = st.tuples(*(st.sampled_from(values[n]) for n in names))
    rows = draw(st.lists(row, min_size=1, max_size=12, unique=True))
    return [dict(zip(names, cells, strict=True)) for cells in rows]


def number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=tables())
def test_every_table_is_written_again(
    rows: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("set")
    save_png(folder / "a.png", 0, 0)
    write_table(folder / "data.csv", [{**row, "FILE": "a.png"} for row in rows])
    images = read_images(folder)
    # the same number in two spellings is one value, so that such rows are there twice
    twice = sum(int(n.split()[2]) for n in images.notes if "there twice" in n)
    assert len(images) == len(rows) - twice
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cinema_write, "_write", lambda *_: None)
        write_images(images, folder / "out")
    again = [
        {n: v for n, v in row.items() if n != "FILE"} for row in table_rows(folder / "out/data.csv")
    ]
    listed = [p.name for p in images.parameters] == ["image"]
    for row in again if listed else ():
        row.pop("image")
    assert all(row.keys() == rows[0].keys() for row in again)
    found, expected = (
        [tuple(number(row[n]) for n in rows[0]) for row in each] for each in (again, rows)
    )
    key = [{tuple(map(str, row)) for row in each} for each in (found, expected)]
    assert key[0] == key[1]
    assert len(found) == len(images)


def arranged(columns: dict[str, list[str]], **options: Any) -> Any:
    count = len(next(iter(columns.values())))
    table = Table("t.csv", {**columns, "FILE": [f"{k}.png" for k in range(count)]})
    return arrange(table, [], **options)


def grid(*lengths: int) -> list[np.ndarray]:
    return [axis.ravel() for axis in np.meshgrid(*map(np.arange, lengths), indexing="ij")]


def test_of_equal_columns_the_known_names_stay() -> None:
    steps, angles = grid(3, 4)
    found = arranged(
        {
            "step": [str(k) for k in steps],
            "view": [f"v{k}" for k in angles],
            "time": [str(k / 4) for k in steps],
            "phi": [str(k * 30) for k in angles],
        }
    )
    assert [p.name for p in found.parameters] == ["time", "phi"]
    assert found.columns["step"] == {"of": ["time"], "values": [0, 1, 2]}
    assert found.columns["view"] == {"of": ["phi"], "values": ["v0", "v1", "v2", "v3"]}


def test_numbers_of_the_images_are_no_parameters() -> None:
    steps, angles = grid(3, 4)
    found = arranged(
        {
            "id": [str(k) for k in range(12)],
            "a": [str(k) for k in steps],
            "b": [str(k) for k in angles],
            "random": [f"{v:.3f}" for v in np.random.default_rng(1).random(12)],
        }
    )
    assert [p.name for p in found.parameters] == ["a", "b"]
    assert found.columns["id"] == {"of": ["a", "b"], "values": list(range(12))}


def test_independent_samples_are_a_list() -> None:
    values = np.random.default_rng(1).random((3, 500))
    found = arranged({n: [str(v) for v in row] for n, row in zip("abc", values, strict=True)})
    assert found.rows.size == 500
    assert len(found.parameters) == 1


def test_a_nearly_empty_grid_is_a_list_by_number() -> None:
    rng = np.random.default_rng(1)
    cells = np.array(sorted({tuple(v) for v in rng.integers(0, 60, (300, 3)).tolist()}))
    rng.shuffle(cells)
    notes: list[str] = []
    table = Table(
        "t.csv",
        {
            **{n: [str(v) for v in column] for n, column in zip("abc", cells.T, strict=True)},
            "FILE": [f"{k}.png" for k in range(len(cells))],
        },
    )
    found = arrange(table, notes)
    assert [p.name for p in found.parameters] == ["image"]
    assert "they are a list, by number" in notes[0]
    assert found.columns["b"]["values"] == cells[:, 1].tolist()


def test_the_order_of_rows_is_found() -> None:
    steps, angles = grid(3, 4)
    columns = {"a": [str(k) for k in steps], "b": [str(k) for k in angles]}
    assert arranged(columns).order == ("a", "b")
    turned = {n: [c[k] for k in np.lexsort([steps, angles])] for n, c in columns.items()}
    assert arranged(turned).order == ("b", "a")
    mixed = {
        n: [c[k] for k in np.random.default_rng(2).permutation(12)] for n, c in columns.items()
    }
    assert arranged(mixed).order == ()


def test_periods_are_told() -> None:
    found = arranged({"phi": ["0", "90", "180"]}, told={"phi": ("degree", 360.0)})
    assert (found.parameters[0].unit, found.parameters[0].period) == ("degree", 360.0)
    closed = arranged({"phi": ["0", "180", "360"]}, told={"phi": ("degree", 360.0)})
    assert closed.parameters[0].period == 0
    labels = arranged({"phi": ["front", "left", "back"]}, told={"phi": ("", 360.0)})
    assert labels.parameters[0].period == 0


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("time", ("time", "")),
        ("time [ns]", ("time", "ns")),
        ("wave length (µm)", ("wave length", "µm")),
        ("f(x)", ("f", "x")),
        ("(a)", ("(a)", "")),
        ("y", ("y_value", "")),
        ("x [mm]", ("x_value", "mm")),
    ],
)
def test_names_and_units(column: str, expected: tuple[str, str]) -> None:
    assert name_and_unit(column) == expected


def test_many_columns_take_no_time() -> None:
    rng = np.random.default_rng(4)
    columns = {f"p{k}": [str(v) for v in rng.integers(0, 2, 400)] for k in range(22)}
    found = arranged(columns)
    assert found.rows.max() == 399
