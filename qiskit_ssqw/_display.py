"""Tables of names, values and remarks, as text and as HTML from the same rows."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from html import escape
from numbers import Integral, Real

Row = tuple[str, object, str]
"""A name, a number or a text, and a remark."""

_LINE = 96
"""Characters in a line of a note."""


class Tabular:
    """Something that is a table where it is printed, and in a notebook."""

    def _heading(self) -> str:
        raise NotImplementedError

    def _rows(self) -> Sequence[Row]:
        raise NotImplementedError

    def _note(self) -> str:
        """A sentence below the table."""
        return ""

    def __str__(self) -> str:
        return text_table(self._heading(), self._rows(), self._note())

    def _repr_html_(self) -> str:
        return html_table(self._heading(), self._rows(), self._note())


def brief(size: float) -> str:
    """Two significant digits of a size, without an exponent where people would write none."""
    return f"{float(f'{size:.1e}'):,.0f}" if 99.5 <= abs(size) < 1e6 else f"{size:.2g}"


def text_table(heading: str, rows: Sequence[Row], note: str = "") -> str:
    """Return a table as lines of text: numbers flush right, texts flush left.

    Args:
        heading: The first line.
        rows: A name, a value and a remark each.
        note: What follows the table.
    """
    shown = [(name, _shown(value), _is_number(value), remark) for name, value, remark in rows]
    width = max((len(name) for name, *_ in shown), default=0)
    column = max((len(text) for _, text, number, remark in shown if number or remark), default=0)
    lines = [heading]
    for name, text, number, remark in shown:
        cell = f"{text:>{column}}" if number else f"{text:<{column}}"
        lines.append(f"  {name:<{width}}   {cell}   {remark}".rstrip())
    return "\n".join(lines + textwrap.wrap(note, _LINE))


def html_table(heading: str, rows: Sequence[Row], note: str = "") -> str:
    """Return the same table as HTML, in the colours of the page.

    Args:
        heading: The caption.
        rows: A name, a value and a remark each.
        note: What follows the table.
    """
    body = "".join(
        f"<tr>{_cell('th', name)}{_cell('td', _shown(value), right=_is_number(value))}"
        f"{_cell('td', remark)}</tr>"
        for name, value, remark in rows
    )
    caption = f'<caption style="text-align: left; font-weight: bold">{escape(heading)}</caption>'
    below = f"<p>{escape(note)}</p>" if note else ""
    return f"<table>{caption}<tbody>{body}</tbody></table>{below}"


def interval_text(interval: tuple[float, float]) -> str:
    """Both ends of an interval, in brackets."""
    low, high = interval
    return f"[{low:.6g}, {high:.6g}]"


def _cell(tag: str, text: str, *, right: bool = False) -> str:
    style = f"text-align: {'right' if right else 'left'}; padding: 0.1em 0.7em"
    return f'<{tag} style="{style}">{escape(text)}</{tag}>'


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _shown(value: object) -> str:
    if not _is_number(value):
        return str(value)
    return f"{value:,}" if isinstance(value, Integral) else f"{value:.6g}"
