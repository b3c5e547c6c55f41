"""The circuits of an amplitude estimation, from parts that are counted once."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from qiskit.synthesis.qft import synth_qft_full

from qiskit_ssqw.clifford_t.rotations import RotationWords, Turn
from qiskit_ssqw.finance.estimation.method import Method
from qiskit_ssqw.finance.estimation.schedule import Schedule
from qiskit_ssqw.finance.fault_tolerance.counts import GateCounts
from qiskit_ssqw.finance.fault_tolerance.tracing import Traced
from qiskit_ssqw.finance.grover import AmplitudeParts


@dataclass(frozen=True)
class TracedProblem:
    """The parts of an estimation problem, traced, as an estimator takes them.

    With the loader ``P`` and the payoff's rotation ``R`` it is ``A = R P``. An iterate is
    ``P S0 P^-1 M``, ``M = R^-1 Z R`` being the payoff; a controlled one is ``A S0 A^-1 Z``, with
    controls on ``S0`` and ``Z``.
    """

    num_qubits: int
    loader: Traced
    rotation: Traced
    """``R``."""
    payoff: Traced
    """``M``, or ``Z`` where it is controlled."""
    sign: Traced
    """``Z``."""
    reflection: Traced
    """``S0``."""
    transform: Traced | None = None
    """The inverse Fourier transform of canonical estimation."""

    @classmethod
    def of(
        cls, parts: AmplitudeParts, loader: Traced, method: Method, schedule: Schedule
    ) -> TracedProblem:
        """Trace the parts of a problem, but for its loader."""
        if method.rescaling != 1:
            parts = parts.rescaled(method.rescaling)
        width = int(parts.loader.num_qubits)
        control = width if method.needs_phases else None
        sign = Traced.of(parts.good_phase(control))
        plain = cls(
            width,
            loader,
            Traced.of(parts.rotation),
            sign if method.needs_phases else Traced.of(parts.reflection),
            sign,
            Traced.of(parts.zero_reflection(control)),
        )
        if not method.needs_phases:
            return plain
        evaluation = schedule.extra_qubits
        transform = synth_qft_full(evaluation, do_swaps=False, inverse=True)
        return replace(plain, num_qubits=width + evaluation, transform=Traced.of(transform))

    @property
    def angles(self) -> list[float]:
        """Angles of all RZ in any of the parts."""
        parts = (self.loader, self.rotation, self.payoff, self.reflection, self.transform)
        return [angle for part in parts if part is not None for angle in part.angles]

    @property
    def num_rotations(self) -> float:
        """How far off the angle of the amplitude may be, in errors of one rotation.

        ``Q^k A`` takes the state to ``(2 k + 1) theta``, and has at most ``2 k + 1`` times as many
        rotations: those of ``P`` so often, of ``R``, two of which are an ``M``, no oftener, and
        of ``S0`` ``k`` times. Those of a Fourier transform come once, and turn no angle.
        """
        loader, rotation, payoff, reflection = (
            sum(not Turn.of(angle).is_exact for angle in part.angles)
            for part in (self.loader, self.rotation, self.payoff, self.reflection)
        )
        return loader + max(rotation, payoff / 2) + reflection / 2

    def counted(self, words: RotationWords) -> CountedProblem:
        """Count the gates of the parts when rotations are words."""
        empty = Traced(0, 0, ())
        parts = (self.loader, self.rotation, self.payoff, self.sign, self.reflection)
        counts = [GateCounts.of(part, words) for part in (*parts, self.transform or empty)]
        return CountedProblem(self.num_qubits, self.transform is not None, *counts)


@dataclass(frozen=True)
class CountedProblem:
    """Gates of a problem's circuits."""

    num_qubits: int
    controlled: bool
    loader: GateCounts
    rotation: GateCounts
    payoff: GateCounts
    sign: GateCounts
    reflection: GateCounts
    transform: GateCounts

    @property
    def prepare(self) -> GateCounts:
        """Gates of A."""
        return self.loader + self.rotation

    @property
    def iterate_parts(self) -> tuple[GateCounts, GateCounts, GateCounts]:
        """What one more iterate adds: gates of loaders, payoff and reflection."""
        payoff = self.payoff
        if self.controlled:
            payoff = payoff + self.rotation.times(2)
        return self.loader.times(2), payoff, self.reflection

    @property
    def iterate(self) -> GateCounts:
        """What one more iterate adds."""
        loader, payoff, reflection = self.iterate_parts
        return loader + payoff + reflection

    def circuits(self, number: float, iterates: float) -> GateCounts:
        """Gates of some circuits ``Q^k A`` with so many iterates altogether.

        All are taken to have an iterate: one with none would have fewer gates.
        """
        total = self.prepare.times(number) + self.iterate.times(iterates)
        if self.controlled:
            return total + self.transform.times(number)
        # The first iterate has R^-1 Z for M, and R follows the last.
        first = self.rotation.times(2) + self.sign
        ends = min(number, iterates)
        spared = self.payoff.times(-ends)
        return total + first.times(ends) + spared

    def circuit(self, power: float) -> GateCounts:
        """Gates of ``Q^power A``."""
        return self.circuits(1, np.ceil(power))
