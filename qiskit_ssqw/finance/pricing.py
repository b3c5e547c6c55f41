"""One call from a payoff and a model to a price."""

from __future__ import annotations

import textwrap
import warnings
from dataclasses import asdict, dataclass, replace
from typing import Any

from numpy.typing import ArrayLike
from qiskit import QuantumCircuit
from qiskit_algorithms import AmplitudeEstimator

from qiskit_ssqw import _validation as check
from qiskit_ssqw.finance.applications import BiasBound, OptionPricing
from qiskit_ssqw.finance.encodings.choice import Encoding
from qiskit_ssqw.finance.estimators import MAX_SECONDS, EstimatorRun
from qiskit_ssqw.finance.market import Reference, reference_value
from qiskit_ssqw.finance.payoffs import Payoff
from qiskit_ssqw.finance.schedules import EstimatorName

_STANDARD_ERRORS = 3
_ROUNDING = 1e-12
_TOLERANCE_SHARE = 0.1
"""Share of the requested accuracy that the payoff circuit may use up by default."""


class PriceBiasWarning(UserWarning):
    """The circuits encode a value that may lie further from the price than was asked for."""


@dataclass(frozen=True)
class PricingResult:
    """What the price of an option is, quantum and classical. Values are undiscounted."""

    payoff: Payoff
    estimate: float
    """Expected payoff by amplitude estimation."""
    confidence_interval: tuple[float, float]
    """Statistical interval of the estimate; the bias comes on top."""
    alpha: float
    """Probability with which the interval may miss, as the estimator promises it."""
    exact_value: float
    """The sum over the target's grid."""
    loaded_value: float
    """What a perfect amplitude estimation returns with these circuits."""
    reference: Reference | None
    """The value without a grid, if the model knows its market."""
    bias_bound: BiasBound
    discount: float | None
    """What multiplies the value to give the price today, if the model knows its market."""
    encoding: str
    estimator: str
    num_problems: int
    num_qubits: int
    oracle_calls: int
    """Applications of the Grover operator, as the estimator counts them."""
    iterate_two_qubit_gates: int
    """CX that one more Grover iterate adds to a circuit, the largest over the problems."""
    two_qubit_gates: int
    """Two-qubit gates of all circuits that were run, times their shots."""
    seed: int | None
    success: bool
    """Whether the bias is within the accuracy asked for."""
    message: str
    """The same as a sentence, with advice."""

    @property
    def present_value(self) -> float | None:
        """The estimate, discounted, if the model knows its market."""
        return None if self.discount is None else self.discount * self.estimate

    def to_dict(self) -> dict[str, Any]:
        """Return all numbers as a dictionary that JSON can hold."""
        return {
            **asdict(self),
            "payoff": self.payoff.name,
            "confidence_interval": list(self.confidence_interval),
            "present_value": self.present_value,
        }

    def __str__(self) -> str:
        title = f"{self.payoff.name}: expected payoff, undiscounted"
        return "\n".join([title, *self._rows(), textwrap.fill(self.message, 96)])

    def _rows(self) -> list[str]:
        low, high = self.confidence_interval
        bound = self.bias_bound
        grid = "" if bound.grid is None else f", grid {bound.grid:.2g}"
        rows: list[tuple[str, float | int, str]] = [
            (
                f"estimate ({self.estimator})",
                self.estimate,
                f"{100 * (1 - self.alpha):.4g}% interval [{low:.6g}, {high:.6g}]"
                if self.num_problems
                else "the payoff is constant on the grid",
            ),
            ("sum over the grid", self.exact_value, ""),
            ("what the circuits encode", self.loaded_value, f"payoff circuit: {self.encoding}"),
        ]
        if self.reference is not None:
            error = self.reference.standard_error
            remark = f"standard error {error:.2g}" if error else ""
            rows.append((self.reference.method, self.reference.value, remark))
        if self.present_value is not None:
            rows.append(("estimate, discounted", self.present_value, ""))
        rows += [
            (
                "bias, at most",
                bound.total,
                f"loader {bound.loader:.2g}, payoff {bound.payoff:.2g}{grid}",
            ),
            ("qubits", self.num_qubits, f"{self.num_problems} estimation problem(s)"),
            ("oracle calls", self.oracle_calls, ""),
            ("CX per Grover iterate", self.iterate_two_qubit_gates, ""),
            ("two-qubit gates in total", self.two_qubit_gates, ""),
        ]
        width = max(len(name) for name, _, _ in rows)
        return [
            f"  {name:<{width}}{_number(value):>14}   {note}".rstrip() for name, value, note in rows
        ]


