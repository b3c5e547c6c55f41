"""Fit results as JSON files of a versioned schema."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from qiskit_ssqw import _validation as check
from qiskit_ssqw._files import replace_text

FORMAT = "qiskit-ssqw fit result"
SCHEMA = 4


def write(data: Mapping[str, Any], path: str | os.PathLike[str]) -> None:
    """Write the data of a result, or raise as `replace_text` does."""
    text = json.dumps({"format": FORMAT, "schema": SCHEMA, **data}, allow_nan=False)
    replace_text(path, text + "\n")


def read(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read the data of a result.

    Raises:
        OSError: The file cannot be read.
        TypeError: ``path`` is no path.
        ValueError: The file is damaged, holds something else, or has a newer schema.
    """
    check.instance(path, (str, os.PathLike), "path")
    try:
        data = json.loads(Path(path).read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:  # no JSON, or no UTF-8
        raise ValueError(f"{os.fspath(path)} is damaged: {error}") from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise ValueError(f"{os.fspath(path)} holds no fit result of qiskit-ssqw")
    schema = data.get("schema")
    if isinstance(schema, bool) or not isinstance(schema, int) or schema < 1:
        raise ValueError(f"{os.fspath(path)} is damaged: its schema is {schema!r}")
    if schema > SCHEMA:
        raise ValueError(
            f"{os.fspath(path)} has schema {schema}, this version reads up to {SCHEMA}: "
            "upgrade qiskit-ssqw"
        )
    return data
