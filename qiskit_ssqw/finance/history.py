"""Market data from a price history."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from os import PathLike

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qiskit_ssqw import _validation as check

_FEWEST_PRICES = 3
TRADING_DAYS = 252


def read_prices(path: str | PathLike[str], column: str) -> NDArray[np.float64]:
    """Read one column of prices, oldest first, from a CSV file with a header.

    Args:
        path: The file; a comma separates its cells.
        column: Name of the column.

    Returns:
        The prices, shape ``(rows,)``.

    Raises:
        OSError: The file cannot be read.
        ValueError: The file is empty or no text, lacks the column, has fewer than three rows, or
            has a cell that is no positive number; the message names its line.
    """
    with open(path, newline="", encoding="utf-8-sig") as file:
        try:
            prices = np.fromiter(_column(csv.reader(file), column), dtype=float)
        except UnicodeDecodeError as error:
            raise ValueError(f"{path} is not a text file: {error}") from error
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from error
    if len(prices) < _FEWEST_PRICES:
        raise ValueError(f"{path}: at least {_FEWEST_PRICES} prices are needed, got {len(prices)}")
    return prices


def _column(rows: Iterator[list[str]], column: str) -> Iterator[float]:
    header = next(rows, None)
    if header is None:
        raise ValueError("the file is empty")
    if column not in header:
        raise ValueError(f"no column {column!r}, only {', '.join(map(repr, header))}")
    index = header.index(column)
    for line, row in enumerate(rows, start=2):
        if row:
            cell = row[index] if index < len(row) else ""
            yield _price(cell, line)


def _price(cell: str, line: int) -> float:
    try:
        price = float(cell)
    except ValueError:
        raise ValueError(f"line {line}: {cell!r} is not a number") from None
    if not 0 < price < np.inf:
        raise ValueError(f"line {line}: a price must be positive and finite, got {cell}")
    return price


def realised_volatility(prices: ArrayLike, periods_per_year: float = TRADING_DAYS) -> float:
    """Annualised standard deviation of the logarithmic returns.

    Args:
        prices: Prices at equal distances in time, oldest first, shape ``(m,)`` with ``m >= 3``.
        periods_per_year: How many of these distances make a year.

    Raises:
        ValueError: There are fewer than three prices, or one is not positive.

    Examples:
        >>> from qiskit_ssqw.finance import realised_volatility
        >>> round(realised_volatility([100, 101, 100, 101]), 4)
        0.1824
    """
    series = check.real_array(prices, "prices", shape=(None,))
    if len(series) < _FEWEST_PRICES:
        raise ValueError(f"prices must have at least {_FEWEST_PRICES} entries, got {len(series)}")
    if np.any(series <= 0):
        raise ValueError(f"prices must be positive, got {series.min()}")
    returns = np.diff(np.log(series))
    return float(
        returns.std(ddof=1) * np.sqrt(check.positive(periods_per_year, "periods_per_year"))
    )
