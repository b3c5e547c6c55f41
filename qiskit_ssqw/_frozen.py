"""Objects whose arrays cannot be written to, and neither can those of their copies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np


class FrozenArrays:
    """Locks the arrays among the attributes, and in tuples there, of deep copies and of pickles.

    NumPy forgets in both that an array was read-only.
    """

    def _set(self, **fields: Any) -> None:
        """Set fields of a frozen dataclass, from its own ``__init__``."""
        for name, value in fields.items():
            object.__setattr__(self, name, value)

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        for value in state.values():
            for array in value if isinstance(value, tuple) else (value,):
                if isinstance(array, np.ndarray):
                    array.setflags(write=False)
        self.__dict__.update(state)
