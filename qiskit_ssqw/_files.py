"""Files that are there as a whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
import uuid
from pathlib import Path


def replace_text(path: str | os.PathLike[str], text: str) -> None:
    """Write a file; an existing one is replaced only once all is written.

    A link is followed, and the mode of an existing file is kept.

    Raises:
        OSError: The file cannot be written, is no regular file, or is read-only.
    """
    mode = _mode_of_file(Path(path))
    place = Path(os.path.realpath(path))
    draft = place.with_name(f".{uuid.uuid4().hex}.tmp")  # no other thread or process has it
    try:
        draft.touch(exist_ok=False)
        draft.write_text(text, encoding="utf-8")
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
