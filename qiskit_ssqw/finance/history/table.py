"""The text of a price table: what separates its cells, its header and the rows below."""

from __future__ import annotations

import csv
import io
import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from dataclasses import dataclass
from itertools import zip_longest

from qiskit_ssqw import _validation as check

Row = tuple[int, list[str]]
"""Number of the line, and the cells up to the last that is not empty."""

Headings = list[tuple[str, ...]]
"""Of each column, its cell in each row of the header."""

Cell = tuple[str, str]
"""Where a cell stands, and its text."""

_SEPARATORS = (",", ";", "\t", "|")
_LONGEST_PREAMBLE = 50
_MOST_HEADER_ROWS = 3
_DATE_WORDS = frozenset(
    (
        *("date", "dates", "datetime", "timestamp", "time", "datum", "fecha", "data"),
        *("day", "week", "month", "quarter", "year"),
    )
)


@dataclass(frozen=True)
class Table:
    """The rows below a header, of text."""

    separator: str
    headings: Headings
    column: int
    """The column of the prices."""
    rows: list[Row]

    def cells(self, column: int) -> list[Cell]:
        """The cells of a column, empty where a row is too short."""
        return [
            (f"line {line}", cells[column] if column < len(cells) else "")
            for line, cells in self.rows
        ]

    def dated_columns(self) -> list[int]:
        """Columns where a date may stand: those named after one, or else the first."""
        named = [index for index, names in enumerate(self.headings) if any(map(names_date, names))]
        return [index for index in named or [0] if index != self.column]

    def check_widths(self) -> None:
        """Raise for a row with more cells than the header: a separator may be in a number."""
        for line, cells in self.rows:
            if len(cells) > len(self.headings):
                raise ValueError(
                    f"line {line}: {len(cells)} cells, but the header has {len(self.headings)}; "
                    f"is {self.separator!r} part of a number?"
                )


def decode(raw: bytes) -> tuple[str, str]:
    """Return a text and its encoding: UTF-8, UTF-16 with a byte order mark, or Windows-1252."""
    marked = raw.startswith((BOM_UTF16_LE, BOM_UTF16_BE))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp1252"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text, encoding
    raise ValueError("the file is not a text file")


def read_table(text: str, column: str) -> Table:
    """Find the separator and the header with a column, whatever stands above it.

    Raises:
        ValueError: The text is empty or badly quoted, or has no such column, or several.
    """
    check.instance(column, str, "column")
    found = {each: _locate(_rows(text, each), column) for each in _SEPARATORS}
    separator = max(found, key=lambda each: len(found[each][0]))
    rows = _rows(text, separator, strict=True)
    headings, start = found[separator]
    if not headings:
        raise ValueError(_without(column, [_rows(text, each) for each in _SEPARATORS]))
    return Table(separator, headings, _the_one(headings, column), rows[start:])


def names_date(heading: str) -> bool:
    """Whether a word of a heading stands for a date."""
    return not _DATE_WORDS.isdisjoint(re.findall("[a-z]+", heading.casefold()))


def _rows(text: str, separator: str, strict: bool = False) -> list[Row]:
    """The rows that are not blank."""
    lines = io.StringIO(text, newline="")
    reader = csv.reader(lines, delimiter=separator, skipinitialspace=True, strict=strict)
    rows = []
    try:
        for row in reader:
            cells = [cell.strip().strip("<>") for cell in row]
            while cells and not cells[-1]:
                cells.pop()
            if cells:
                rows.append((reader.line_num, cells))
    except csv.Error as error:
        raise ValueError(f"line {reader.line_num}: {error}") from error
    return rows


def _locate(rows: list[Row], column: str) -> tuple[Headings, int]:
    """The header with a column and the number of rows up to its end; none if there is none."""
    for start in range(min(len(rows), _LONGEST_PREAMBLE)):
        end = _end_of_header(rows, start)
        headings = list(zip_longest(*(cells for _, cells in rows[start:end]), fillvalue=""))
        if _matches(headings, column):
            return headings, end
    return [], 0


def _end_of_header(rows: list[Row], start: int) -> int:
    """The number of rows up to the end of a header, which may go on to the name of the index.

    A pandas table of columns with several levels, such as yfinance's field and ticker, has a row
    for each level, and then one that names nothing but the index.
    """
    for end in range(start + 1, min(start + _MOST_HEADER_ROWS, len(rows))):
        cells = rows[end][1]
        if len(cells) == 1 and names_date(cells[0]):
            return end + 1
    return start + 1


def _matches(headings: Headings, column: str) -> list[int]:
    """The columns of that very name, or else of that name whatever the case of its letters."""
    for form in (str, str.casefold):
        wanted = form(column.strip())
        found = [
            index
            for index, names in enumerate(headings)
            if wanted in (*map(form, names), form(_joined(names)))
        ]
        if found:
            return found
    return []


def _joined(names: tuple[str, ...]) -> str:
    return " ".join(filter(None, names))


def _the_one(headings: Headings, column: str) -> int:
    index, *others = _matches(headings, column)
    if others:
        names = ", ".join(repr(_joined(headings[each])) for each in (index, *others))
        raise ValueError(f"column {column!r} is one of {1 + len(others)}: {names}")
    return index


def _without(column: str, readings: list[list[Row]]) -> str:
    if not readings[0]:
        return "the file is empty"
    header: list[str] = max((rows[0][1] for rows in readings), key=len)
    return f"no column {column!r}, only {', '.join(map(repr, header))}"
