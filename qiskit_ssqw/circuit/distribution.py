"""The walk as a circuit of the circuit library."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from qiskit.circuit import ParameterVector, QuantumRegister
from typing_extensions import Self

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array
from qiskit_ssqw._display import Row, Tabular
from qiskit_ssqw.circuit.drawing import LegibleCircuit
from qiskit_ssqw.circuit.reading import gates_of, read_probabilities
from qiskit_ssqw.circuit.walk_gates import WalkGate
from qiskit_ssqw.walks import SplitStepWalk, Walk
from qiskit_ssqw.walks.kinds import offered
from qiskit_ssqw.walks.lattice import CoinKind, CoinRole


class SSQWDistribution(LegibleCircuit, Tabular):
    """A circuit that prepares the state of a quantum walk.

    A multiscale or tree walk takes exactly its ``n`` qubits. A lattice walk has one coin qubit
    more than positions: the last qubit if the coin is traced out, qubit 0 if it is absorbed as
    the least significant bit. A torus walk has two coin qubits, the last ones, both traced out.
    `value_qubits` are the qubits to read, least significant first.

    It may be copied, composed and changed like any other circuit: `probabilities` are computed
    from whatever it holds then, while `walk` is there only as long as it holds that walk alone.

    Args:
        walk: The walk to prepare.
        name: Name of the circuit.

    Raises:
        TypeError: ``walk`` is no walk.

    Examples:
        >>> from qiskit_ssqw import SSQWDistribution, SplitStepWalk
        >>> circuit = SSQWDistribution(SplitStepWalk(2, [[1.0, 2.0]], start=1))
        >>> circuit.position_qubits, circuit.coin_qubits
        ([0, 1], [2])
        >>> circuit.probabilities.round(3).tolist()
        [0.225, 0.708, 0.067, 0.0]
    """

    def __init__(self, walk: Walk, name: str = "SSQW") -> None:
        self._build(walk, None, name)

    @classmethod
    def ansatz(
        cls,
        num_position_qubits: int,
        steps: int,
        *,
        coins: CoinKind = "u",
        coin: CoinRole = "traced",
        repetitions: int = 1,
        parameter_prefix: str = "θ",
        start: int = 0,
        initial_coin: bool = True,
        final_coin: bool | None = None,
    ) -> Self:
        """Return a lattice walk with free parameters, for any variational trainer.

        The parameters come in the order of `SplitStepWalk.parameters`: initial coin, the coin
        pairs of the block, final coin. Once they are bound, `walk` is the walk with their values.

        Args:
            num_position_qubits: Number of position qubits.
            steps: Split steps in one block, at least 1.
            coins: ``"ry"`` (one angle each) or ``"u"`` (three).
            coin: ``"traced"`` or ``"absorbed"``, as for `SplitStepWalk`.
            repetitions: How often the block is repeated with the same parameters.
            parameter_prefix: Name of the parameter vector.
            start: Site on which the walker starts.
            initial_coin: Whether the coin is rotated before the first step.
            final_coin: Whether it is rotated after the last one; by default if it is absorbed.

        Raises:
            ValueError: ``steps`` is below 1, or ``coins`` or ``coin`` is an unknown word.

        Examples:
            Two investors, three time steps: ``3 + 6 k`` parameters.

            >>> from qiskit_ssqw import SSQWDistribution
            >>> SSQWDistribution.ansatz(3, 2, repetitions=3).num_parameters
            15
        """
        template = SplitStepWalk.template(
            num_position_qubits,
            steps,
            coins=coins,
            coin=coin,
            repetitions=repetitions,
            start=start,
            initial_coin=initial_coin,
            final_coin=final_coin,
        )
        return cls.parametrised(template, parameter_prefix=parameter_prefix)

    @classmethod
    def parametrised(cls, walk: Walk, *, parameter_prefix: str = "θ") -> Self:
        """Return the circuit of a walk's structure with free parameters in place of its angles.

        Args:
            walk: A walk of any kind.
            parameter_prefix: Name of the parameter vector, ordered as ``walk.parameters``.

        Raises:
            TypeError: ``walk`` is no walk.
        """
        check.printable(parameter_prefix, "parameter_prefix")
        circuit = cls.__new__(cls)
        size = walk.num_parameters if isinstance(walk, Walk) else 0
        circuit._build(walk, list(ParameterVector(parameter_prefix, size)), "SSQW")
        return circuit

    def _build(self, walk: Walk, parameters: Sequence[Any] | None, name: str) -> None:
        gate = offered(walk, "gate", "a circuit")
        self._template = walk
        registers = [QuantumRegister(len(self.position_qubits), "position")]
        if self.coin_qubits:
            registers.append(QuantumRegister(len(self.coin_qubits), "coin"))
        if self.position_qubits[0] > 0:  # the coin is the least significant bit
            registers.reverse()
        super().__init__(*registers, name=name)
        self.append(gate(walk, parameters), [*self.position_qubits, *self.coin_qubits])

    @property
    def walk(self) -> Walk:
        """The walk with the circuit's angles. Measurements and barriers do not count.

        Raises:
            ValueError: Some parameters are not bound, or the circuit is not that walk any more.
        """
        steps = [step for step in gates_of(self) if step.name != "measure"]
        gate = WalkGate.from_operation(steps[0].operation) if len(steps) == 1 else None
        if gate is None or not self._holds(gate, steps[0].qubits):
            raise ValueError(
                "the circuit holds no walk any more: it must consist of its walk alone, got "
                f"{[step.name for step in steps]}"
            )
        walk: Walk = gate.walk
        return walk

    @property
    def probabilities(self) -> Array:
        """The distribution read from `value_qubits`, shape ``(2**n,)``.

        It is computed from the walk, or, if the circuit has been changed, from the state vector of
        up to 20 qubits.

        Raises:
            ValueError: Some parameters are not bound, or a changed circuit does not consist of
                gates or has more than 20 qubits.
        """
        return read_probabilities(self, self.value_qubits)

    def _holds(self, gate: WalkGate, qubits: Sequence[Any]) -> bool:
        """Whether a gate on these qubits is the walk, with whatever angles."""
        blank = self._template.with_parameters(np.zeros(self._template.num_parameters))
        places = [self.find_bit(qubit).index for qubit in qubits]
        expected = [*self.position_qubits, *self.coin_qubits]
        return gate.prepares_walk and gate.structure == blank and places == expected

    @property
    def position_qubits(self) -> list[int]:
        """Indices of the position qubits, least significant first."""
        return self._template.position_qubits

    @property
    def coin_qubits(self) -> list[int]:
        """Indices of the coin qubits: one of a lattice walk, two of a torus walk, else none."""
        return sorted(set(range(self._template.num_qubits)) - set(self.position_qubits))

    @property
    def value_qubits(self) -> list[int]:
        """Indices of the qubits that hold the site, least significant first."""
        return list(range(self._template.num_value_qubits))

    def __repr__(self) -> str:
        return f"<SSQWDistribution: {self._template!r}>"

    def _heading(self) -> str:
        return f"walk on {self.num_qubits} qubits"

    def _rows(self) -> list[Row]:
        registers = ", ".join(f"{register.size} {register.name}" for register in self.qregs)
        return [
            ("walk", repr(self._template), ""),
            ("qubits", self.num_qubits, registers),
            ("two-qubit gates", self._template.two_qubit_gates, ""),
            ("free parameters", self.num_parameters, ""),
        ]
