"""Tables of README and docs/figures are those of the data beside them."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from benchmarks import figures
from benchmarks.__main__ import app
from vcore.errors import InputError

ROOT = Path(__file__).parents[1]
DATA = {
    "measured": {"date": "2026-01-01", "machine": "a laptop"},
    "tables": {"speed": {"head": ["codec", "s"], "rows": [["one", "1.50"], ["two", "-"]]}},
}
PAGE = "# Speed\n\n<!-- table fast/speed -->\n{}<!-- end -->\n\nSlow.\n"
TABLE = "\n| codec | s |\n|---|---|\n| one | 1.50 |\n| two | - |\n\n"


@pytest.fixture
def root(tmp_path):
    (tmp_path / "docs" / "figures" / "data").mkdir(parents=True)
    (tmp_path / "README.md").write_text("# A project\n")
    (tmp_path / "docs" / "figures" / "fast.md").write_text(PAGE.format("old\n"))
    figures.write_data(figures.data_path(tmp_path, "fast"), DATA)
    return tmp_path


def run(root, *options, printed=None):
    return CliRunner().invoke(app, ["figures", "--root", str(root), *options], input=printed)


def test_pages_are_up_to_date():
    old = [
        p.name
        for p in figures.pages(ROOT)
        if p.read_text() != figures.rendered(p.read_text(), ROOT)
    ]
    assert old == [], "run `python -m benchmarks figures`"


def test_every_table_is_shown_with_date_and_machine():
    shown = {
        found.groups()[1:3]
        for p in figures.pages(ROOT)
        for found in figures.TABLE.finditer(p.read_text())
    }
    stored = set()
    for path in (ROOT / "docs" / "figures" / "data").glob("*.json"):
        data = json.loads(path.read_text())
        assert set(data["measured"]) == {"date", "machine"}
        for name, table in data["tables"].items():
            assert {len(row) for row in table["rows"]} == {len(table["head"])}
            stored.add((path.stem, name))
    assert shown == stored
    assert len(stored) > 10


def test_pages_are_one_step_from_the_index_and_their_links_lead_somewhere():
    folder = ROOT / "docs" / "figures"
    links = {}
    for page in folder.glob("*.md"):
        links[page.name] = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text())
        assert [link for link in links[page.name] if not (folder / link).exists()] == []
    assert set(links) - {"index.md"} <= set(links["index.md"])


def test_a_stale_page_is_named_then_written(root):
    stale = run(root, "--check")
    assert stale.exit_code == 1
    assert stale.stdout == "docs/figures/fast.md\n"
    assert run(root).exit_code == 0
    assert (root / "docs" / "figures" / "fast.md").read_text() == PAGE.format(TABLE)
    assert run(root, "--check").exit_code == 0


def test_a_printed_table_is_taken(root):
    printed = "tooth:\n\n| codec | s |\n|---|---|\n| one | 9.00 |\n"
    assert run(root, "--take", "fast/speed", printed=printed).exit_code == 0
    assert "| one | 9.00 |" in (root / "docs" / "figures" / "fast.md").read_text()
    stored = figures.read_data(figures.data_path(root, "fast"))
    assert stored["tables"]["speed"] == {"head": ["codec", "s"], "rows": [["one", "9.00"]]}
    assert stored["measured"] == DATA["measured"]


@pytest.mark.parametrize(
    ("name", "printed", "words"),
    [
        ("speed", "nothing", "one Markdown table"),
        ("speed", TABLE * 2, "one Markdown table"),
        ("speed", "| a | b |\n|---|---|\n| 1 |\n", "one Markdown table"),
    ],
)
def test_what_is_no_table_is_refused(root, name, printed, words):
    with pytest.raises(InputError, match=words):
        figures.take_table(root, "fast", name, printed)


def test_unknown_tables_and_pages_are_refused(root):
    with pytest.raises(InputError, match="one of the pages fast"):
        figures.take_table(root, "slow", "speed", TABLE)
    with pytest.raises(InputError, match="one of the tables speed"):
        figures.rendered("<!-- table fast/size -->\n<!-- end -->", root)


def test_a_table_is_named_with_its_page(root):
    assert isinstance(run(root, "--take", "fast", printed=TABLE).exception, InputError)
