"""HTML tables for notebooks, for light and dark themes."""

from collections.abc import Sequence
from html import escape

from vcore.model.text import printable

LINE = "1px solid rgba(128,128,128,.35)"
FAINT = "opacity:.65"
CELL = (
    "padding:.28em .9em .28em 0;text-align:{};vertical-align:top;background:none;white-space:nowrap"
)


def table(
    title: str,
    facts: Sequence[str],
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    numbers: Sequence[str] = (),
    notes: Sequence[str] = (),
    picture: str = "",
) -> str:
    """Return HTML of a title, a line of facts, a table and notes, with a picture at the left.

    Parameters
    ----------
    title, facts, columns, rows, notes
        Plain text; it is escaped here.
    numbers
        Columns to align right.
    picture
        HTML of the picture.
    """
    right = [name in numbers for name in columns]
    head = "".join(
        f'<th scope="col" style="{_cell(r)};{FAINT};font-weight:normal;border-bottom:{LINE}">'
        f"{_text(name)}</th>"
        for name, r in zip(columns, right, strict=True)
    )
    body = "".join(
        "<tr style='background:none'>"
        + "".join(
            f'<td style="{_cell(r)}{"" if i else ";font-weight:600"}">{_text(value)}</td>'
            for i, (value, r) in enumerate(zip(row, right, strict=True))
        )
        + "</tr>"
        for row in rows
    )
    remarks = "".join(f'<div style="{FAINT};margin-top:.4em">{_text(n)}</div>' for n in notes)
    facts_line = " &middot; ".join(_text(fact) for fact in facts)
    return (
        '<div style="display:flex;gap:1.2em;align-items:flex-start;'
        'font-size:13px;line-height:1.4;margin:.3em 0">'
        f"{picture}"
        '<div style="min-width:0;overflow-x:auto">'
        f'<div style="font-weight:600;font-size:14px;overflow-wrap:anywhere">{_text(title)}</div>'
        f'<div style="{FAINT};margin-bottom:.5em">{facts_line}</div>'
        '<table style="border-collapse:collapse;margin:0;font-size:13px;'
        'font-variant-numeric:tabular-nums">'
        f"<thead><tr style='background:none'>{head}</tr></thead><tbody>{body}</tbody></table>"
        f"{remarks}</div></div>"
    )


def _cell(right: bool) -> str:
    return CELL.format("right" if right else "left")


def _text(text: str) -> str:
    return escape(printable(text))
