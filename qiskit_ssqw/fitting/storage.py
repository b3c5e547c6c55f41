"""Fit results as JSON files of a versioned schema."""

from __future__ import annotations

import errno
import json
import os
import stat
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FORMAT = "qiskit-ssqw fit result"
SCHEMA = 4


def write(data: Mapping[str, Any], path: str | os.PathLike[str]) -> None:
    """Write the data of a result; an existing file is replaced only once all is written.

    A link is followed, and the mode of an existing file is kept.

    Raises:
        OSError: The file cannot be written, is no regular file, or is read-only.
    """
    mode = _mode_of_file(Path(path))
    place = Path(os.path.realpath(path))
    text = json.dumps({"format": FORMAT, "schema": SCHEMA, **data}, allow_nan=False)
    draft = place.with_name(f".{uuid.uuid4().hex}.tmp")  # no other thread or process has it
    try:
        draft.touch(exist_ok=False)
        draft.write_text(text + "\n", encoding="utf-8")
        if mode is not None:
            draft.chmod(mode)
        draft.replace(place)
    finally:
        draft.unlink(missing_ok=True)


def _mode_of_file(path: Path) -> int | None:
    """The mode of a file that may be replaced, or None if there is none."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "must be a regular file to be replaced", str(path))
    if not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    return stat.S_IMODE(mode)


def read(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read the data of a result.

    Raises:
        OSError: The file cannot be read.
        ValueError: The file is damaged, holds something else, or has a newer schema.
    """
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
