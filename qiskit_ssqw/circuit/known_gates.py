"""The gates of all kinds of walks, by name."""

from __future__ import annotations

import warnings
from functools import lru_cache
from typing import TYPE_CHECKING

from qiskit_ssqw._stack import level_outside
from qiskit_ssqw.walks import WalkKind

if TYPE_CHECKING:
    from qiskit_ssqw.circuit.walk_gates import WalkGate


@lru_cache(maxsize=8)
def walk_gates(kinds: tuple[WalkKind, ...]) -> dict[str, type[WalkGate]]:
    """The gates of kinds of walks by their names.

    Raises:
        ValueError: Two of them have the same name.

    Warns:
        RuntimeWarning: A gate is not where its kind says; the others are found all the same.
    """
    gates: dict[str, type[WalkGate]] = {}
    for kind in kinds:
        try:
            gate = kind.find("gate")
        except (AttributeError, ImportError) as error:
            text = f"the gate of a {kind.title} could not be imported: {error}"
            warnings.warn(text, RuntimeWarning, stacklevel=level_outside())
            continue
        if gate is not None and gates.setdefault(gate.gate_name, gate) is not gate:
            raise ValueError(f"two gates of walks are named {gate.gate_name}: rename {gate!r}")
    return gates
