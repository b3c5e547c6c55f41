"""Payoffs as estimation problems: circuits, and what estimators find as prices."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import cached_property
from typing import Any, TypeAlias, get_args

import numpy as np
from numpy.typing import ArrayLike
from qiskit import QuantumCircuit
from qiskit_algorithms import AmplitudeEstimatorResult, EstimationProblem

from qiskit_ssqw import _validation as check
from qiskit_ssqw._deprecation import renamed, warn_deprecated
from qiskit_ssqw._display import Row, Tabular
from qiskit_ssqw.finance.bias import BiasBound
from qiskit_ssqw.finance.encodings import EncodedPayoff, PayoffEncoding
from qiskit_ssqw.finance.encodings.choice import Encoding
from qiskit_ssqw.finance.estimation.registry import method_of
from qiskit_ssqw.finance.gates import count_two_qubit_gates
from qiskit_ssqw.finance.grover import AmplitudeParts, GroverIterate, PricingProblem
from qiskit_ssqw.finance.loader import Loader, as_loader
from qiskit_ssqw.finance.payoffs import Payoff
from qiskit_ssqw.finance.views import View, view_of

Results: TypeAlias = AmplitudeEstimatorResult | Sequence[AmplitudeEstimatorResult]

_THEIRS = "qiskit_finance.applications.estimation"


class OptionPricing(Tabular):
    """The expected payoff of an option as an amplitude estimation problem.

    It has the methods of qiskit-finance's ``EstimationApplication`` and passes for one, but does
    not need qiskit-finance.

    Unlike qiskit-finance's applications it takes any payoff, has no linearisation bias, and
    places a coin that is traced out behind the objective qubit, so lattice walks are priced
    correctly too.

    Args:
        payoff: What the option pays.
        model: A circuit that loads the distribution: a `QuantumWalkUncertaintyModel`, an
            `SSQWDistribution` (whose own distribution is then the target), one of
            qiskit-finance's distributions, or any circuit with attributes ``values`` and
            ``probabilities``. A model before the payoff is taken, too, with a
            ``DeprecationWarning``.
        values: Grid points of a model that does not know them, shape ``(2**n,)`` or
            ``(2**n, d)``.
        encoding: The payoff circuit. ``"exact"``: a multiplexed rotation, no ancilla, at most
            ``2**n`` CX. ``"comparator"``: comparisons of the index with constants, for payoffs of
            two values, ``6 n`` CX each and ``n - 2`` ancillas. ``"fourier"``: one estimation
            problem per harmonic of a Fourier series, ``2 n`` CX each (Herbert, arXiv:2105.09100).
            ``"auto"``: whichever takes the fewest CX for the same statistical error and meets the
            tolerance.
        payoff_tolerance: Mean error of the payoff that its circuit may make, as a fraction of the
            payoff's range on the grid; ``"fourier"`` takes 1e-3 for 0. More tolerance, fewer
            gates; what it comes to is in ``bias_bound``.
        ancilla: Whether the Grover operator takes one clean ancilla, which makes its zero
            reflection cheaper; by default from 5 qubits of A on.

    Raises:
        TypeError: The model or payoff is something else, or the payoff does not fit the encoding.
        ValueError: The payoff takes another number of prices, or a path where there is none, a
            barrier lies outside the grid, the model's qubits do not match its values, are too
            many, measured or have free parameters, or a number is out of range.

    Examples:
        >>> from qiskit_ssqw import QuantumWalkUncertaintyModel
        >>> from qiskit_ssqw.finance import Call, OptionPricing
        >>> model = QuantumWalkUncertaintyModel.from_black_scholes(
        ...     3, 2.0, 0.4, 0.05, 40 / 365, num_std=3, rule="pdf", seed=1
        ... )
        >>> application = OptionPricing(Call(1.896), model)
        >>> round(application.exact_value, 6), application.state_preparation.num_qubits
        (0.162276, 4)
    """

    @renamed("tolerance", "payoff_tolerance")
    def __init__(
        self,
        payoff: Payoff,
        model: Any,
        *,
        values: ArrayLike | None = None,
        encoding: Encoding = "auto",
        payoff_tolerance: float = 0.0,
        ancilla: bool | None = None,
    ) -> None:
        if isinstance(model, Payoff) and not isinstance(payoff, Payoff):
            warn_deprecated("OptionPricing(model, payoff) will go: give the payoff first")
            payoff, model = model, payoff
        if not isinstance(payoff, Payoff):
            raise TypeError(
                "payoff must be a payoff of qiskit_ssqw.finance, such as Call(strike) or "
                f"FunctionPayoff(function), got {payoff!r}"
            )
        check.one_of(encoding, get_args(Encoding), "encoding")
        payoff_tolerance = check.number(payoff_tolerance, "payoff_tolerance")
        if not 0 <= payoff_tolerance < 1:
            raise ValueError(
                f"payoff_tolerance must be at least 0 and below 1, got {payoff_tolerance}"
            )
        is_view = isinstance(model, View)
        self._view = model if is_view else view_of(payoff, as_loader(model, values), encoding)
        self._payoff, self._loader = payoff, self._view.loader
        low, high = self._view.payoff_range
        if low == high:
            self._encoded = EncodedPayoff("constant", low, ())
        else:
            self._encoded = self._view.encode(encoding, payoff_tolerance)
        self._parts = [AmplitudeParts.of(self._loader, p, ancilla) for p in self._encoded.parts]
        self._iterate_cx: int | None = None

    @property
    def payoff(self) -> Payoff:
        """What the option pays."""
        return self._payoff

    @property
    def loader(self) -> Loader:
        """The distribution and its circuit."""
        return self._loader

    @property
    def view(self) -> View:
        """The payoff on what the model loads."""
        return self._view

    @property
    def encoded(self) -> EncodedPayoff:
        """The payoff circuits."""
        return self._encoded

    @property
    def parts(self) -> tuple[AmplitudeParts, ...]:
        """What the circuits of each problem are made of."""
        return tuple(self._parts)

    @property
    def payoff_range(self) -> tuple[float, float]:
        """Lowest and highest payoff on the grid."""
        return self._view.payoff_range

    @property
    def exact_value(self) -> float:
        """Expected payoff under the target: the classical sum over the grid."""
        return self._view.target_value

    @cached_property
    def loaded_value(self) -> float:
        """What a perfect amplitude estimation returns: loaded probabilities, circuits' payoff."""
        return self._encoded.constant + sum(
            part.to_price(amplitude)
            for part, amplitude in zip(self._encoded.parts, self.loaded_amplitudes, strict=True)
        )

    @cached_property
    def bias_bound(self) -> BiasBound:
        """How far `loaded_value` lies from the true expectation, by source."""
        view = self._view
        circuit = abs(self.loaded_value - view.loaded_value) + view.numerical_error
        return BiasBound(
            loader=abs(view.loaded_value - view.target_value),
            payoff=circuit if self._parts else 0.0,
            grid=self._grid_error(),
        )

    def _grid_error(self) -> float | None:
        market = self._loader.market
        if market is None:
            return None
        known = self._payoff.closed_form(market, self._loader.num_steps)
        return None if known is None else abs(self.exact_value - known)

    @property
    def state_preparation(self) -> QuantumCircuit:
        """The A operator of a single estimation problem.

        Raises:
            ValueError: The payoff is constant, or encoded as several problems.
        """
        return self._single().state_preparation()

    @property
    def grover_operator(self) -> GroverIterate:
        """The Grover operator of a single estimation problem.

        Raises:
            ValueError: The payoff is constant, or encoded as several problems.
        """
        return GroverIterate(self._single())

    def count_iterate_two_qubit_gates(self) -> int:
        """CX that one more Grover iterate adds, all-to-all; the largest over the problems.

        They are counted once, by transpiling two iterates in a row.
        """
        if self._iterate_cx is None:
            alike = {part.structure: parts for part, parts in self._paired_parts}
            counts = (_added_by_one_more(GroverIterate(parts)) for parts in alike.values())
            self._iterate_cx = max(counts, default=0)
        return self._iterate_cx

    @property
    def iterate_two_qubit_gates(self) -> int:
        """The same; it will go, since a property should take no time."""
        warn_deprecated("iterate_two_qubit_gates is called count_iterate_two_qubit_gates() now")
        return self.count_iterate_two_qubit_gates()

    def to_estimation_problem(self) -> EstimationProblem:
        """Return the estimation problem.

        Raises:
            ValueError: The payoff is constant, or encoded as several problems.
        """
        self._single()
        return self.to_estimation_problems()[0]

    def to_estimation_problems(self) -> list[EstimationProblem]:
        """Return one problem, one per harmonic, or none for a constant payoff."""
        amplitudes = self.loaded_amplitudes
        return [
            PricingProblem(parts, part.to_price, (amplitude,))
            for (part, parts), amplitude in zip(self._paired_parts, amplitudes, strict=True)
        ]

    @property
    def _paired_parts(self) -> list[tuple[PayoffEncoding, AmplitudeParts]]:
        return list(zip(self._encoded.parts, self._parts, strict=True))

    @cached_property
    def loaded_amplitudes(self) -> list[float]:
        """What a perfect estimation of each problem's amplitude returns."""
        return self._view.amplitudes(self._encoded)

    def amplitude_errors(self, error: float) -> list[float]:
        """Errors of the amplitudes that make up an error of the price with the fewest calls.

        Args:
            error: Half width of the price's interval, in units of the payoff.
        """
        if not self._parts:
            return []
        return [
            float(min(share * error / abs(part.high - part.low), 0.49))
            for share, part in zip(self._encoded.shares, self._encoded.parts, strict=True)
        ]

    def moved(self, shifts: Sequence[float]) -> float:
        """How far the price moves, at most, with the amplitudes of its problems, each so far."""
        parts = self._encoded.parts
        low, high = self.payoff_range
        moved = sum(abs(p.high - p.low) * shift for p, shift in zip(parts, shifts, strict=True))
        return float(min(moved, high - low))

    def interpret(self, result: Results) -> float:
        """Return the expected payoff, undiscounted, within the payoff's range on the grid.

        Args:
            result: Of the estimation problem, or of all of them in their order. Where it has a
                maximum-likelihood estimate, that is taken.
        """
        value = self._encoded.constant + sum(
            part.to_price(method_of(one).amplitude(one)) for part, one in self._paired(result)
        )
        return float(np.clip(value, *self.payoff_range))

    def confidence_interval(self, result: Results, alpha: float = 0.05) -> tuple[float, float]:
        """Return the interval of the expected payoff, undiscounted, within its range on the grid.

        The intervals of several problems are added up, which is right at level ``1 - alpha`` if
        each has level ``1 - alpha / number of problems``.

        Args:
            result: As for `interpret`.
            alpha: The interval of maximum-likelihood and canonical estimation misses with this
                probability, altogether. Others have theirs fixed before they run, and it is
                ignored; `misses` tells it.
        """
        level = check.open_unit_interval(alpha, "alpha") / max(len(self._parts), 1)
        intervals = [
            sorted(part.to_price(end) for end in method_of(one).interval(one, level))
            for part, one in self._paired(result)
        ]
        ends = np.sum(intervals, axis=0) if intervals else np.zeros(2)
        low, high = np.clip(self._encoded.constant + ends, *self.payoff_range)
        return float(low), float(high)

    def misses(self, result: Results, alpha: float = 0.05) -> float:
        """Probability with which `confidence_interval` may miss, as the estimators promise it."""
        level = alpha / max(len(self._parts), 1)
        return min(1.0, sum(method_of(one).misses(one, level) for _, one in self._paired(result)))

    def _paired(self, result: Results) -> list[tuple[PayoffEncoding, AmplitudeEstimatorResult]]:
        results = [result] if isinstance(result, AmplitudeEstimatorResult) else list(result)
        if len(results) != len(self._parts):
            raise ValueError(
                f"there must be one result per problem, got {len(results)} for {len(self._parts)}"
            )
        return list(zip(self._encoded.parts, results, strict=True))

    def _heading(self) -> str:
        return f"{self._payoff.name} as {len(self._parts)} estimation problem(s)"

    def _rows(self) -> list[Row]:
        encoding = f"payoff circuit: {self._encoded.kind}"
        return [
            ("sum over the grid", self.exact_value, self._view.description),
            ("what the circuits encode", self.loaded_value, encoding),
            ("bias, at most", self.bias_bound.total, ""),
            ("qubits of the grid", self._loader.num_value_qubits, ""),
        ]

    def _single(self) -> AmplitudeParts:
        if not self._parts:
            raise ValueError(
                f"the {self._payoff.name} is constant on the grid and needs no circuit: its "
                f"expectation is exact_value, {self.exact_value:g}"
            )
        if len(self._parts) > 1:
            raise ValueError(
                f"the payoff is encoded as {len(self._parts)} problems: use "
                "to_estimation_problems, or price"
            )
        return self._parts[0]

    @property  # type: ignore[misc]
    def __class__(self) -> type[OptionPricing]:
        """The class, which ``isinstance`` asks for where the abstract class is not a base.

        Registered only now, since a base would have to be imported first.
        """
        theirs = getattr(sys.modules.get(_THEIRS), "EstimationApplication", None)
        if theirs is not None:  # imported, and to the end
            theirs.register(type(self))
        return type(self)


def _added_by_one_more(iterate: GroverIterate) -> int:
    """CX of an iterate that follows another: gates of the two may cancel where they meet."""
    inner = iterate.inner
    one, two = (
        count_two_qubit_gates(circuit, optimization_level=1)
        for circuit in (inner, inner.compose(inner))
    )
    return two - one
