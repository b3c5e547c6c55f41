"""The sampler that every estimation goes through: it prepares, runs and counts circuits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from qiskit import QuantumCircuit
from qiskit.primitives import BaseSamplerV2, SamplerPubResult
from qiskit.primitives.containers.sampler_pub import SamplerPub
from qiskit_algorithms import AlgorithmError, EstimationProblem

from qiskit_ssqw import _validation as check
from qiskit_ssqw._progress import progress_bar
from qiskit_ssqw._samplers import (
    Finished,
    FreshSeeds,
    check_options,
    check_sampler,
    default_shots,
    is_sampler,
    warn_of_repeated_seeds,
)
from qiskit_ssqw.finance.gates import is_plain, unrolled
from qiskit_ssqw.finance.running.chance_plane import MOST_OBJECTIVES, ChancePlane, known_chances
from qiskit_ssqw.finance.running.plane import Plane, StatePlane
from qiskit_ssqw.finance.running.preparing import Preparation, Unchanged
from qiskit_ssqw.finance.running.simulators import (
    DEFAULT_SHOTS,
    MOST_QUBITS,
    aer_sampler,
    holds_products,
    matrix_product_sampler,
)
from qiskit_ssqw.finance.running.turning import PlaneProblem, with_circuits

_MOST_SHOTS = 40_000_000

MOST_CIRCUITS = 2000
"""Iterative estimation takes dozens; with few shots it can stay at one power for ever."""

_CONSEQUENCE = (
    "the circuits of an estimation depend on each other, and its interval may miss by far more "
    "than it says"
)


class Meter(BaseSamplerV2):
    """A sampler that counts the shots and two-qubit gates of what it passes on.

    Args:
        sampler: Runs the circuits.
        shots: Shots of a circuit that does not say how many; by default as many as the sampler
            takes then, or 100 if it does not tell.
        pass_manager: What its method ``run`` makes of a circuit is run; by default those that the
            sampler does not take are transpiled.
        seed: Of that transpilation.
        progress: Whether a bar counts the circuits; needs tqdm.
    """

    def __init__(
        self,
        sampler: Any,
        *,
        shots: int | None = None,
        pass_manager: Any = None,
        seed: int | None = None,
        progress: bool = False,
    ) -> None:
        self._sampler = sampler
        self.source = sampler
        """What it was made of."""
        self.is_default = False
        """Whether nobody said what runs the circuits, and how they are prepared."""
        self.example = sampler.example if isinstance(sampler, FreshSeeds) else sampler
        """The sampler, or one like those that are made."""
        self._preparation = Preparation(self.example, pass_manager, seed)
        self.default_shots = shots or default_shots(self.example) or DEFAULT_SHOTS
        """Shots of a circuit that does not say how many."""
        self._progress = progress
        self._bar: Any = None
        self.begin()
        self.shots = 0
        """Shots of all circuits so far."""
        self.two_qubit_gates = 0
        """Two-qubit gates of all circuits so far, times their shots."""

    @classmethod
    def around(
        cls, sampler: Any, *, seed: int | None = None, repeats: bool = True, **options: Any
    ) -> Meter:
        """A meter around a sampler of any make.

        Args:
            sampler: A sampler, or a function of seed that makes one; Aer's by default.
            seed: Of the samplers that are made, and of the transpilation.
            repeats: Whether the circuits depend on each other if each run has the same seed.
            **options: As for the class.

        Raises:
            TypeError: The sampler is something else, the pass manager has no method ``run``, or
                ``seed`` is no integer.
            ValueError: ``seed`` is negative, or the sampler's options spoil what it measures.

        Warns:
            RepeatedSeedWarning: The sampler begins each run with the same seed.
        """
        sampling, layout = np.random.SeedSequence(check.seed(seed)).spawn(2)
        if isinstance(sampler, Meter):
            options["pass_manager"] = (
                options.get("pass_manager") or sampler._preparation.pass_manager
            )
            sampler = sampler.source
        source = sampler
        if sampler is None:
            sampler = aer_sampler
        check_sampler(sampler)
        if not is_sampler(sampler):
            sampler = FreshSeeds(sampler, np.random.default_rng(sampling))
        if (manager := options.get("pass_manager")) is not None and not hasattr(manager, "run"):
            raise TypeError(f"pass_manager must have a method run, got {manager!r}")
        check_options(sampler.example if isinstance(sampler, FreshSeeds) else sampler)
        meter = cls(sampler, seed=int(layout.generate_state(1)[0]), **options)
        meter.source = source
        meter.is_default = source is None and meter._preparation.pass_manager is None
        if repeats:
            meter.warn_of_repeats()
        return meter

    def warn_of_repeats(self) -> None:
        """Warn if circuits depend on each other because each run has the same seed.

        Warns:
            RepeatedSeedWarning: The sampler begins each run with the same seed.
        """
        if not self.makes_samplers:
            warn_of_repeated_seeds(self._sampler, _CONSEQUENCE)

    @property
    def backend(self) -> Any:
        """Of the sampler, if it has one."""
        return self._preparation.backend

    def prepared(self, circuit: QuantumCircuit) -> QuantumCircuit:
        """A circuit as it is run."""
        return self._preparation.ready(circuit)[0]

    @property
    def as_it_is(self) -> Meter:
        """A meter on the same sampler that runs circuits as they are."""
        meter = Meter(self._sampler, pass_manager=Unchanged(), seed=self._preparation.seed)
        meter.source, meter._progress = self.source, self._progress
        return meter

    def run(self, pubs: Iterable[Any], *, shots: int | None = None) -> Finished:
        """Run circuits on the sampler as one job, and wait for the results.

        Those of different numbers of shots are jobs of their own, because samplers of the IBM
        runtime want one number.

        Raises:
            AlgorithmError: The sampler fails.
            RuntimeError: An estimator asks for circuits without end.
        """
        prepared = [self._prepared(SamplerPub.coerce(pub, shots)) for pub in pubs]
        passed = [pub for pub, _ in prepared]
        try:
            results = [
                _with_costs(result, gates)
                for result, (_, gates) in zip(self._results(passed), prepared, strict=True)
            ]
        except Exception as error:
            circuits = [circuit for circuit, _, _ in passed]
            raise AlgorithmError(
                f"{type(self.example).__name__} failed at circuit {self._circuits} of the "
                f"estimation, {max(circuit.num_qubits for circuit in circuits)} qubits and "
                f"{max(circuit.num_nonlocal_gates() for circuit in circuits):,} gates on several "
                f"of them: {type(error).__name__}: {error}"
            ) from error
        return Finished(results)

    def _results(self, passed: Sequence[tuple[QuantumCircuit, None, int]]) -> list[Any]:
        """The results of circuits in their order, whatever the jobs."""
        sampler = self._sampler_of([circuit for circuit, _, _ in passed])
        alike: dict[int, list[int]] = {}
        for place, (_, _, times) in enumerate(passed):
            alike.setdefault(times, []).append(place)
        jobs = [
            (places, sampler.run([passed[place] for place in places])) for places in alike.values()
        ]
        found: dict[int, Any] = {}
        for places, job in jobs:
            found |= zip(places, job.result(), strict=True)
        return [found[place] for place in range(len(passed))]

    def _sampler_of(self, circuits: Sequence[QuantumCircuit]) -> Any:
        """The sampler; the default one holds matrix product states of many qubits."""
        widest = max((circuit.num_qubits for circuit in circuits), default=0)
        if not self.is_default or widest <= MOST_QUBITS:
            return self._sampler
        return self._sampler.of(matrix_product_sampler)

    def eased(self, problem: EstimationProblem, *, by_law: bool = False) -> EstimationProblem:
        """A problem whose circuits cost less to prepare and to run, with the same outcomes.

        On the default sampler powers of the Grover operator are simulated in its plane: of few
        qubits by state vectors, of many by the law that the first powers are checked to follow. On
        others an operator without powers of its own is unrolled once, not in each circuit.

        Args:
            problem: The problem.
            by_law: Whether to spare state vectors of few qubits, too, where the problem knows the
                law of its good states.

        Raises:
            RuntimeError: The simulator of many qubits fails.
            ValueError: The Grover operator has too few qubits, or does not belong to the problem.
        """
        if isinstance(problem, PlaneProblem):
            return problem
        prepare, operator = problem.state_preparation, problem.grover_operator
        if operator.num_qubits < prepare.num_qubits:
            raise ValueError(
                f"the Grover operator must have the {prepare.num_qubits} qubits of the state "
                f"preparation, got {operator.num_qubits}"
            )
        if type(problem) is EstimationProblem:  # it makes its operator anew each time
            problem = with_circuits(problem, prepare, operator)
        if self.has_plane(problem):
            plane = self._plane(problem, by_law)
            plane.check_good_states()
            if plane.is_exact:
                return PlaneProblem(problem, plane)
        has_own_powers = type(operator).power is not QuantumCircuit.power
        if has_own_powers or not self._preparation.unrolls:
            return problem
        return with_circuits(problem, self._unrolled(prepare), self._unrolled(operator))

    def has_plane(self, problem: EstimationProblem) -> bool:
        """Whether a problem's powers are simulated in a plane."""
        narrow = problem.grover_operator.num_qubits <= MOST_QUBITS
        return self.is_default and (narrow or len(problem.objective_qubits) <= MOST_OBJECTIVES)

    def holds_products(self, num_qubits: int) -> bool:
        """Whether circuits take the time of matrix product states, not of state vectors."""
        return num_qubits > MOST_QUBITS and (self.is_default or holds_products(self.example))

    def _plane(self, problem: EstimationProblem, by_law: bool) -> Plane:
        is_narrow = problem.grover_operator.num_qubits <= MOST_QUBITS
        if is_narrow and not (by_law and known_chances(problem) is not None):
            return StatePlane(problem, self._unrolled)
        return ChancePlane(problem, self._unrolled, self._tick)

    def _unrolled(self, circuit: QuantumCircuit) -> QuantumCircuit:
        if is_plain(circuit):
            return circuit
        if self.is_default and circuit.num_qubits > MOST_QUBITS:
            return unrolled(circuit)  # counted, or run as it is; optimising takes longer than both
        return self._preparation.transpiled(circuit)

    @property
    def makes_samplers(self) -> bool:
        """Whether each circuit is run on a sampler that is made for it, with a seed of its own."""
        return isinstance(self._sampler, FreshSeeds)

    def begin(self, most_circuits: int | None = None) -> None:
        """Begin another estimation, whose circuits are counted anew.

        Args:
            most_circuits: More are an error; 2,000 by default.
        """
        self._circuits, self._most_circuits = 0, most_circuits or MOST_CIRCUITS

    def close(self) -> None:
        """Take the progress bar away."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def _prepared(self, pub: SamplerPub) -> tuple[tuple[QuantumCircuit, None, int], int]:
        """A circuit as it is run and how often, and its two-qubit gates; it counts from here on."""
        times = pub.shots or self.default_shots
        if times > _MOST_SHOTS:
            raise ValueError(
                f"a circuit may take {_MOST_SHOTS:,} shots, which a simulator holds in 10 GB, got "
                f"{times:,}: ask for a larger error"
            )
        circuit, gates = self._preparation.ready(pub.circuit)
        self._circuits += 1
        if self._circuits > self._most_circuits:
            raise RuntimeError(
                f"amplitude estimation makes no progress in {self._most_circuits} circuits of "
                f"{times} shots: take more shots"
            )
        self.shots += times
        self.two_qubit_gates += times * gates
        self._tick()
        return (circuit, None, times), gates

    def _tick(self) -> None:
        """Count a circuit where a bar is wanted."""
        if self._progress and self._bar is None:
            self._bar = progress_bar("estimation", "circuits")
        if self._bar is not None:
            self._bar.update()


def _with_costs(result: SamplerPubResult, two_qubit_gates: int) -> SamplerPubResult:
    """A result whose metadata say the number of shots, which estimators look up, and of gates."""
    taken = next(iter(result.data.values())).num_shots
    costs = {"shots": taken, "two_qubit_gates": two_qubit_gates}
    return SamplerPubResult(result.data, {**result.metadata, **costs})
