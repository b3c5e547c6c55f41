"""A model of several registers, each a small walk: assets, steps of a path, factors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from qiskit.circuit import QuantumRegister

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array
from qiskit_ssqw._display import Row, Tabular
from qiskit_ssqw.circuit.drawing import LegibleCircuit
from qiskit_ssqw.circuit.reading import (
    MOST_QUBITS,
    read_probabilities,
    read_separate_walks,
)
from qiskit_ssqw.finance.registers import Law, Price, Register
from qiskit_ssqw.finance.registers.parts import law_of, law_of_walks, registers_of
from qiskit_ssqw.finance.registers.register import refuse_many
from qiskit_ssqw.finance.uncertainty_model import QuantumWalkUncertaintyModel
from qiskit_ssqw.fitting import FitResult
from qiskit_ssqw.markets.base import PriceDistribution

Part = tuple[str, QuantumWalkUncertaintyModel]
"""A model by its name, whose target has one register per dimension."""


class RegisterModel(LegibleCircuit, Tabular):
    """Load independent parts side by side, and know how prices depend on their registers.

    `ProductModel`, `FactorModel` and `PathModel` are models of this kind. Nothing lists all points
    of the joint grid but `values`, `probabilities` and `loaded_probabilities`, which refuse to do
    so on more qubits than ``most_qubits``. `price` takes payoffs that are functions of sums over
    registers on any number of qubits.

    Args:
        parts: Names and models of the parts, the most significant one first. A part whose target
            has several dimensions has as many registers.
        prices: How each price depends on the registers, which are counted through all parts.
        market: Where the prices come from, if that is known.
        num_steps: Number of times of the path, if the prices are those of one.
        most_qubits: Qubits up to which all points may be listed: their arrays have
            ``2**num_qubits`` rows.
        name: Name of the circuit.

    Raises:
        TypeError: ``most_qubits`` is no integer.
        ValueError: There are no parts, or a price depends on a register that there is not.
    """

    def __init__(
        self,
        parts: Sequence[Part],
        prices: Sequence[Price],
        *,
        market: PriceDistribution | None = None,
        num_steps: int | None = None,
        most_qubits: int = MOST_QUBITS,
        name: str = "P(X)",
    ) -> None:
        self._parts = tuple(map(_checked_part, check.sequence(parts, "parts")))
        if not self._parts:
            raise ValueError("a model needs at least one part, got none")
        self._prices = tuple(
            check.instance(price, Price, "a price") for price in check.sequence(prices, "prices")
        )
        if num_steps is not None:
            check.integer(num_steps, "num_steps", minimum=1)
        self._market, self._num_steps = market, num_steps
        self.most_qubits = check.integer(most_qubits, "most_qubits", minimum=1)
        """Qubits up to which all points may be listed."""
        self._registers = registers_of([(word, part.target) for word, part in self._parts])
        _refuse_misfits(self._registers, self._prices)
        super().__init__(
            *(QuantumRegister(part.num_qubits, word) for word, part in reversed(self._parts)),
            name=name,
        )
        first = 0
        for _, part in reversed(self._parts):
            self.compose(part, range(first, first + part.num_qubits), inplace=True)
            first += part.num_qubits

    @property
    def registers(self) -> tuple[Register, ...]:
        """The registers, the most significant one first."""
        return self._registers

    @property
    def prices(self) -> tuple[Price, ...]:
        """How each price depends on the registers."""
        return self._prices

    @property
    def market(self) -> PriceDistribution | None:
        """Where the prices come from, if the model knows."""
        return self._market

    @property
    def num_steps(self) -> int | None:
        """Number of times of the path, if the prices are those of one."""
        return self._num_steps

    @property
    def fit_results(self) -> tuple[FitResult, ...]:
        """The fit of each part."""
        return tuple(part.fit_result for _, part in self._parts)

    @property
    def target_law(self) -> Law:
        """The law of the registers that the circuit should load."""
        return law_of([part.target.probabilities for _, part in self._parts])

    @property
    def loaded_law(self) -> Law:
        """The law of the registers that the circuit loads, computed from the walks in it.

        Raises:
            ValueError: The circuit has been changed and is more than walks on its parts.
        """
        groups, last = [], int(self.num_qubits)
        for _, part in self._parts:
            groups.append(range(last - part.num_qubits, last))
            last -= part.num_qubits
        walks = read_separate_walks(self, groups)
        return law_of_walks(walks, [part.target.register_sizes for _, part in self._parts])

    @property
    def values(self) -> Array:
        """The prices at all points, shape ``(2**n,)`` of one price, ``(2**n, d)`` of several.

        Raises:
            ValueError: There are more than ``most_qubits`` qubits.
        """
        columns = [price.at(self._integers("values")) for price in self._prices]
        return columns[0] if len(columns) == 1 else np.stack(columns, axis=1)

    @property
    def probabilities(self) -> Array:
        """Probabilities of the points, in the order of `values`.

        Raises:
            ValueError: There are more than ``most_qubits`` qubits.
        """
        self._refuse_many("probabilities")
        return self.target_law.marginal(range(len(self._registers))).ravel()

    @property
    def loaded_probabilities(self) -> Array:
        """What the circuit loads, in the order of `values`, computed from the walks' amplitudes.

        Of a circuit that has been changed, it is computed from the state vector.

        Raises:
            ValueError: There are more than ``most_qubits`` qubits, or a changed circuit has free
                parameters, does not consist of gates or has more than 20 qubits.
        """
        self._refuse_many("loaded_probabilities")
        return read_probabilities(self, range(self.num_qubits))

    def _integers(self, what: str) -> NDArray[np.integer]:
        """What each register holds at each point, shape ``(2**n, registers)``."""
        self._refuse_many(what)
        shape = [len(register.values) for register in self._registers]
        return np.stack(np.unravel_index(np.arange(2**self.num_qubits), shape), axis=1)

    def _refuse_many(self, what: str) -> None:
        refuse_many(what, self.num_qubits, self.most_qubits)

    def __repr__(self) -> str:
        return (
            f"<{type(self).__name__}: {len(self._prices)} prices, {len(self._registers)} "
            f"registers, {self.num_qubits} qubits>"
        )

    def _heading(self) -> str:
        registers = len(self._registers)
        return f"{len(self._prices)} prices on {registers} registers, {self.num_qubits} qubits"

    def _rows(self) -> list[Row]:
        gates = sum(fitted.two_qubit_gates for fitted in self.fit_results)
        worst = max(self.fit_results, key=lambda fitted: fitted.total_variation)
        return [
            ("two-qubit gates", gates, "of all registers"),
            ("total variation", worst.total_variation, "largest of a part"),
            *([] if self._market is None else self._market._rows()),
        ]

    def _note(self) -> str:
        missed = [fitted for fitted in self.fit_results if not fitted.success]
        return (missed or self.fit_results)[0].message


def _refuse_misfits(registers: Sequence[Register], prices: Sequence[Price]) -> None:
    """Raise a `ValueError` if a table does not match its registers."""
    for number, price in enumerate(prices):
        for places, table in price.sum.tables.items():
            unknown = [place for place in places if not 0 <= place < len(registers)]
            if unknown:
                raise ValueError(
                    f"price {number} depends on register {unknown[0]}, and there are "
                    f"{len(registers)}, counted from 0"
                )
            sizes = tuple(len(registers[place].values) for place in places)
            if table.shape != sizes:
                raise ValueError(
                    f"price {number} has a table of shape {table.shape} over registers "
                    f"{list(places)}, which hold {sizes} values"
                )


def _checked_part(part: Part) -> Part:
    if not isinstance(part, (tuple, list)) or len(part) != 2:
        raise TypeError(f"a part must be a pair of a name and a model, got {part!r}")
    name, model = part
    return check.printable(name, "the name of a part"), check.instance(
        model, QuantumWalkUncertaintyModel, "the model of a part"
    )
