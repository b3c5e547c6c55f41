"""The circuits of amplitude estimation: A, and a Grover iterate with one payoff rotation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import QuantumRegister
from qiskit.circuit.library import grover_operator
from qiskit_algorithms import EstimationProblem

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array
from qiskit_ssqw.circuit import ZeroReflectionGate
from qiskit_ssqw.circuit.drawing import LegibleCircuit
from qiskit_ssqw.finance.encodings import PayoffEncoding
from qiskit_ssqw.finance.loader import Loader

_FEWEST_CONTROLS = 4
"""Controls of the zero reflection from which on it takes an ancilla by default."""

_LARGEST_POWER = 1_000_000
"""Copies of the operator that a circuit may have: gigabytes, and minutes to make."""


@dataclass(frozen=True)
class AmplitudeParts:
    """What the A operator and the Grover operator are made of, all on the same qubits.

    The qubits are those of the value, the objective, the traced-out coins and the ancillas, in
    this order.
    """

    loader: QuantumCircuit
    """``P``: prepares the distribution."""
    rotation: QuantumCircuit
    """``R``: rotates the objective by the payoff."""
    reflection: QuantumCircuit
    """``R^-1 Z R``, with a Z on the objective."""
    objectives: tuple[int, ...]
    """Qubits that are 1 in a good state."""
    reflected: tuple[int, ...]
    """All qubits of A, the coins included, but no ancillas."""
    ancilla: int | None
    """A clean qubit for the zero reflection."""

    @classmethod
    def of(cls, loader: Loader, encoding: PayoffEncoding, ancilla: bool | None) -> AmplitudeParts:
        """Lay out a loader and a payoff circuit.

        Args:
            loader: Prepares the distribution.
            encoding: Rotates the objective.
            ancilla: Whether the zero reflection takes a clean ancilla, which makes it cheaper:
                ``6 k - 6`` CX for ``k`` controls. By default from 4 controls on.
        """
        size, coins = loader.num_value_qubits, loader.num_coins
        ancilla = size + coins >= _FEWEST_CONTROLS if ancilla is None else ancilla
        widths = {
            "value": size,
            "objective": 1,
            "coin": coins,
            "ancilla": max(encoding.num_ancillas, int(ancilla)),
        }
        empty = LegibleCircuit(*(QuantumRegister(w, name) for name, w in widths.items() if w))
        clean = size + 1 + coins
        rotated = [*range(size + 1), *range(clean, clean + encoding.num_ancillas)]
        return cls(
            loader=empty.compose(loader.circuit, [*range(size), *range(size + 1, clean)]),
            rotation=empty.compose(encoding.circuit(), rotated),
            reflection=empty.compose(encoding.reflection(), rotated),
            objectives=(size,),
            reflected=tuple(range(clean)),
            ancilla=clean if ancilla else None,
        )

    def rescaled(self, factor: float) -> AmplitudeParts:
        """The same with one more objective, which is 1 with probability ``factor**2``."""
        extra = QuantumRegister(1, f"scaling{len(self.objectives)}")
        wide = LegibleCircuit(*self.loader.qregs, extra)
        qubits, last = range(self.loader.num_qubits), self.loader.num_qubits
        rotation = wide.compose(self.rotation, qubits)
        rotation.ry(2 * np.arcsin(factor), last)
        scaled = replace(
            self,
            loader=wide.compose(self.loader, qubits),
            rotation=rotation,
            objectives=(*self.objectives, last),
            reflected=(*self.reflected, last),
        )
        phase = scaled.good_phase()
        return replace(scaled, reflection=rotation.compose(phase).compose(rotation.inverse()))

    def state_preparation(self) -> QuantumCircuit:
        """``A = R P``."""
        circuit = self.loader.compose(self.rotation)
        circuit.name = "A"
        return circuit

    def good_phase(self, control: int | None = None) -> QuantumCircuit:
        """``-1`` on good states, only where a control is 1 if there is one."""
        *others, last = self.objectives if control is None else (*self.objectives, control)
        circuit = QuantumCircuit(self.loader.num_qubits + (control is not None))
        if len(others) == 0:
            circuit.z(last)
        else:
            circuit.h(last)
            circuit.mcx(others, last)
            circuit.h(last)
        return circuit

    def zero_reflection(self, control: int | None = None) -> QuantumCircuit:
        """``1 - 2 |0><0|`` on all qubits of A, only where a control is 1 if there is one."""
        objective, *_ = self.objectives
        qubits = [qubit for qubit in self.reflected if qubit != objective]
        qubits += [objective] if control is None else [control, objective]
        circuit = QuantumCircuit(self.loader.num_qubits + (control is not None))
        gate = ZeroReflectionGate(len(qubits), ancilla=self.ancilla is not None)
        circuit.append(gate, qubits if self.ancilla is None else [*qubits, self.ancilla])
        if control is None:
            return circuit
        flip = QuantumCircuit(circuit.num_qubits)
        flip.x(control)
        return flip.compose(circuit).compose(flip)


class GroverIterate(LegibleCircuit):
    """Powers of the Grover operator ``Q = A S0 A^-1 Z`` with one payoff rotation per iterate.

    With ``A = R P`` the power is ``R (P S0 P^-1) [(R^-1 Z R) (P S0 P^-1)]**(k-1) R^-1 Z``: the
    inner rotations come in pairs around a Z, and such a pair is one multiplexer by twice the
    angles. A controlled power controls the reflections only. Powers and controls of a circuit that
    has been edited are Qiskit's.

    Args:
        parts: What the operator is made of.
        repetitions: The power ``k``.
    """

    def __init__(self, parts: AmplitudeParts, repetitions: int = 1) -> None:
        check.integer(repetitions, "power", minimum=0, maximum=_LARGEST_POWER)
        super().__init__(*parts.loader.qregs, name="Q" if repetitions == 1 else f"Q^{repetitions}")
        self._parts, self._repetitions = parts, repetitions
        if repetitions == 0:
            return
        first = parts.good_phase().compose(parts.rotation.inverse())
        self.compose(self._iterate(first), inplace=True)
        inner = self.inner if repetitions > 1 else None
        for _ in range(repetitions - 1):
            self.compose(inner, inplace=True)
        self.compose(parts.rotation, inplace=True)

    @property
    def inner(self) -> QuantumCircuit:
        """``P S0 P^-1 (R^-1 Z R)``: what one more iterate adds."""
        return self._iterate(self._parts.reflection)

    def _iterate(self, oracle: QuantumCircuit) -> QuantumCircuit:
        parts = self._parts
        return grover_operator(oracle, parts.loader, zero_reflection=parts.zero_reflection())

    @property
    def _changed(self) -> bool:
        """Whether somebody edited the circuit, so that this is another operator."""
        return not _alike(self, GroverIterate(self._parts, self._repetitions))

    def power(
        self, power: float, matrix_power: bool = False, annotated: bool = False
    ) -> QuantumCircuit:
        """Return the operator's power, without rotations that cancel between the iterates."""
        natural = isinstance(power, (int, np.integer)) and power >= 0
        if self._changed or not natural or matrix_power or annotated:
            return super().power(power, matrix_power, annotated)
        return GroverIterate(self._parts, self._repetitions * int(power))

    def control(
        self,
        num_ctrl_qubits: int = 1,
        label: str | None = None,
        ctrl_state: str | int | None = None,
        annotated: bool | None = None,
    ) -> QuantumCircuit:
        """Return the operator with a control on its reflections, which is the first qubit."""
        if self._changed or num_ctrl_qubits != 1 or ctrl_state not in (None, 1, "1"):
            return super().control(num_ctrl_qubits, label, ctrl_state, bool(annotated))
        parts, width = self._parts, self.num_qubits
        prepare = parts.state_preparation()
        iterate = parts.good_phase(control=width)
        iterate.compose(prepare.inverse(), range(width), inplace=True)
        iterate.compose(parts.zero_reflection(control=width), inplace=True)
        iterate.compose(prepare, range(width), inplace=True)
        iterate.z(width)  # the minus sign of the Grover operator
        circuit = QuantumCircuit(width + 1, name=f"controlled {self.name}")
        for _ in range(self._repetitions):
            circuit.compose(iterate, inplace=True)
        ordered = QuantumCircuit(width + 1, name=circuit.name)
        return ordered.compose(circuit, [*range(1, width + 1), 0])


