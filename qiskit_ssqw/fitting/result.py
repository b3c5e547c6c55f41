"""The outcome of a fit."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from typing_extensions import Self

from qiskit_ssqw import _validation as check
from qiskit_ssqw import metrics
from qiskit_ssqw._arrays import Array
from qiskit_ssqw._display import Row, Tabular
from qiskit_ssqw.fitting import storage
from qiskit_ssqw.fitting.record import FitStep
from qiskit_ssqw.targets import TargetDistribution, TargetState
from qiskit_ssqw.walks import Walk, kind_of

_ROUNDING = 1e-12


@dataclass(frozen=True)
class FitResult(Tabular):
    """A walk, the target it was fitted to, and how close it came.

    All errors come from the walk's exact amplitudes, not from samples.
    """

    walk: Walk
    """The fitted walk."""
    target: TargetDistribution | TargetState
    """What it was fitted to."""
    tolerance: float
    """The `error` that was asked for."""
    message: str
    """What came of the fit, with advice where the tolerance was missed."""
    seed: int | None = None
    """Seed of the random starts; the same seed and versions give the same walk."""
    history: tuple[FitStep, ...] = field(default=(), repr=False)
    """Every step of the descents, in order."""

    @property
    def total_variation(self) -> float:
        """Total variation distance between target and walk."""
        return metrics.total_variation(*self._pair)

    @property
    def error(self) -> float:
        """What the tolerance bounds: the total variation distance, or that of a state's traces."""
        return self.trace_distance if isinstance(self.target, TargetState) else self.total_variation

    @property
    def trace_distance(self) -> float:
        """Trace distance ``sqrt(1 - fidelity)`` of the walk's state."""
        return float(np.sqrt(max(0.0, 1 - self.fidelity)))

    @property
    def kl_divergence(self) -> float:
        """Kullback-Leibler divergence of the walk from the target, ``sum p log(p / q)``."""
        return metrics.kl_divergence(*self._pair)

    @property
    def reverse_kl_divergence(self) -> float:
        """Kullback-Leibler divergence of the target from the walk, ``sum q log(q / p)``."""
        return metrics.kl_divergence(*self._pair[::-1])

    @property
    def hellinger(self) -> float:
        """Hellinger distance between target and walk."""
        return metrics.hellinger(*self._pair)

    @property
    def fidelity(self) -> float:
        """Fidelity of the walk's state with ``sum_x sqrt(p_x) |x>``, or with the target state.

        It falls with wrong signs and phases, which no probability tells: amplitudes of one sign
        have a fidelity of at least ``1 - 2 * total_variation``. A lattice walk has phases, so that
        its fidelity may be small though it loads the target exactly; a coin that is traced out
        counts as `metrics.fidelity` says.
        """
        if isinstance(self.target, TargetState):
            unit = self.target.amplitudes / np.linalg.norm(self.target.amplitudes)
            loaded = np.real(self.walk.amplitudes())
            distance = np.sum((np.sign(unit @ loaded) * loaded - unit) ** 2)
            return float((1 - distance / 2) ** 2)
        return metrics.fidelity(self.target.probabilities.ravel(), self.walk.amplitudes())

    @property
    def mean_error(self) -> float | Array:
        """Mean under the walk minus mean under the target; shape ``(d,)`` in ``d`` dimensions."""
        return _number_or_array(self._excess @ self.target.values)

    @property
    def second_moment_error(self) -> float | Array:
        """Error of ``E[x**2]``; in ``d`` dimensions of ``E[x_i x_j]``, shape ``(d, d)``."""
        values = self.target.values
        return _number_or_array((values.T * self._excess) @ values)

    def price_error_bound(self, payoff_range: float) -> float:
        """Largest error of the expectation of any payoff, loaded minus target on the grid.

        No payoff whose values span ``payoff_range`` can do worse, since
        ``|sum (q - p) f| <= (max f - min f) * TV`` (subtract the middle of the range from ``f``).

        Args:
            payoff_range: Largest minus smallest value of the payoff on the grid.

        Raises:
            ValueError: The range is negative or not finite.
        """
        return check.at_least_zero(payoff_range, "payoff_range") * self.total_variation

    @property
    def two_qubit_gates(self) -> int:
        """Two-qubit gates of the walk."""
        return self.walk.two_qubit_gates

    @property
    def success(self) -> bool:
        """Whether the error is within the tolerance."""
        return self.error <= self.tolerance

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the result as JSON, so that the walk is used elsewhere without fitting again.

        The file is there as a whole or not at all, also if several threads or processes write it.

        Args:
            path: The file. An existing one is replaced and keeps its mode; a link is followed.

        Raises:
            OSError: The file cannot be written, is no regular file, or is read-only.
            TypeError: The walk is of a class that is not registered, so that `load` would not know
                it.
        """
        name = type(self.walk).__name__
        if kind_of(self.walk).tag != name:
            raise TypeError(f"a {name} would not be known when it is read: register_walk_kind")
        storage.write(
            {
                "walk": self.walk.to_dict(),
                "target": self.target.to_dict(),
                "tolerance": self.tolerance,
                "message": self.message,
                "seed": self.seed,
                "history": [list(step) for step in self.history],
            },
            path,
        )

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read a result that was saved, in this or an earlier version of its schema.

        Args:
            path: The file.

        Returns:
            A result equal to the one that was saved.

        Raises:
            OSError: The file cannot be read.
            ValueError: The file is damaged, holds something else, or has a newer schema.
        """
        data = storage.read(path)
        try:
            kind = TargetState if "amplitudes" in data["target"] else TargetDistribution
            walk, target = Walk.from_dict(data["walk"]), kind.from_dict(data["target"])
            check_walk(walk, target)
            return cls(
                walk,
                target,
                check.open_unit_interval(data["tolerance"], "tolerance"),
                str(data["message"]),
                None if data["seed"] is None else check.integer(data["seed"], "seed", minimum=0),
                tuple(_step(step) for step in data["history"]),
            )
        except (KeyError, OverflowError, TypeError, ValueError) as error:
            raise ValueError(f"{os.fspath(path)} is damaged: {error!r}") from error

    @cached_property
    def _excess(self) -> Array:
        target, loaded = self._pair
        return loaded - target

    @cached_property
    def _pair(self) -> tuple[Array, Array]:
        return self.target.probabilities.ravel(), self.walk.probabilities()

    def _heading(self) -> str:
        return f"fit {'succeeded' if self.success else 'MISSED THE TOLERANCE'}"

    def _rows(self) -> list[Row]:
        evaluations = self.history[-1].evaluation if self.history else 0
        phases = "" if self.walk.signed else ", but phases are free"
        asked, state = f"tolerance {self.tolerance:g}", "state sum sqrt(p) |x>"
        errors = [("total variation", f"{self.total_variation:.2e}", asked)]
        if isinstance(self.target, TargetState):
            state, errors = "target", [("total variation", f"{self.total_variation:.2e}", "")]
            errors.insert(0, ("trace distance", f"{self.trace_distance:.2e}", asked))
        reverse = f"reverse {self.reverse_kl_divergence:.2e}"
        return [
            ("walk", repr(self.walk), ""),
            *errors,
            ("KL divergence", f"{self.kl_divergence:.2e}", reverse),
            ("Hellinger", f"{self.hellinger:.2e}", ""),
            ("fidelity", f"{self.fidelity:.6f}", f"with the {state}{phases}"),
            ("two-qubit gates", f"{self.two_qubit_gates:,}", ""),
            ("mean error", *_largest(self.mean_error)),
            ("2nd moment error", *_largest(self.second_moment_error)),
            ("price error", f"at most {self.total_variation:.2e} x the payoff's range", ""),
            ("evaluations", f"{evaluations:,}", ""),
        ]

    def _note(self) -> str:
        return self.message


