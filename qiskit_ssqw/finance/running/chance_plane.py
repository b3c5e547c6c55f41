"""The plane of a Grover operator on many qubits, by the probabilities of its good states."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import QuantumRegister
from qiskit_algorithms import EstimationProblem

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.finance.running.plane import Plane, Unroll, good_chance
from qiskit_ssqw.finance.running.simulators import chances_of_words

MOST_OBJECTIVES = 10
"""Qubits whose words are listed."""

_SAME = 1e-3
"""Difference of probabilities that truncated bonds may make."""


def known_chances(problem: EstimationProblem) -> Array | None:
    """The law of the objectives of a problem that knows it, such as a `PricingProblem`."""
    return getattr(problem, "chances", None)


class ChancePlane(Plane):
    """A plane of states that take too long to list, known by what its objective qubits hold.

    ``A``, ``Q`` and ``Q`` once more are run gate by gate on matrix product states. Where the good
    states have the probabilities ``sin((2 k + 1) theta)**2`` then, so have they after all powers,
    and words that are equally good keep their ratios, as ``Q`` turns the good and the bad part of
    ``A |0>`` into each other. That law is all that is known: enough for circuits that measure the
    objective qubits after a power, as all estimators make them but phase estimation. It is checked
    on the powers 0, 1 and 2, to 1e-3, and not proven, that the operator belongs to the problem.

    Nothing is run for a problem that knows its `chances`, as a `PricingProblem` does: those of its
    loader and payoff by contraction, which goes as far as thousands of qubits. That its operator
    belongs to it follows from how it is made, and is not checked.

    Args:
        problem: Has the A operator and the Grover operator.
        unroll: Makes plain gates of a circuit, which are counted.
        on_problem: Called when the problem's states are known.

    Raises:
        RuntimeError: The simulator fails.
    """

    def __init__(
        self,
        problem: EstimationProblem,
        unroll: Unroll,
        on_problem: Callable[[], None] = lambda: None,
    ) -> None:
        known = known_chances(problem)
        self._is_known = known is not None
        super().__init__(problem, unroll)
        self._on_problem = on_problem
        self._objectives = list(problem.objective_qubits)
        words = range(2 ** len(self._objectives))
        width = len(self._objectives)
        self._is_good = np.array([bool(problem.is_good_state(f"{w:0{width}b}")) for w in words])
        if known is None:
            self._found = self._run()
        else:
            self._found = [known]
            self._found += [self.chances(power) for power in (1, 2)]
        on_problem()
        self.is_exact = bool(np.abs(self._good_chances() - self._wanted_chances()).max() < _SAME)

    def _counted(self, powers: Sequence[QuantumCircuit]) -> list[QuantumCircuit]:
        """As they are where nothing is run: long ones are counted sooner than unrolled."""
        return list(powers) if self._is_known else super()._counted(powers)

    def _run(self) -> list[Array]:
        """Probabilities of the objective qubits' words after the powers 0, 1 and 2."""
        prepare, operator = map(self._unroll, (self._prepare, self.problem.grover_operator))
        _, *later = chances_of_words([prepare, operator, operator], self._objectives)
        # High powers multiply the angle, and its error.
        return [*chances_of_words([prepare], self._objectives, precise=True), *later]

    def of(self, problem: EstimationProblem) -> ChancePlane:
        return ChancePlane(problem, self._unroll, self._on_problem)

    def _good_chances(self) -> Sequence[float]:
        return [float(chances[self._is_good].sum()) for chances in self._found]

    def chances(self, power: int) -> Array:
        """Probability of each word of the objective qubits after a power."""
        first = self._found[0]
        good = float(np.clip(first[self._is_good].sum(), 0, 1))
        if good in (0.0, 1.0):
            return np.asarray(first / first.sum())
        turned = good_chance(good, power)
        chances = first * np.where(self._is_good, turned / good, (1 - turned) / (1 - good))
        return np.asarray(chances / chances.sum())

    def begin(
        self, power: int, circuit: QuantumCircuit, measured: Sequence[int]
    ) -> tuple[QuantumCircuit, Sequence[int]]:
        if not measured or not set(measured) <= set(self._objectives):
            raise ValueError(
                f"on {circuit.num_qubits} qubits the default sampler knows the law of the "
                f"objective qubits, {self._objectives}, after each power, and a circuit needs "
                "more: pass sampler=matrix_product_sampler, which runs all gates"
            )
        ready = QuantumCircuit(
            QuantumRegister(len(self._objectives), "objective_qubit"), *circuit.cregs
        )
        ready.initialize(np.sqrt(self.chances(power)), ready.qubits)
        return ready, self._objectives
