"""The file of results: one CSV line for each row, failures included."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from row_files import append_rows

FILE = Path(__file__).with_name("results.csv")
KEY = ("peer", "n", "target", "setting")
GATES = tuple(
    f"{name}{suffix}"
    for suffix in ("", "_line", "_heavy_hex")
    for name in ("cx", "two_qubit_depth", "depth")
)
COLUMNS = (
    "peer",
    "version",
    "n",
    "target",
    "setting",
    "failure",
    "tries",
    "qubits",
    *GATES,
    "tv",
    "kl",
    "price_error",
    "mse",
    "evaluations",
    "grover_cx",
    "total_cx",
    "build_seconds",
    "transpile_seconds",
    "peak_mib",
    "qiskit",
)


def cell(value: Any) -> str:
    """Numbers with four digits; messages on one line of at most 160 characters."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}"
    return " ".join(str(value).split())[:160]


def append(columns: dict[str, Any], file: Path = FILE) -> None:
    """Add a row, and the header to a new file; a file with other columns is refused."""
    if file.exists() and header(file) != COLUMNS:
        raise ValueError(f"{file} must have the columns {', '.join(COLUMNS)}")
    append_rows(file, COLUMNS, [{name: cell(value) for name, value in columns.items()}])


def header(file: Path) -> tuple[str, ...]:
    """The columns that a file has."""
    with file.open(newline="", encoding="utf-8") as stream:
        return tuple(next(csv.reader(stream), ()))


def read(file: Path = FILE) -> list[dict[str, str]]:
    """All rows, as text."""
    if not file.exists():
        return []
    with file.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def key(row: dict[str, str]) -> tuple[str, ...]:
    """What identifies a row."""
    return tuple(row[name] for name in KEY)
