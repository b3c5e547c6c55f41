"""Gates that hold a whole walk as a name and numbers, from which alone they can be rebuilt.

The parameters of a gate are integers that tell its structure, then the walk's angles. So a walk
survives whatever keeps names and parameters only, such as QPY, and the transpiler's plugins find it
by its name.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.circuit import Gate, Operation, ParameterExpression
from typing_extensions import Self

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array
from qiskit_ssqw.circuit.known_gates import walk_gates
from qiskit_ssqw.circuit.parametrised_gate import ParametrisedGate
from qiskit_ssqw.synthesis import (
    synth_lattice_fourier,
    synth_multiscale,
    synth_torus_fourier,
    synth_tree,
)
from qiskit_ssqw.synthesis.coins import angles_of
from qiskit_ssqw.walks import (
    MultiscaleWalk,
    SplitStepWalk,
    TorusWalk,
    TreeWalk,
    Walk,
    kind_of,
    walk_kinds,
)

_ONLY_STEPS = -1
"""Stands in the place of the start site if the walker is not put on one."""


_MOST_REPETITIONS = 100_000


class WalkGate(ParametrisedGate):
    """A whole walk, or its inverse, as one gate; subclasses give its name, numbers and circuit.

    Args:
        walk: The structure, and the angles unless ``parameters`` are given.
        parameters: Numbers or free ``Parameter`` objects in the order of ``walk.parameters``.
        label: Label in drawings.
        inverted: Whether the gate is the inverse of the walk.

    Raises:
        TypeError: The walk is of another kind, or none that is registered, or a parameter is no
            number.
        ValueError: There are more or fewer parameters than the walk has.
    """

    gate_name: ClassVar[str]
    params: list[Any]

    def __init__(
        self,
        walk: Walk,
        parameters: Sequence[Any] | NDArray[Any] | None = None,
        label: str | None = None,
        *,
        inverted: bool = False,
    ) -> None:
        gate = kind_of(walk).find("gate")
        if gate is None or not isinstance(self, gate):
            raise TypeError(f"a {self.gate_name} gate is not for this kind of walk, got {walk!r}")
        angles = angles_of(walk, type(walk), parameters)
        numbers = [int(check.flag(inverted, "inverted")), *self._numbers(walk), *angles]
        super().__init__(self.gate_name, walk.num_qubits, numbers, label)

    @classmethod
    def from_operation(cls, operation: Operation) -> Self | None:
        """Rebuild the gate from its name and parameters; None if it is no walk of this kind.

        Args:
            operation: Any operation, such as what QPY makes of a gate that it does not know.
        """
        if isinstance(operation, cls):
            return operation
        found = walk_gates(walk_kinds()).get(operation.name)
        if found is None or not issubclass(found, cls) or not isinstance(operation, Gate):
            return None
        gate: Self = found.__new__(found)
        Gate.__init__(
            gate, operation.name, operation.num_qubits, list(operation.params), operation.label
        )
        return gate if gate._is_complete() else None

    @property
    def _header(self) -> int:
        return 1  # whether it is inverted

    def _is_complete(self) -> bool:
        """Whether the parameters describe a walk: another gate may have the same name."""
        numbers = self.params[: self._header]
        if not 0 < self._header == len(numbers) or any(map(_is_free, numbers)):
            return False
        try:
            complete: bool = self.structure.num_parameters == len(self.angles)
        except (TypeError, ValueError, ArithmeticError):
            return False
        return complete and self.params[0] in (0, 1)

    @property
    def inverted(self) -> bool:
        """Whether the gate is the inverse of the walk."""
        return bool(self.params[0])

    @property
    def prepares_walk(self) -> bool:
        """Whether the gate takes the zero state to the walk."""
        return not self.inverted

    @property
    def value_qubits(self) -> list[int]:
        """Indices of the gate's qubits that hold the site, least significant first."""
        walk = self.structure
        coins = set(range(walk.num_qubits)).difference(walk.position_qubits)
        order = [*walk.position_qubits, *sorted(coins)]
        return [order.index(qubit) for qubit in range(walk.num_value_qubits)]

    @property
    def structure(self) -> Any:
        """The walk with all angles zero."""
        return self._structure([int(number) for number in self.params[1 : self._header]])

    @property
    def angles(self) -> list[Any]:
        """The angles, numbers or free, in the order of ``walk.parameters``."""
        return list(self.params[self._header :])

    @property
    def walk(self) -> Any:
        """The walk with the gate's angles.

        Raises:
            ValueError: Some parameters are not bound.
        """
        if any(map(_is_free, self.angles)):
            raise ValueError("the walk has free parameters: bind them with assign_parameters first")
        return self.structure.with_parameters(self.angles)

    def inverse(self, annotated: bool = False) -> Self:
        """Return the same kind of gate with `inverted` negated."""
        gate: Self = self.copy()
        gate.params[0] = 1 - int(self.inverted)  # checking all again would take longer
        gate.definition = None
        return gate

    def power(self, exponent: float, annotated: bool = False) -> Gate:
        """Return the gate's power; a whole one as repeated walks, with their parameters.

        Raises:
            TypeError: ``exponent`` is no number.
            ValueError: It is not finite, or asks for more than 100,000 repetitions.
        """
        number = check.number(exponent, "exponent")
        if annotated or number != int(number):
            return super().power(number, annotated)
        if abs(number) > _MOST_REPETITIONS:
            raise ValueError(f"exponent must be at most {_MOST_REPETITIONS}, got {exponent}")
        repeated = QuantumCircuit(self.num_qubits, name=f"{self.name}^{int(number)}")
        for _ in range(abs(int(number))):
            repeated.append(self if number > 0 else self.inverse(), range(self.num_qubits))
        return repeated.to_gate()

    def _define(self) -> None:
        circuit = self._circuit()
        self.definition = circuit.inverse() if self.inverted else circuit

    def _numbers(self, walk: Any) -> list[int]:
        """The structure as integers, as many as `_header` says, less one; none by default."""
        return []

    @abstractmethod
    def _structure(self, numbers: list[int]) -> Walk:
        """The structure from its integers."""

    @abstractmethod
    def _circuit(self) -> QuantumCircuit:
        """The circuit of the walk, not inverted."""


