"""From a file or a data frame to a price history."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array
from qiskit_ssqw.finance.history.amounts import amount, decimal_mark, is_missing, is_number
from qiskit_ssqw.finance.history.dates import day_first_of, forms_of, read_date, read_dates
from qiskit_ssqw.finance.history.series import FEWEST_PRICES, PriceHistory
from qiskit_ssqw.finance.history.table import Table, decode, names_date, read_table
from qiskit_ssqw.markets.plausibility import warn

_COLUMN = "Close"


def read_history(
    source: str | PathLike[str] | Any,
    column: str | None = None,
    *,
    decimal: Literal[".", ","] | None = None,
    day_first: bool | None = None,
) -> PriceHistory:
    r"""Read one column of prices, and their dates if there are any.

    Cells are separated by commas, semicolons, tabs or bars; text may stand above the header, above
    the first price and below the last. Numbers may have currency signs and thousands separators.
    Rows without a price are skipped. Dates are put into ascending order. What was skipped, put
    right or assumed is said in the notes of the result.

    Args:
        source: A file (UTF-8, UTF-16 or Windows-1252), or a pandas data frame or Series.
        column: Name of the column, ``"Close"`` by default, whatever the case of its letters; of
            a header with several rows the cell of any row, or those of all, joined by spaces. A
            Series has none.
        decimal: What precedes the decimals. By default the numbers must tell: 1,234.5 does, but
            1,234 does not, unless cells of other columns do. Of numbers like 1.234 alone the point
            is taken as decimal if commas separate the cells.
        day_first: Whether 01/02/2024 is in February. By default the other dates must tell.

    Raises:
        OSError: The file cannot be read.
        TypeError: ``source`` is something else.
        ValueError: The file is empty or no text, lacks the column or has it twice; a cell is no
            positive number or no date, or can be read in two ways; a date is there twice; or
            there are fewer than three prices. The message names the line.

    Warns:
        MarketWarning: A column named after dates holds none that can be read.

    Examples:
        >>> import pandas as pd
        >>> from qiskit_ssqw.finance import read_history
        >>> dates = ["05.01.2024", "04.01.2024", "03.01.2024"]
        >>> frame = pd.DataFrame({"Datum": dates, "Schluss": ["1.010,50", "1.001", "990,25"]})
        >>> history = read_history(frame, "schluss")
        >>> print(history, *history.notes, history.prices, sep="\n")
        2 returns from 2024-01-03 to 2024-01-05, daily
        numbers with a decimal comma
        newest first: the order was put right
        [ 990.25 1001.   1010.5 ]
    """
    if decimal is not None:
        check.one_of(decimal, (".", ","), "decimal")
    if isinstance(source, (str, PathLike)):
        with _naming(str(source)):
            text, encoding = decode(Path(source).read_bytes())
            history = _history(read_table(text, column or _COLUMN), decimal, day_first)
        notes = ("read as Windows-1252",) if encoding == "cp1252" else ()
        return replace(history, notes=notes + history.notes)
    frame = _frame(source, column)
    with _naming("the data frame as CSV"):
        table = read_table(frame.to_csv(), column or _COLUMN)
        kind = frame.dtypes.iloc[table.column - frame.index.nlevels].kind
        return _history(table, "." if kind in "iuf" else decimal, day_first)


def read_prices(source: str | PathLike[str] | Any, column: str) -> Array:
    """Read one column of prices, oldest first: those of `read_history`, which states the errors.

    Args:
        source: A file, or a pandas data frame.
        column: Name of the column.

    Returns:
        The prices, shape ``(rows,)``.
    """
    return read_history(source, column).prices


def _frame(source: Any, column: str | None) -> Any:
    """A data frame that says as CSV all that the data frame or Series holds."""
    if not hasattr(source, "to_csv"):
        raise TypeError(f"source must be a path or a pandas data frame or Series, got {source!r}")
    frame = source
    if hasattr(source, "to_frame"):
        if column is not None:
            raise ValueError(f"a Series has no columns, got column={column!r}")
        frame = source.to_frame(_COLUMN)
    if hasattr(frame.index, "to_timestamp"):
        frame = frame.to_timestamp()
    if frame.columns.nlevels > 1 and frame.index.name is None:
        frame = frame.rename_axis(index="Date")
    return frame


@contextmanager
def _naming(source: str) -> Iterator[None]:
    """Begin the message of an error with its source."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{source}: {error}") from error


