"""CSV files that grow row by row, and hold whole rows whatever ends the script."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from qiskit_ssqw._files import replace_text


def append_rows(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Add rows, and the header to a new file: all of them, or none if that fails.

    Args:
        path: The file.
        columns: Names of the columns, in order.
        rows: Values by column; of those that are missing the cells are empty.

    Raises:
        OSError: The file cannot be written; it is as before.
        ValueError: A row has another column.
    """
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    added = io.StringIO()
    writer = csv.DictWriter(added, columns, restval="", lineterminator="\n")
    if not before:
        writer.writeheader()
    writer.writerows(rows)
    replace_text(path, before + added.getvalue())