class PricingProblem(EstimationProblem):
    """An estimation problem whose Grover operator survives rescaling.

    Args:
        parts: What A and the Grover operator are made of.
        post_processing: Takes the amplitude to the price.
        known: Probability of 1 of each objective, which are independent, where these have been
            computed from what the circuits are made of.
    """

    def __init__(
        self,
        parts: AmplitudeParts,
        post_processing: Any,
        known: tuple[float, ...] | None = None,
    ) -> None:
        super().__init__(
            parts.state_preparation(),
            list(parts.objectives),
            GroverIterate(parts),
            post_processing,
        )
        self._parts, self._known = parts, known

    @property
    def chances(self) -> Array | None:
        """Probability of each word of the objectives, if nobody edited the problem.

        Shape ``(2**objectives,)``, the first objective least significant; ``None`` if it is not
        known.
        """
        if self._known is None or self._changed:
            return None
        single = [np.array([1 - chance, chance]) for chance in np.clip(self._known, 0, 1)]
        return reduce(lambda low, high: np.kron(high, low), single)

    def rescale(self, scaling_factor: float) -> EstimationProblem:
        """Multiply the amplitude of the good states by a factor, with one more objective."""
        if self._changed:
            return super().rescale(scaling_factor)
        known = None if self._known is None else (*self._known, scaling_factor**2)
        return PricingProblem(self._parts.rescaled(scaling_factor), self.post_processing, known)

    @property
    def _changed(self) -> bool:
        """Whether somebody replaced or edited the circuits or what is good."""
        original = PricingProblem(self._parts, None)
        return (
            self.has_good_state
            or self.objective_qubits != original.objective_qubits
            or not _alike(self.state_preparation, original.state_preparation)
            or not _alike(self.grover_operator, original.grover_operator)
        )


def _alike(first: QuantumCircuit, second: QuantumCircuit) -> bool:
    """Whether two circuits have the same instructions and the same global phase.

    Unlike Qiskit's own comparison it takes no definitions, which cost a second for high powers.
    """
    return (
        first.num_qubits == second.num_qubits
        and first.global_phase == second.global_phase
        and _instructions(first) == _instructions(second)
    )


def _instructions(circuit: QuantumCircuit) -> list[tuple[Any, ...]]:
    """What tells each instruction: name, class, parameters, and the qubits that it acts on."""
    instructions = []
    for step in circuit.data:
        gate, places = step.operation, [circuit.find_bit(qubit).index for qubit in step.qubits]
        instructions.append((gate.name, gate.base_class, list(gate.params), places))
    return instructions
