"""Gates that hold a walk or a part of one; the circuits come from `qiskit_ssqw.synthesis`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.circuit import Gate

from qiskit_ssqw import _validation as check
from qiskit_ssqw.synthesis import (
    append_coin,
    synth_conditional_shift,
    synth_lattice_fourier,
    synth_multiscale,
    synth_torus_fourier,
    synth_tree,
)
from qiskit_ssqw.walks import MultiscaleWalk, SplitStepWalk, TorusWalk, TreeWalk, Walk


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
        if shift not in (1, -1):
            raise ValueError(f"shift must be 1 or -1, got {shift!r}")
        super().__init__(f"s_{'plus' if shift == 1 else 'minus'}", size + 1, [], label)
        self.shift = shift

    def _define(self) -> None:
        self.definition = synth_conditional_shift(self.num_qubits - 1, self.shift)


class SplitStepGate(Gate):
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
        if len(first_coin) not in (1, 3) or len(second_coin) != len(first_coin):
            raise ValueError(
                "both coins must have one angle (RY) or three (U), "
                f"got {len(first_coin)} and {len(second_coin)}"
            )
        super().__init__("split_step", size + 1, [*first_coin, *second_coin], label)

    def _define(self) -> None:
        size, angles = self.num_qubits - 1, self.params
        middle = len(angles) // 2
        circuit = QuantumCircuit(size + 1, name=self.name)
        append_coin(circuit, angles[:middle], size)
        circuit.append(ConditionalShiftGate(size, 1), range(size + 1))
        append_coin(circuit, angles[middle:], size)
        circuit.append(ConditionalShiftGate(size, -1), range(size + 1))
        self.definition = circuit


class WalkGate(Gate):
    """A gate that prepares a whole walk; subclasses give its name and its circuit."""

    _gate_name: ClassVar[str]
    structure: Walk

    def __init__(
        self,
        walk: Walk,
        parameters: Sequence[Any] | NDArray[Any] | None = None,
        label: str | None = None,
    ) -> None:
        params = list(walk.parameters if parameters is None else parameters)
        if len(params) != walk.num_parameters:
            raise ValueError(
                f"parameters must have length {walk.num_parameters}, got {len(params)}"
            )
        super().__init__(self._gate_name, walk.num_qubits, params, label)
        self.structure = walk


class SplitStepWalkGate(WalkGate):
    """A whole lattice walk, the walker's start included, on ``n`` position qubits and the coin.

    On the zero state it prepares the walk. On other inputs it is the walk after the operator
    `qiskit_ssqw.synthesis.synth_start`, whatever the synthesis.

    Args:
        walk: The structure (a `SplitStepWalk`), and the angles unless ``parameters`` are given.
        parameters: Numbers or free ``Parameter`` objects in the order of ``walk.parameters``.
        label: Label in drawings.

    Attributes:
        structure: The walk as given; the gate's own angles are ``params``.

    Raises:
        ValueError: There are more or fewer parameters than the walk has.
    """

    _gate_name = "ssqw_walk"
    structure: SplitStepWalk

    def _define(self) -> None:
        self.definition = synth_lattice_fourier(self.structure, self.params)


class MultiscaleWalkGate(WalkGate):
    """A whole multiscale walk: RY rotations and CX between neighbouring qubits.

    Args:
        walk: The structure (a `MultiscaleWalk`), and the angles unless ``parameters`` are given.
        parameters: Numbers or free ``Parameter`` objects in the order of ``walk.parameters``.
        label: Label in drawings.

    Attributes:
        structure: The walk as given; the gate's own angles are ``params``.

    Raises:
        ValueError: There are more or fewer parameters than the walk has.
    """

    _gate_name = "multiscale_walk"
    structure: MultiscaleWalk

    def _define(self) -> None:
        self.definition = synth_multiscale(self.structure, self.params)


class TorusWalkGate(WalkGate):
    """A whole torus walk, the walkers' start included, on the position qubits and both coins.

    On the zero state it prepares the walk. On other inputs it is the walk after the operator
    `qiskit_ssqw.synthesis.synth_start` of each cycle.

    Args:
        walk: The structure (a `TorusWalk`), and the angles unless ``parameters`` are given.
        parameters: Numbers or free ``Parameter`` objects in the order of ``walk.parameters``.
        label: Label in drawings.

    Attributes:
        structure: The walk as given; the gate's own angles are ``params``.

    Raises:
        ValueError: There are more or fewer parameters than the walk has.
    """

    _gate_name = "torus_walk"
    structure: TorusWalk

    def _define(self) -> None:
        self.definition = synth_torus_fourier(self.structure, self.params)


class TreeWalkGate(WalkGate):
    """A whole tree walk: RY rotations multiplexed by all more significant qubits, and CX.

    Args:
        walk: The structure (a `TreeWalk`), and the angles unless ``parameters`` are given.
        parameters: Numbers or free ``Parameter`` objects in the order of ``walk.parameters``.
        label: Label in drawings.

    Attributes:
        structure: The walk as given; the gate's own angles are ``params``.

    Raises:
        ValueError: There are more or fewer parameters than the walk has.
    """

    _gate_name = "tree_walk"
    structure: TreeWalk

    def _define(self) -> None:
        self.definition = synth_tree(self.structure, self.params)