class SplitStepWalkGate(WalkGate):
    """A whole lattice walk, the walker's start included, on ``n`` position qubits and the coin.

    On the zero state it prepares the walk. On other inputs it is the walk after the operator
    `qiskit_ssqw.synthesis.synth_start`, whatever the synthesis.

    Args:
        walk: The structure (a `SplitStepWalk`), and the angles unless ``parameters`` are given.
        parameters: Numbers or free ``Parameter`` objects in the order of ``walk.parameters``.
        label: Label in drawings.
        inverted: Whether the gate is the inverse of the walk.
        prepare: Whether the walker is put on its start site first; otherwise only the steps, on
            whatever the position qubits hold.

    Raises:
        TypeError: The walk is of another kind, or none that is registered, or a parameter is no
            number.
        ValueError: There are more or fewer parameters than the walk has.
    """

    gate_name = "ssqw_walk"
    _header = 7

    def __init__(
        self,
        walk: SplitStepWalk,
        parameters: Sequence[Any] | NDArray[Any] | None = None,
        label: str | None = None,
        *,
        inverted: bool = False,
        prepare: bool = True,
    ) -> None:
        super().__init__(walk, parameters, label, inverted=inverted)
        if not prepare:
            flag, _, *others = self.params
            self.params = [flag, _ONLY_STEPS, *others]

    @property
    def prepare(self) -> bool:
        """Whether the walker is put on its start site first."""
        return int(self.params[1]) != _ONLY_STEPS

    @property
    def prepares_walk(self) -> bool:
        return self.prepare and super().prepares_walk

    def _numbers(self, walk: SplitStepWalk) -> list[int]:
        coins = (walk.initial_coin, walk.coin_angles[0, 0], walk.final_coin)
        sizes = [0 if coin is None else int(np.size(coin)) for coin in coins]
        return [walk.start, walk.repetitions, int(walk.coin == "absorbed"), *sizes]

    def _structure(self, numbers: list[int]) -> SplitStepWalk:
        start, repetitions, absorbed, initial, size, final = numbers
        steps = (len(self.angles) - initial - final) // (2 * size)
        return SplitStepWalk(
            self.num_qubits - 1,
            np.zeros((steps, 2, 3) if size == 3 else (steps, 2)),
            start=max(start, 0),
            initial_coin=_zeros(initial),
            final_coin=_zeros(final),
            repetitions=repetitions,
            coin="absorbed" if absorbed else "traced",
        )

    def _circuit(self) -> QuantumCircuit:
        return synth_lattice_fourier(self.structure, self.angles, prepare=self.prepare)


class MultiscaleWalkGate(WalkGate):
    """A whole multiscale walk: RY rotations and CX between neighbouring qubits.

    It holds a `MultiscaleWalk`; arguments are those of `WalkGate`.
    """

    gate_name = "multiscale_walk"

    @property
    def _header(self) -> int:
        # Two numbers and two angles a flip, one of each a qubit.
        return (len(self.params) + 1) // 2

    def _numbers(self, walk: MultiscaleWalk) -> list[int]:
        return [*walk.line, *(qubit for flip in walk.flips for qubit in flip)]

    def _structure(self, numbers: list[int]) -> MultiscaleWalk:
        line, ends = numbers[: self.num_qubits], numbers[self.num_qubits :]
        flips = list(zip(ends[::2], ends[1::2], strict=True))
        return MultiscaleWalk(self.num_qubits, flips, np.zeros((len(flips), 2)), line=line)

    def _circuit(self) -> QuantumCircuit:
        return synth_multiscale(self.structure, self.angles)


class TorusWalkGate(WalkGate):
    """A whole torus walk, the walkers' start included, on the position qubits and both coins.

    On the zero state it prepares the walk. On other inputs it is the walk after the operator
    `qiskit_ssqw.synthesis.synth_start` of each cycle.

    It holds a `TorusWalk`; arguments are those of `WalkGate`.
    """

    gate_name = "torus_walk"
    _header = 4

    def _numbers(self, walk: TorusWalk) -> list[int]:
        return [walk.num_position_qubits[0], *walk.start]

    def _structure(self, numbers: list[int]) -> TorusWalk:
        first, *start = numbers
        sizes = (first, self.num_qubits - 2 - first)
        return TorusWalk(sizes, np.zeros((len(self.angles) // 18, 2, 9)), start=start)

    def _circuit(self) -> QuantumCircuit:
        return synth_torus_fourier(self.structure, self.angles)


class TreeWalkGate(WalkGate):
    """A whole tree walk: RY rotations multiplexed by all more significant qubits, and CX.

    It holds a `TreeWalk`; arguments are those of `WalkGate`.
    """

    gate_name = "tree_walk"

    def _structure(self, numbers: list[int]) -> TreeWalk:
        return TreeWalk(self.num_qubits, np.zeros(len(self.angles)))

    def _circuit(self) -> QuantumCircuit:
        return synth_tree(self.structure, self.angles)


def _is_free(number: Any) -> bool:
    return isinstance(number, ParameterExpression)


def _zeros(size: int) -> Array | float | None:
    """A coin of so many angles; none at all for 0."""
    return None if size == 0 else np.zeros(() if size == 1 else size)