def price(
    payoff: Payoff,
    model: QuantumCircuit,
    *,
    epsilon: float = 0.01,
    alpha: float = 0.05,
    values: ArrayLike | None = None,
    encoding: Encoding = "auto",
    tolerance: float | None = None,
    estimator: EstimatorName | AmplitudeEstimator = "iae",
    sampler: Any = None,
    shots: int | None = None,
    seed: int | None = None,
    pass_manager: Any = None,
    max_seconds: float | None = MAX_SECONDS,
    progress: bool = False,
) -> PricingResult:
    """Price an option by amplitude estimation, and classically for comparison.

    Args:
        payoff: What the option pays.
        model: A circuit that loads the distribution, as for `OptionPricing`.
        epsilon: Half width of the interval, as a fraction of the payoff's range on the grid.
        alpha: Probability that the interval misses the value.
        values: Grid points of a model that does not know them.
        encoding: The payoff circuit, as for `OptionPricing`.
        tolerance: Mean error that the payoff circuit may make, as for `OptionPricing`; a tenth
            of ``epsilon`` by default.
        estimator: ``"iae"`` (iterative), ``"mlae"`` (maximum likelihood), ``"fae"`` (faster) or
            ``"ae"`` (canonical), or an estimator of qiskit-algorithms, which is used as it is
            (``epsilon`` and ``alpha`` are not passed on to it).
        sampler: A ``SamplerV2`` that runs the circuits, or a function of seed that makes one, such
            as its class, and each circuit is run with a new seed; Aer's by default. For an
            estimator object it replaces its own.
        shots: Shots of each circuit, where the estimator does not say it (``"fae"`` does). By
            default as many as the sampler takes by default, and 100 of the default sampler.
        seed: Seed of samplers that are made, of the layout on a backend and of a Monte Carlo
            reference. A sampler that is given has its own.
        pass_manager: Its method ``run`` prepares the circuits. By default those that the sampler's
            backend does not take are laid out for it, or unrolled to CX and single-qubit gates.
        max_seconds: Longest time that the estimation may take on a simulator, by an estimate from
            the gates of its circuits, or ``None`` for any.
        progress: Whether to show a progress bar (needs tqdm, extra ``plot``).

    Raises:
        AlgorithmError: The sampler or the estimator fails.
        RuntimeError: The estimator makes no progress, which more shots may mend.
        TypeError: As `OptionPricing`, or the estimator or sampler is something else.
        ValueError: As `OptionPricing`, or ``epsilon``, ``alpha``, ``shots`` or ``seed`` is out of
            range, or the estimation would take longer than ``max_seconds``.

    Warns:
        PriceBiasWarning: The bias may exceed ``epsilon``. That of the grid is known for models
            that know their market: in closed form, or by Monte Carlo and three standard errors.
        RepeatedSeedWarning: The sampler begins each run with the same seed.

    Examples:
        >>> from qiskit_ssqw import QuantumWalkUncertaintyModel
        >>> from qiskit_ssqw.finance import Call, price
        >>> model = QuantumWalkUncertaintyModel.from_black_scholes(
        ...     5, 2.0, 0.4, 0.05, 40 / 365, seed=1
        ... )
        >>> result = price(Call(1.896), model, seed=1)
        >>> low, high = result.confidence_interval
        >>> low < result.reference.value < high
        True
    """
    accuracy = check.positive(epsilon, "epsilon")
    if accuracy >= 0.5:
        raise ValueError(f"epsilon must be below 0.5, got {epsilon}")
    check.open_unit_interval(alpha, "alpha")
    seed = check.seed(seed)
    run = EstimatorRun(
        estimator,
        sampler,
        shots=shots,
        seed=seed,
        pass_manager=pass_manager,
        max_seconds=max_seconds,
        progress=progress,
    )
    application = OptionPricing(
        model,
        payoff,
        values=values,
        encoding=encoding,
        tolerance=_TOLERANCE_SHARE * accuracy if tolerance is None else tolerance,
    )
    reference = _reference(application, seed)
    bias_bound = _with_reference(application, reference)
    error = accuracy * (application.spread or abs(application.exact_value))
    success, message = _verdict(payoff.name, bias_bound, error)
    if not success:
        warnings.warn(message, PriceBiasWarning, stacklevel=2)
    problems = application.to_estimation_problems()
    errors = application.amplitude_errors(error)
    iterate_cx = application.iterate_two_qubit_gates
    results = run.estimate(problems, errors, alpha, iterate_cx)
    market = application.loader.market
    return PricingResult(
        payoff=payoff,
        estimate=application.interpret(results),
        confidence_interval=application.confidence_interval(results, alpha),
        alpha=application.misses(results, alpha),
        exact_value=application.exact_value,
        loaded_value=application.loaded_value,
        reference=reference,
        bias_bound=bias_bound,
        discount=None if market is None else market.discount,
        encoding=application.encoded.kind,
        estimator=run.name,
        num_problems=len(problems),
        num_qubits=max((p.grover_operator.num_qubits for p in problems), default=0),
        oracle_calls=sum(int(result.num_oracle_queries) for result in results),
        iterate_two_qubit_gates=iterate_cx,
        two_qubit_gates=run.two_qubit_gates,
        seed=seed,
        success=success,
        message=message,
    )


def _reference(application: OptionPricing, seed: int | None) -> Reference | None:
    """The value without a grid, if the model knows its market."""
    loader = application.loader
    if loader.market is None:
        return None
    return reference_value(loader.market, application.payoff, num_steps=loader.num_steps, seed=seed)


def _with_reference(application: OptionPricing, reference: Reference | None) -> BiasBound:
    """The bound, the grid's share by Monte Carlo where no closed form is known."""
    bound = application.bias_bound
    if bound.grid is not None or reference is None:
        return bound
    distance = abs(application.exact_value - reference.value)
    return replace(bound, grid=distance + _STANDARD_ERRORS * reference.standard_error)


def _verdict(name: str, bound: BiasBound, error: float) -> tuple[bool, str]:
    """Whether the bias is within the error asked for, and a sentence that says so."""
    what = "The bias is" if bound.grid is not None else "Without that of the grid, the bias is"
    if bound.total <= error + _ROUNDING:
        return True, f"{what} at most {bound.total:.2g}, within the {error:.2g} asked for."
    parts = {
        "loader": (bound.loader, "fit it to a smaller tolerance"),
        "payoff circuit": (bound.payoff, 'lower tolerance, or take encoding="exact"'),
        "grid": (
            bound.grid or 0.0,
            'take more qubits, rule="cell", a larger num_std or, of one asset, align= at a jump',
        ),
    }
    worst = max(parts, key=lambda name: parts[name][0])
    size, advice = parts[worst]
    return False, (
        f"The price of the {name} may be biased by {bound.total:.2g}, more than "
        f"the {error:.2g} asked for; {size:.2g} of it is due to the {worst}: {advice}."
    )


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.6g}"
