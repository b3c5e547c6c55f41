"""Numbers as people write them: with a decimal point or comma, thousands and currencies."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from qiskit_ssqw.finance.history.table import Cell

_MISSING = frozenset(
    (
        *("", ".", "-", "--", "\N{EN DASH}", "\N{EM DASH}"),
        *("n/a", "#n/a", "n.a.", "na", "nan", "<na>", "nat", "nd", "n.d.", "none", "null"),
    )
)
_SPACED = re.compile(r"[+-]?\d{1,3}(?:[\s'\N{RIGHT SINGLE QUOTATION MARK}]\d{3})+(?:[.,]\d*)?")
_GROUPED = r"[+-]?(?:(?:\d+|[1-9]\d{{0,2}}(?:{0}\d{{2,3}})*{0}\d{{3}})(?:{1}\d*)?|{1}\d+)"
_OTHER = {".": ",", ",": "."}
_NUMBERS = {
    mark: re.compile(_GROUPED.format(re.escape(other), re.escape(mark)) + r"(?:e[+-]?\d+)?|inf")
    for mark, other in _OTHER.items()
}


def is_missing(text: str) -> bool:
    """Whether a cell stands for no number, such as ``null`` or ``.``."""
    return text.casefold() in _MISSING


def amount(text: str, decimal: str) -> float | None:
    """The number in a cell, given what precedes its decimals; ``None`` if it is none."""
    bare = "".join(each for each in text if unicodedata.category(each) != "Sc").strip().casefold()
    if _SPACED.fullmatch(bare):
        bare = re.sub(r"[^\d.,+-]", "", bare)
    if not _NUMBERS[decimal].fullmatch(bare):
        return None
    return float(bare.replace(_OTHER[decimal], "").replace(decimal, "."))


def is_number(text: str) -> bool:
    """Whether a cell is a number with a decimal point or with a decimal comma."""
    return any(amount(text, mark) is not None for mark in _OTHER)


def decimal_mark(
    cells: list[Cell], others: Iterable[Cell], separator: str, notes: list[str]
) -> str:
    """What precedes the decimals of a column, ``"."`` or ``","``.

    A cell such as 1,234.5 or 12,5 tells. Where there are only cells such as 1,234, those of the
    other columns tell. Where they do not, a point is decimal if commas separate the cells, and a
    note says so.

    Raises:
        ValueError: There are cells of both kinds, or nothing tells.
    """
    own = _evidence(cells)
    telling = [mark for mark in _OTHER if mark in own]
    if len(telling) == 2:
        raise ValueError(f"a decimal point in {own['.']}, but a decimal comma in {own[',']}")
    unclear = [mark for mark in _OTHER if f"?{mark}" in own]
    if telling or not unclear:
        return (telling or ["."])[0]
    elsewhere = _evidence((where, text.strip("%KMB")) for where, text in others)
    telling = [mark for mark in _OTHER if mark in elsewhere]
    if len(telling) == 1:
        return telling[0]
    example = own[f"?{unclear[0]}"]
    if separator == "," and unclear == ["."]:
        notes.append(f"the point taken as decimal in {example}")
        return "."
    raise ValueError(f"is {unclear[0]!r} decimal or for thousands in {example}? Give decimal")


def _evidence(cells: Iterable[Cell]) -> dict[str, str]:
    """The first cell with each decimal mark, and with each mark that may be one: ``?,``."""
    found: dict[str, str] = {}
    for where, text in cells:
        point, comma = amount(text, "."), amount(text, ",")
        if point == comma:  # the same without a mark, or no number
            continue
        unclear = "?," if "," in text else "?."
        kind = "," if point is None else "." if comma is None else unclear
        found.setdefault(kind, f"{where}, {text!r}")
    return found
