"""What estimators that measure powers of a Grover operator have in common: circuits and counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, cast

from qiskit import ClassicalRegister, QuantumCircuit
from qiskit.primitives import StatevectorSampler
from qiskit_algorithms import AlgorithmError, AmplitudeEstimator, EstimationProblem

from qiskit_ssqw import _validation as check
from qiskit_ssqw.finance.gates import is_plain
from qiskit_ssqw.finance.running.meter import Meter
from qiskit_ssqw.finance.running.rounds import Part

_LEAST_DECAY = 1e-6
"""Smallest decay that is told from none, in units of the largest."""


class Measured(NamedTuple):
    """What a sampler returned of a circuit."""

    counts: dict[str, int]
    two_qubit_gates: int
    """Of the circuit as it was run."""


def power_of(problem: EstimationProblem, k: int, *, measurement: bool = False) -> QuantumCircuit:
    """The circuit ``Q^k A`` of a problem.

    Args:
        problem: Has the A operator and the Grover operator Q.
        k: The power.
        measurement: Whether the objective qubits are measured.

    Raises:
        TypeError: The problem is something else, or the power no integer.
        ValueError: The power is negative.
    """
    check.instance(problem, EstimationProblem, "problem")
    check.integer(k, "k", minimum=0)
    prepare, iterate = problem.state_preparation, problem.grover_operator
    circuit = QuantumCircuit(max(prepare.num_qubits, iterate.num_qubits), name=f"Q^{k} A")
    circuit.compose(prepare, range(prepare.num_qubits), inplace=True)
    if k:
        power = iterate.power(k)
        if is_plain(iterate) and not is_plain(power):
            power = power.decompose()  # copies of the operator
        circuit.compose(power, range(iterate.num_qubits), inplace=True)
    if measurement:
        objectives = problem.objective_qubits
        bits = ClassicalRegister(len(objectives), "objective")
        circuit.add_register(bits)
        circuit.barrier()
        circuit.measure(objectives, bits)
    return circuit


class PowerEstimator(AmplitudeEstimator):
    """An estimator whose circuits are powers of the Grover operator after the state preparation.

    Args:
        epsilon_target: Half width of the amplitude's interval; ``None`` if something else decides.
        alpha: Probability that the interval misses.
        sampler: As for `Meter.around`, or a meter.
        seed: As for `Meter.around`.
        pass_manager: As for `Meter`.
        progress: As for `Meter`.
    """

    _is_one_job = False
    """Whether all circuits are run together: most samplers do not begin each of them anew."""

    def __init__(
        self,
        epsilon_target: float | None,
        alpha: float,
        sampler: Any,
        *,
        seed: int | None,
        pass_manager: Any,
        progress: bool,
    ) -> None:
        self._epsilon = float("inf")
        if epsilon_target is not None:
            self._epsilon = check.positive(epsilon_target, "epsilon_target")
            if self._epsilon >= 0.5:
                raise ValueError(f"epsilon_target must be below 0.5, got {epsilon_target}")
        self._alpha = check.open_unit_interval(alpha, "alpha")
        self._seed, self._pass_manager, self._progress = seed, pass_manager, progress
        self.sampler = sampler

    @property
    def epsilon_target(self) -> float:
        """Half width of the amplitude's interval; infinite where the calls are given."""
        return self._epsilon

    @property
    def alpha(self) -> float:
        """Probability that the interval misses."""
        return self._alpha

    @property
    def sampler(self) -> Any:
        """Runs the circuits, prepares and counts them."""
        return self._sampler

    @sampler.setter
    def sampler(self, sampler: Any) -> None:
        if not isinstance(sampler, (Meter, Part)):
            sampler = Meter.around(
                sampler,
                seed=self._seed,
                repeats=not self._is_one_job or isinstance(sampler, StatevectorSampler),
                pass_manager=self._pass_manager,
                progress=self._progress,
            )
        self._sampler = sampler

    def construct_circuit(
        self, estimation_problem: EstimationProblem, k: int = 0, measurement: bool = False
    ) -> QuantumCircuit:
        """Return the circuit ``Q^k A``, as `power_of` does."""
        return power_of(estimation_problem, k, measurement=measurement)

    def _prepared(self, problem: EstimationProblem) -> EstimationProblem:
        """The problem, checked, in the form that costs the sampler least."""
        check.instance(problem, EstimationProblem, "estimation_problem")
        width = problem.state_preparation.num_qubits
        objectives = problem.objective_qubits
        if (
            not objectives
            or not all(0 <= qubit < width for qubit in objectives)
            or len(set(objectives)) < len(objectives)
        ):
            raise ValueError(
                f"the problem must have objective qubits among its {width}, each once, got "
                f"{objectives}"
            )
        return self._sampler.eased(problem)

    def _counts_of(
        self, circuits: Sequence[QuantumCircuit], powers: Sequence[int], shots: int
    ) -> list[Measured]:
        """Counts of circuits, which are one job."""
        named = _named(powers)
        try:
            job = self._sampler.run([(circuit, None, shots) for circuit in circuits])
            results = list(job.result())
        except AlgorithmError as error:
            raise AlgorithmError(f"{named}: {error.message}") from error.__cause__
        found = []
        for power, result in zip(powers, results, strict=True):
            (bits,) = result.data.values()
            counts = cast("dict[str, int]", bits.get_counts())
            if sum(counts.values()) < shots:
                raise AlgorithmError(
                    f"the sampler returned {sum(counts.values())} of {shots} shots of the Grover "
                    f"operator to the power {power:,}"
                )
            found.append(Measured(counts, result.metadata["two_qubit_gates"]))
        return found


def decay_bounds(noise: Sequence[Any]) -> tuple[float, float]:
    """The lowest and the highest decay that is possible, both positive.

    Args:
        noise: As it was given, with two entries.

    Raises:
        TypeError: One is no number.
        ValueError: There are not two, or they do not ascend from 0 or more.
    """
    if len(noise) != 2:
        raise ValueError(f"noise must be a decay or its two bounds, got {noise}")
    low, high = check.number(noise[0], "noise"), check.positive(noise[1], "noise")
    if not 0 <= low < high:
        raise ValueError(f"the bounds of noise must ascend from 0 or more, got {noise}")
    return max(low, _LEAST_DECAY * high), high


def _named(powers: Sequence[int]) -> str:
    if len(powers) == 1:
        return f"the Grover operator to the power {powers[0]:,}"
    return f"the Grover operator to {len(powers)} powers up to {max(powers):,}"
