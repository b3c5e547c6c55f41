"""Dates as people write them, and how often they come."""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw.finance.history.table import Cell

_CERTAIN = (
    *("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y-%m", "%Y"),
    *("%d.%m.%Y", "%d.%m.%y", "%d-%b-%Y", "%d-%b-%y", "%d%b%Y", "%d %b %Y", "%d %B %Y"),
    *("%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%b %Y", "%B %Y", "%b-%Y"),
)
_DAY_FIRST = ("%d/%m/%Y", "%d-%m-%Y", "%d/%m/%y", "%d-%m-%y")
_MONTH_FIRST = ("%m/%d/%Y", "%m-%d-%Y", "%m/%d/%y", "%m-%d-%y")
_TIMES = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p")
_WEEKDAY = re.compile(r"^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*[.,]? +", re.IGNORECASE)
_ZONE = re.compile(r"(?<=:\d\d)((?:\.\d+)?)\s*(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})$")


class Frequency(NamedTuple):
    """How often prices come."""

    name: str
    periods_per_year: int


_SPACINGS = (
    (0.9, 1.1, Frequency("daily", 252)),
    (6, 8, Frequency("weekly", 52)),
    (26, 33, Frequency("monthly", 12)),
    (88, 95, Frequency("quarterly", 4)),
    (178, 188, Frequency("half-yearly", 2)),
    (358, 372, Frequency("yearly", 1)),
)
_WITH_WEEKENDS = Frequency("daily with weekends", 365)


def forms_of(text: str, day_first: bool | None = None) -> list[str]:
    """The ways to read a date, as formats of ``strptime``; none if it is no date."""
    days = [*_CERTAIN]
    days += [] if day_first is False else _DAY_FIRST
    days += [] if day_first is True else _MONTH_FIRST
    return [day + time for day in days for time in _TIMES if read_date(text, day + time)]


def read_date(text: str, form: str) -> datetime | None:
    """The date and local time in a cell, ``None`` if it is none in that form."""
    plain = re.sub(r"(?<=\d)T(?=\d)", " ", _ZONE.sub(r"\1", _WEEKDAY.sub("", text)))
    try:
        return datetime.strptime(plain, form)
    except ValueError:
        return None


def read_dates(cells: list[Cell], forms: list[str]) -> tuple[NDArray[np.datetime64], str]:
    """Read all cells in the one form that they have in common, and say which.

    Raises:
        ValueError: The cells have no form in common, or two, that is day or month first.
    """
    readings = {form: [read_date(text, form) for _, text in cells] for form in forms}
    whole = {form: dates for form, dates in readings.items() if None not in dates}
    if not whole:
        longest = max(readings.values(), key=lambda dates: dates.index(None))
        where, text = cells[longest.index(None)]
        raise ValueError(f"{where}: {text!r} is no date of the form of those above")
    if len(whole) > 1:
        where, text = cells[0]
        raise ValueError(
            f"{where}: {text!r} may begin with the day or the month, and no other date tells: "
            "give day_first"
        )
    ((form, dates),) = whole.items()
    return np.array(dates, dtype="datetime64[s]"), form


def day_first_of(form: str) -> bool | None:
    """Whether a form that begins with day or month begins with the day; ``None`` for others."""
    if form.startswith(_DAY_FIRST):
        return True
    return False if form.startswith(_MONTH_FIRST) else None


def spacing(dates: NDArray[np.datetime64]) -> float:
    """The usual distance of dates in days: the lower median, as two rows may span a weekend."""
    days = np.diff(dates) / np.timedelta64(1, "D")
    return float(np.quantile(days, 0.5, method="lower"))


def frequency_of(dates: NDArray[np.datetime64]) -> Frequency | None:
    """How often ascending dates come, ``None`` if they come irregularly or within the day."""
    usual = spacing(dates)
    for low, high, frequency in _SPACINGS:
        if low <= usual <= high:
            found = (
                _WITH_WEEKENDS if frequency.name == "daily" and _on_weekends(dates) else frequency
            )
            return found if _regular(dates, found) else None
    return None


def _on_weekends(dates: NDArray[np.datetime64]) -> bool:
    """Whether dates fall on Saturdays and on Sundays; some exchanges trade on one of them."""
    weekdays = (dates.astype("datetime64[D]").astype(int) + 3) % 7  # 1970 began on a Thursday
    return {5, 6} <= set(weekdays.tolist())


def _regular(dates: NDArray[np.datetime64], frequency: Frequency) -> bool:
    """Whether there are about as many dates as the frequency makes them expect."""
    years = (dates[-1] - dates[0]) / np.timedelta64(1, "D") / 365.25
    expected = float(years) * frequency.periods_per_year
    return abs(len(dates) - 1 - expected) <= 3 + 0.2 * expected
