"""Where warnings point to."""

from __future__ import annotations

import inspect
import os
from pathlib import Path

# The __init__ of a dataclass is compiled from a string.
_INSIDE = (f"{Path(__file__).parent}{os.sep}", "<string>")


def level_outside() -> int:
    """Stack level, seen from the function that calls this, of the first frame outside the package.

    Pass it to ``warnings.warn`` as ``stacklevel``, so that a warning names the user's line.
    """
    level, frame = 1, inspect.currentframe()
    frame = frame.f_back if frame is not None else None
    while frame is not None and frame.f_code.co_filename.startswith(_INSIDE):
        level, frame = level + 1, frame.f_back
    return level