def _history(table: Table, decimal: str | None, day_first: bool | None) -> PriceHistory:
    notes: list[str] = []
    table = _with_prices(table, notes)
    column, forms = _dated_column(table, day_first)
    if column is not None:
        table = _without_text(table, column, forms, notes)
    table.check_widths()
    prices = _prices(table, decimal, notes)
    if len(prices) < FEWEST_PRICES:
        raise ValueError(f"at least {FEWEST_PRICES} prices are needed, got {len(prices)}")
    if column is None:
        return PriceHistory(prices, notes=tuple(notes))
    cells = table.cells(column)
    dates, form = read_dates(cells, forms)
    first = day_first_of(form)
    if first is not None:
        notes.append(f"dates read with the {'day' if first else 'month'} first")
    order = _order(dates, [where for where, _ in cells], notes)
    return PriceHistory(prices[order], dates[order], tuple(notes))


def _with_prices(table: Table, notes: list[str]) -> Table:
    """The table without the rows that have no price."""
    cells = table.cells(table.column)
    rows = [row for row, (_, text) in zip(table.rows, cells, strict=True) if not is_missing(text)]
    if len(rows) < len(cells):
        notes.append(f"{len(cells) - len(rows)} row(s) without a price skipped")
    return replace(table, rows=rows)


def _dated_column(table: Table, day_first: bool | None) -> tuple[int | None, list[str]]:
    """The column of the dates and the forms that its first date may have."""
    priced = [is_number(text) for _, text in table.cells(table.column)]
    for column in table.dated_columns() if any(priced) else ():
        where, text = table.cells(column)[priced.index(True)]
        named = any(map(names_date, table.headings[column]))
        forms = [] if text.isdigit() and not named else forms_of(text, day_first)
        if forms:
            return column, forms
        if named:
            warn(f"{where}: {text!r} is no date that can be read: taken as oldest first")
    return None, []


def _without_text(table: Table, column: int, forms: list[str], notes: list[str]) -> Table:
    """The table without rows at either end that have neither date nor number."""
    both = zip(table.cells(column), table.cells(table.column), strict=True)
    data = [
        index
        for index, ((_, date), (_, price)) in enumerate(both)
        if is_number(price) or any(read_date(date, form) for form in forms)
    ]
    rows = table.rows[data[0] : data[-1] + 1]
    if len(rows) < len(table.rows):
        notes.append(f"{len(table.rows) - len(rows)} row(s) of text above or below skipped")
    return replace(table, rows=rows)


def _prices(table: Table, decimal: str | None, notes: list[str]) -> Array:
    cells = table.cells(table.column)
    if decimal is None:
        others = (
            cell
            for column in range(len(table.headings))
            if column != table.column
            for cell in table.cells(column)
        )
        decimal = decimal_mark(cells, others, table.separator, notes)
    if decimal == ",":
        notes.append("numbers with a decimal comma")
    return np.array([_price(where, text, decimal) for where, text in cells], dtype=float)


def _price(where: str, text: str, decimal: str) -> float:
    price = amount(text, decimal)
    if price is None:
        raise ValueError(f"{where}: {text!r} is not a number")
    if not 0 < price < np.inf:
        raise ValueError(f"{where}: a price must be positive and finite, got {text}")
    return price


def _order(dates: NDArray[np.datetime64], places: list[str], notes: list[str]) -> NDArray[np.int64]:
    """The order of the rows that puts the oldest first."""
    order = np.argsort(dates, kind="stable")
    twice = np.flatnonzero(dates[order][1:] == dates[order][:-1])
    if len(twice):
        first, second = order[twice[0]], order[twice[0] + 1]
        date = str(dates[first]).replace("T00:00:00", "")
        raise ValueError(f"{places[first]} and {places[second]} have the same date, {date}")
    if np.all(np.diff(order) == -1):
        notes.append("newest first: the order was put right")
    elif np.any(np.diff(order) != 1):
        notes.append("dates out of order: the rows were sorted")
    return order
