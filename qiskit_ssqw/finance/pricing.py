"""One call from a payoff and a model to a price."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any, get_args

from numpy.typing import ArrayLike
from qiskit import QuantumCircuit
from qiskit_algorithms import AmplitudeEstimator

from qiskit_ssqw import _validation as check
from qiskit_ssqw._deprecation import renamed
from qiskit_ssqw._stack import level_outside
from qiskit_ssqw.devices import Mitigation
from qiskit_ssqw.finance.advice import accuracy_note, grid_notes, sampling_notes
from qiskit_ssqw.finance.aim import aim_at
from qiskit_ssqw.finance.amplitudes import ByAmplitudes
from qiskit_ssqw.finance.encodings.choice import Encoding
from qiskit_ssqw.finance.estimation.registry import names
from qiskit_ssqw.finance.estimation.run import EstimatorRun, check_name
from qiskit_ssqw.finance.loader import Loader, as_loader
from qiskit_ssqw.finance.measuring import SampledRun
from qiskit_ssqw.finance.outcome import Outcome, Way
from qiskit_ssqw.finance.payoffs import Payoff
from qiskit_ssqw.finance.result import PricingResult
from qiskit_ssqw.finance.running.runner import MAX_SECONDS, Runner
from qiskit_ssqw.finance.sampling import BySampling


class PriceAccuracyWarning(UserWarning):
    """The price may be further off than was asked for."""


@renamed("tolerance", "payoff_tolerance")
def price(
    payoff: Payoff,
    model: QuantumCircuit,
    *,
    accuracy: float = 0.01,
    absolute_accuracy: float | None = None,
    epsilon: float | None = None,
    alpha: float = 0.01,
    values: ArrayLike | None = None,
    reference: bool = True,
    encoding: Encoding = "auto",
    payoff_tolerance: float | None = None,
    estimator: str | AmplitudeEstimator = "auto",
    sampler: Any = None,
    shots: int | None = None,
    seed: int | None = None,
    pass_manager: Any = None,
    max_seconds: float | None = MAX_SECONDS,
    progress: bool = False,
    noise: Any = "auto",
    mitigation: Mitigation | None = None,
) -> PricingResult:
    """Price an option by amplitude estimation, and classically for comparison.

    The price is the expected payoff at maturity; what it is worth today, discounted, is
    `PricingResult.present_value`, where the rate is known.

    ``estimator="sampling"`` estimates no amplitude: the prices that the model loads are measured,
    and the payoff is averaged classically. It takes one shallow circuit and any payoff, which is
    what a noisy device can do, and as many shots as classical Monte Carlo takes samples.

    Args:
        payoff: What the option pays.
        model: A circuit that loads the distribution, as for `OptionPricing`.
        accuracy: Error of the price that is asked for, bias included, as a fraction of it.
        absolute_accuracy: The same in units of the payoff, for prices near 0: the larger of the
            two counts. By default a millionth of the mean of the underlying or, if that is less,
            of the largest payoff on the grid.
        epsilon: Half width of the statistical interval, as a fraction of the payoff's range on the
            grid, as amplitude estimators count; by default it is what ``accuracy`` leaves when
            the bias is taken off, but at least a quarter of it.
        alpha: Probability that the interval misses the value. One in a hundred rather than the
            usual one in twenty, because ``success`` is wrong where the interval misses.
        values: Grid points of a model that does not know them.
        reference: Whether to compute the value without a grid, for models that know their market:
            in closed form or by simulation. It is part of what is known about the bias.
        encoding: The payoff circuit, as for `OptionPricing`; ``"sampling"`` has none.
        payoff_tolerance: Mean error that the payoff circuit may make, as for `OptionPricing`; by
            default 0 for ``encoding="exact"``, the error asked for where it cancels in the mean, as
            that of series in a sum over registers, and else a tenth of it.
        estimator: ``"auto"``: ``"bayes"``, but where noise is known ``"sampling"``, which it harms
            least, or if a payoff circuit is asked for ``"rae"``, or ``"bayes"`` if shots are, too.
            ``"bayes"`` (`BayesianAmplitudeEstimation`), ``"rae"`` (`RobustAmplitudeEstimation`, for
            noisy devices), ``"iae"`` (iterative), ``"mlae"`` (maximum likelihood), ``"fae"``
            (faster) or ``"ae"`` (canonical), one that was registered
            (`qiskit_ssqw.finance.estimation.register`), or an estimator object, which is used as it
            is (``epsilon`` and ``alpha`` are not passed on to it); or ``"sampling"``, whose
            interval is the normal one of the shots and of ``z**2`` more, half of them at either end
            of the payoff's range: what was not seen is not ruled out.
        sampler: A ``SamplerV2`` that runs the circuits, or a function of seed that makes one, such
            as its class, and each circuit is run with a new seed; Aer's by default. For an
            estimator object it replaces its own.
        shots: Shots of each circuit, which ``"rae"`` and ``"fae"`` choose by themselves. By default
            1 for ``"bayes"``, which takes fewest calls; a device runs fewer circuits with more.
            Others take as many as is the sampler's default, and 100 of the default sampler.
            For ``"sampling"`` all of them: by default as many as the error asked for needs, or a
            quarter of the bias where that alone is more; 10 million at most, and no more than
            ``max_seconds`` allow, which a note says.
        seed: Seed of samplers that are made, of the layout on a backend and of a Monte Carlo
            reference. A sampler that is given has its own.
        pass_manager: Its method ``run`` prepares the circuits. By default those that the sampler's
            backend does not take are laid out for it, or unrolled to CX and single-qubit gates.
        max_seconds: Longest time that the estimation may take on a simulator, by an estimate from
            the gates and the number of its circuits, or ``None`` for any. The default sampler
            simulates no gates where that would take more than 5 s: it draws from what is known of
            loader and payoff.
        progress: Whether to show a progress bar (needs tqdm, extra ``plot``).
        noise: What is known of the errors of the sampler's device: ``"auto"``, what its backend
            says; a `DeviceNoise`, ``Target``, backend or noise model of Aer; or ``None`` for
            nothing. The bias that it makes is predicted, and ``"rae"`` and ``"bayes"`` cope with
            a decay.
        mitigation: What is done about the errors, for ``"sampling"``.

    Raises:
        AlgorithmError: The sampler or the estimator fails.
        RuntimeError: The estimator makes no progress, which more shots may mend.
        TypeError: As `OptionPricing`, or the estimator or sampler is something else.
        ValueError: As `OptionPricing`, or ``accuracy``, ``absolute_accuracy``, ``epsilon``,
            ``alpha``, ``shots`` or ``seed`` is out of range, the sampler's options spoil what it
            measures, or the estimation would take longer than ``max_seconds``.

    Warns:
        PriceAccuracyWarning: The interval, bias included, is wider than was asked for, or nobody
            knows the bias of a grid that decides about the payoff.
        RepeatedSeedWarning: The sampler begins each run with the same seed.

    Examples:
        >>> from qiskit_ssqw import QuantumWalkUncertaintyModel
        >>> from qiskit_ssqw.finance import Call, price
        >>> model = QuantumWalkUncertaintyModel.from_black_scholes(
        ...     5, 2.0, 0.4, 0.05, 40 / 365, seed=1
        ... )
        >>> result = price(Call(1.896), model, seed=1)
        >>> low, high = result.interval
        >>> low < result.reference.value < high, result.success
        (True, True)
    """
    _check_numbers(accuracy, alpha, epsilon)
    seed = check.seed(seed)
    way = _way(
        estimator,
        encoding,
        payoff_tolerance,
        sampler=sampler,
        shots=shots,
        seed=seed,
        pass_manager=pass_manager,
        max_seconds=max_seconds,
        progress=progress,
        noise=noise,
        mitigation=mitigation,
    )
    if not isinstance(payoff, Payoff):
        raise TypeError(
            "payoff must be a payoff of qiskit_ssqw.finance, such as Call(strike) or "
            f"FunctionPayoff(function), got {payoff!r}"
        )
    loader = as_loader(model, values)
    view = way.view(payoff, loader)
    aim = aim_at(payoff, view, accuracy, absolute_accuracy, reference, seed)
    found = _compared(way.price(payoff, view, aim, alpha, epsilon))
    result = PricingResult(
        payoff=payoff,
        reference=aim.reference,
        allowed_error=aim.allowed,
        discount=None if loader.market is None else loader.market.discount,
        seed=seed,
        **found.fields(),
    )
    notes = [*found.notes, *aim.notes]
    if not result.success:
        advice = accuracy_note(result, model, found.statistics_advice, found.noise_advice)
        notes = [advice, *notes]
    return _with_notes(result, loader, notes)


def _way(
    estimator: str | AmplitudeEstimator,
    encoding: Encoding,
    payoff_tolerance: float | None,
    *,
    mitigation: Mitigation | None,
    sampler: Any,
    **options: Any,
) -> Way:
    """How to come to a price; the options are those of a runner."""
    if not isinstance(estimator, AmplitudeEstimator):
        check_name(estimator, ("auto", *names(), "sampling"))
    asked: dict[str, Any] = {}
    if check.one_of(encoding, get_args(Encoding), "encoding") != "auto":
        asked["encoding"] = encoding
    if payoff_tolerance is not None:
        asked["payoff_tolerance"] = check.number(payoff_tolerance, "payoff_tolerance")
    if estimator == "auto":
        sampler, options = Runner(sampler, **options), {}
        if not asked and (mitigation is not None or sampler.noise is not None):
            estimator = "sampling"
    if estimator == "sampling":
        for name, value in asked.items():
            raise ValueError(
                f'estimator "sampling" has no payoff circuit: leave out {name}, got {value!r}'
            )
        return BySampling(SampledRun(sampler, mitigation=mitigation, **options))
    if mitigation is not None:
        raise ValueError(
            f'mitigation is for estimator "sampling", got estimator {estimator!r}, whose '
            "circuits are too deep to be folded"
        )
    return ByAmplitudes(EstimatorRun(estimator, sampler, **options), encoding, payoff_tolerance)


def _compared(found: Outcome) -> Outcome:
    """An outcome that knows of errors where it contradicts what the circuits encode.

    That is known classically, and lies outside the interval by more than this is wide by chance
    once in millions.
    """
    low, high = found.confidence_interval
    reach = (high - low) + (found.bias_bound.noise or 0.0)
    off = max(low - found.loaded_value, found.loaded_value - high)
    if found.num_problems == 0 or off <= reach:
        return found
    noise = max(found.bias_bound.noise or 0.0, abs(found.estimate - found.loaded_value))
    note = (
        f"What the circuits encode, {found.loaded_value:.4g}, lies far outside the interval: the "
        "sampler makes errors that it does not state."
    )
    bias = replace(found.bias_bound, noise=noise)
    return replace(found, bias_bound=bias, notes=(note, *found.notes))


def _check_numbers(accuracy: float, alpha: float, epsilon: float | None) -> None:
    """Raise if a share is none."""
    if check.positive(accuracy, "accuracy") >= 1:
        raise ValueError(
            f"accuracy must be below 1, a fraction of the price (0.01 is 1 %), got {accuracy:g}"
        )
    check.open_unit_interval(alpha, "alpha")
    if epsilon is not None and check.positive(epsilon, "epsilon") >= 0.5:
        raise ValueError(f"epsilon must be below 0.5, got {epsilon}")


def _with_notes(result: PricingResult, loader: Loader, notes: list[str]) -> PricingResult:
    """Say what is worth knowing, and warn where the price may be too far off."""
    known = result.bias_bound.grid is not None
    of_grid = grid_notes(result.payoff, loader, grid_is_known=known)
    of_samples = sampling_notes(result.payoff, loader.market)
    result = replace(result, notes=(*notes, *of_grid, *of_samples))
    if not result.success or (of_grid and not known):
        warnings.warn(result.message, PriceAccuracyWarning, stacklevel=level_outside())
    return result
