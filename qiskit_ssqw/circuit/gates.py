"""Gates of which a lattice walk consists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import AnnotatedOperation, Gate

from qiskit_ssqw import _validation as check
from qiskit_ssqw.circuit.parametrised_gate import ParametrisedGate
from qiskit_ssqw.synthesis import append_coin, synth_conditional_shift
from qiskit_ssqw.synthesis.coins import checked_angles


class ConditionalShiftGate(Gate):
    """A shift by one site on a cycle, on ``n`` position qubits and then the coin.

    S+ (``shift = 1``) moves the walker one site up if the coin is 1; S- (``shift = -1``) moves it
    one site down if the coin is 0.

    Args:
        num_position_qubits: Number of position qubits ``n``.
        shift: 1 or -1.
        label: Label in drawings.

    Raises:
        ValueError: ``shift`` is neither 1 nor -1, or there is no position qubit.
    """

    def __init__(self, num_position_qubits: int, shift: int = 1, label: str | None = None) -> None:
        size = check.integer(num_position_qubits, "num_position_qubits", minimum=1)
        if not isinstance(shift, (int, np.integer)) or shift not in (1, -1):
            raise ValueError(f"shift must be 1 or -1, got {shift!r}")
        super().__init__(f"s_{'plus' if shift == 1 else 'minus'}", size + 1, [], label)
        self.shift = shift

    def _define(self) -> None:
        self.definition = synth_conditional_shift(self.num_qubits - 1, self.shift)


class SplitStepGate(ParametrisedGate):
    """One split step ``S- C2 S+ C1``, on ``n`` position qubits and then the coin.

    Args:
        num_position_qubits: Number of position qubits ``n``.
        first_coin: Angles of ``C1``: one (RY) or three (U), numbers or free ``Parameter`` objects.
        second_coin: Angles of ``C2``, as many as for the first.
        label: Label in drawings.

    Raises:
        ValueError: The coins do not both have one angle or three, or there is no position qubit.
    """

    def __init__(
        self,
        num_position_qubits: int,
        first_coin: Sequence[Any],
        second_coin: Sequence[Any],
        label: str | None = None,
    ) -> None:
        size = check.integer(num_position_qubits, "num_position_qubits", minimum=1)
        first_coin = checked_angles(first_coin, "first_coin")
        second_coin = checked_angles(second_coin, "second_coin")
        if len(first_coin) not in (1, 3) or len(second_coin) != len(first_coin):
            raise ValueError(
                "both coins must have one angle (RY) or three (U), "
                f"got {len(first_coin)} and {len(second_coin)}"
            )
        super().__init__("split_step", size + 1, [*first_coin, *second_coin], label)

    _header = 0

    def inverse(self, annotated: bool = False) -> Gate | AnnotatedOperation:
        """Return the inverse, whose parameters are the free ones if there are any."""
        if annotated or not self.definition.parameters:
            return super().inverse(annotated)
        gate = self.definition.inverse().to_gate()
        gate.name = f"{self.name}_dg"
        return gate

    def _define(self) -> None:
        size, angles = self.num_qubits - 1, self.params
        middle = len(angles) // 2
        circuit = QuantumCircuit(size + 1, name=self.name)
        append_coin(circuit, angles[:middle], size)
        circuit.append(ConditionalShiftGate(size, 1), range(size + 1))
        append_coin(circuit, angles[middle:], size)
        circuit.append(ConditionalShiftGate(size, -1), range(size + 1))
        self.definition = circuit