def _step(entries: Sequence[Any]) -> FitStep:
    """A step of the history from its entries in a file; schema 1 had no loss."""
    entries = [*entries, None] if len(entries) == 4 else entries
    evaluation, num_qubits, two_qubit_gates, infidelity, loss = entries
    return FitStep(
        check.integer(evaluation, "evaluation", minimum=0),
        check.integer(num_qubits, "num_qubits", minimum=1),
        check.integer(two_qubit_gates, "two_qubit_gates", minimum=0),
        check.number(infidelity, "infidelity"),
        None if loss is None else check.number(loss, "loss"),
    )


def _number_or_array(values: Array) -> float | Array:
    return float(values) if values.ndim == 0 else values


def _largest(error: float | Array) -> tuple[str, str]:
    """A number, or the largest entry of several by absolute value, and a remark that says so."""
    largest = np.ravel(error)[np.argmax(np.abs(error))]
    return f"{largest:+.2e}", "" if np.ndim(error) == 0 else "largest"


def assess(
    walk: Walk,
    target: TargetDistribution | TargetState,
    tolerance: float,
    *,
    advice: str,
    fallback: bool = False,
    stop: str | None = None,
    seed: int | None = None,
    history: tuple[FitStep, ...] = (),
) -> FitResult:
    """Compare a walk with a target.

    Args:
        walk: Any walk, fitted or not.
        target: The distribution it should load.
        tolerance: Error that counts as success, strictly between 0 and 1.
        advice: What to do if the tolerance is missed, for the message.
        fallback: Whether the walk is the exact tree to which a growth fell back.
        stop: Why the fit was ended early, a sentence, if it was.
        seed: Seed of the fit, if there was one.
        history: Steps of the fit, if there was one.

    Raises:
        TypeError: ``walk`` is no walk, or ``target`` no target.
        ValueError: The tolerance lies outside (0, 1), or the numbers of sites differ.
    """
    tolerance = check.open_unit_interval(tolerance, "tolerance")
    check_walk(walk, target)
    error = FitResult(walk, target, tolerance, "").error
    name = "trace distance" if isinstance(target, TargetState) else "total variation"
    gates = f"{walk.two_qubit_gates} two-qubit gates"
    if error > tolerance:
        message = (
            f"The {name} {error:.2e} misses the tolerance {tolerance:g} with {gates}: {advice}."
        )
    elif fallback:
        message = (
            f"No walk of fewer gates met the tolerance {tolerance:g}, so a tree of multiplexed "
            f"rotations loads the target exactly, with {gates}; a larger tolerance may need fewer."
        )
    else:
        message = f"The {name} {error:.2e} is within the tolerance, with {gates}."
    sentences = (stop, _on_signs(walk, target, max(error, tolerance)), message)
    return FitResult(walk, target, tolerance, " ".join(filter(None, sentences)), seed, history)


def _on_signs(walk: Walk, target: TargetDistribution | TargetState, error: float) -> str | None:
    """A sentence on real amplitudes whose signs differ by more than the error explains."""
    if not walk.signed or isinstance(target, TargetState):
        return None
    fidelity = metrics.fidelity(target.probabilities.ravel(), walk.amplitudes())
    if 1 - fidelity <= 2 * max(error, _ROUNDING):
        return None
    return f"The amplitudes have mixed signs and a fidelity of {fidelity:.3g} with sum sqrt(p) |x>."


def check_walk(walk: Walk, target: TargetDistribution | TargetState) -> None:
    """Raise unless this is a target and a walk, of a known kind, with as many sites."""
    check.instance(target, (TargetDistribution, TargetState), "target")
    kind_of(walk)
    sites = 2**target.num_qubits
    if walk.num_sites != sites:
        raise ValueError(f"the walk loads {walk.num_sites} sites, but the target has {sites}")
