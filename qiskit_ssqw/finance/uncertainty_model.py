"""The walk in the place of qiskit-finance's own distribution loaders."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from typing_extensions import Self

from qiskit_ssqw._deprecation import (
    also_positional,
    size_after_distribution,
    size_after_samples,
    size_first,
)
from qiskit_ssqw._display import Row, Tabular
from qiskit_ssqw._stack import level_outside
from qiskit_ssqw.circuit import SSQWDistribution
from qiskit_ssqw.circuit.drawing import LegibleCircuit
from qiskit_ssqw.circuit.reading import read_probabilities
from qiskit_ssqw.markets.black_scholes import Market
from qiskit_ssqw.fitting import FitResult, fit
from qiskit_ssqw.fitting.result import assess
from qiskit_ssqw.targets import TargetDistribution
from qiskit_ssqw.targets.black_scholes import Grid
from qiskit_ssqw.targets.distribution import Bounds, Rule
from qiskit_ssqw.walks import Walk

_ADVICE = "fit it first, with fit(target, walk=walk), or raise the tolerance"

_COIN_ADVICE = (
    "would take the coin for the objective qubit: use coin='absorbed' or a multiscale walk, or "
    "price with OptionPricing(SSQWDistribution(walk), payoff, values=target.values)"
)


class LoaderAccuracyWarning(UserWarning):
    """The loaded distribution misses the tolerance, so prices computed with it are off."""


class QuantumWalkUncertaintyModel(LegibleCircuit, Tabular):
    """Load a target distribution with a quantum walk on exactly ``n`` qubits.

    It takes the place of qiskit-finance's ``NormalDistribution`` and ``LogNormalDistribution`` in
    ``EuropeanCallPricing``, ``EuropeanCallDelta`` and ``FixedIncomePricing``: `values`,
    `probabilities` and `bounds` are those of the target, as there. What the circuit loads is
    `loaded_probabilities`; a warning says so if it differs by more than the tolerance.

    Args:
        target: The distribution to load.
        walk: A walk that has been fitted already and is used as it is: a multiscale or tree
            walk, or a lattice walk with absorbed coin. By default a multiscale walk is fitted.
        tolerance: Total variation distance to reach, strictly between 0 and 1.
        seed: Seed of the fit's random starts.
        name: Name of the circuit.
        **fit_options: Further options of `fit`, such as ``max_two_qubit_gates`` or ``signs``.

    Raises:
        TypeError: ``target`` or ``walk`` is something else.
        ValueError: The tolerance lies outside (0, 1), the walk has another number of sites than
            the target, or its coin is traced out, as that of ``method="exact"`` is.

    Warns:
        LoaderAccuracyWarning: The tolerance was missed.

    Examples:
        >>> from qiskit_ssqw import QuantumWalkUncertaintyModel
        >>> model = QuantumWalkUncertaintyModel.lognormal(3, 0.69, 0.0175, (1.21, 2.81), seed=1)
        >>> model.num_qubits, model.fit_result.two_qubit_gates
        (3, 3)
    """

    def __init__(
        self,
        target: TargetDistribution,
        *,
        walk: Walk | None = None,
        tolerance: float = 1e-3,
        seed: int | None = None,
        name: str = "P(X)",
        **fit_options: Any,
    ) -> None:
        if not isinstance(target, TargetDistribution):
            raise TypeError(f"target must be a TargetDistribution, got {target!r}")
        if walk is None:
            if fit_options.get("method") == "exact":  # refused before it takes its time
                raise ValueError(
                    'method "exact" makes a lattice walk with traced-out coin, and qiskit-finance '
                    + _COIN_ADVICE
                )
            result = fit(target, tolerance=tolerance, seed=seed, **fit_options)
        else:
            ignored = sorted(fit_options) + ([] if seed is None else ["seed"])
            if ignored:
                raise TypeError(f"a given walk is not fitted: leave out {ignored}")
            result = assess(walk, target, tolerance, advice=_ADVICE)
        _refuse_traced_coin(result.walk)
        self._fit_result = result
        self._market: Market | None = None
        super().__init__(target.num_qubits, name=name)
        self.compose(SSQWDistribution(result.walk), inplace=True)
        if not result.success:
            warnings.warn(result.message, LoaderAccuracyWarning, stacklevel=level_outside())

    @classmethod
    def lognormal(
        cls,
        num_qubits: int | Sequence[int],
        mu: ArrayLike | None = None,
        sigma: ArrayLike | None = None,
        bounds: ArrayLike | None = None,
        *,
        rule: Rule = "pdf",
        **fit_options: Any,
    ) -> Self:
        """Load a log-normal distribution, arguments as in qiskit-finance.

        Args:
            num_qubits: Qubits of the grid, an integer or one per dimension.
            mu: Mean of the logarithm.
            sigma: The **variance** of the logarithm (not its standard deviation), or its
                covariance matrix.
            bounds: First and last grid point, per dimension.
            rule: As for `TargetDistribution.lognormal`, which states the errors raised.
            **fit_options: Options of the class and of `fit`.
        """
        return cls(
            TargetDistribution.lognormal(num_qubits, mu, sigma, bounds, rule=rule), **fit_options
        )

    @classmethod
    def normal(
        cls,
        num_qubits: int | Sequence[int],
        mu: ArrayLike | None = None,
        sigma: ArrayLike | None = None,
        bounds: ArrayLike | None = None,
        *,
        rule: Rule = "pdf",
        **fit_options: Any,
    ) -> Self:
        """Load a normal distribution, arguments as in qiskit-finance.

        Args:
            num_qubits: Qubits of the grid, an integer or one per dimension.
            mu: Mean.
            sigma: The **variance** (not the standard deviation), or the covariance matrix.
            bounds: First and last grid point, per dimension.
            rule: As for `TargetDistribution.normal`, which states the errors raised.
            **fit_options: Options of the class and of `fit`.
        """
        return cls(
            TargetDistribution.normal(num_qubits, mu, sigma, bounds, rule=rule), **fit_options
        )

    @classmethod
    @size_first("distribution", size_after_distribution)
    def from_scipy(
        cls,
        num_qubits: int,
        distribution: Any,
        bounds: ArrayLike,
        *,
        rule: Rule = "cell",
        **fit_options: Any,
    ) -> Self:
        """Load a SciPy distribution; arguments and errors as for `TargetDistribution.from_scipy`.

        Args:
            num_qubits: Qubits of the grid.
            distribution: A frozen one-dimensional SciPy distribution.
            bounds: First and last grid point.
            rule: ``"cell"`` or ``"pdf"``.
            **fit_options: Options of the class and of `fit`.
        """
        return cls(
            TargetDistribution.from_scipy(num_qubits, distribution, bounds, rule=rule),
            **fit_options,
        )

    @classmethod
    @size_first("samples", size_after_samples)
    def from_samples(
        cls,
        num_qubits: int | Sequence[int],
        samples: ArrayLike,
        bounds: ArrayLike | None = None,
        **fit_options: Any,
    ) -> Self:
        """Load a histogram of samples, as `TargetDistribution.from_samples` counts them.

        Args:
            num_qubits: Qubits of the grid, an integer or one per dimension.
            samples: Observations, shape ``(m,)`` or ``(m, d)``.
            bounds: First and last grid point, per dimension; the samples' range by default.
            **fit_options: Options of the class and of `fit`.
        """
        return cls(TargetDistribution.from_samples(num_qubits, samples, bounds), **fit_options)

    @classmethod
    @also_positional("num_std", "rule")
    def from_black_scholes(
        cls,
        num_qubits: int | Sequence[int],
        spot: ArrayLike,
        volatility: ArrayLike,
        rate: float,
        maturity: float,
        *,
        num_std: float | None = None,
        rule: Rule | None = None,
        grid: Grid | None = None,
        tail_mass: float | None = None,
        correlation: ArrayLike | None = None,
        align: float | None = None,
        **fit_options: Any,
    ) -> Self:
        """Load the risk-neutral prices at maturity under Black-Scholes.

        Args:
            num_qubits: Qubits of the grid, an integer or one per asset.
            spot: Price today, a number or one per asset.
            volatility: Annual volatility, a number or one per asset.
            rate: Annual risk-free rate, continuously compounded.
            maturity: Time to maturity in years.
            num_std: Half width of a linear grid in standard deviations of the price.
            rule: As for `TargetDistribution.from_black_scholes`, which states the errors raised.
            grid: ``"log"`` (default): cells equally wide in the logarithm, for `price` and
                `OptionPricing`. ``"linear"``: equidistant prices, which qiskit-finance's
                applications need; the default where ``num_std`` or ``rule`` is given.
            tail_mass: Probability of the end cells.
            correlation: Correlation matrix of several assets' logarithms.
            align: A price, such as a strike, that is to lie on the edge between two cells.
            **fit_options: Options of the class and of `fit`.
        """
        target = TargetDistribution.from_black_scholes(
            num_qubits,
            spot,
            volatility,
            rate,
            maturity,
            num_std=num_std,
            rule=rule,
            grid=grid,
            tail_mass=tail_mass,
            correlation=correlation,
            align=align,
        )
        assets = len(target.register_sizes)
        market = Market(
            spot if assets == 1 else np.broadcast_to(spot, (assets,)),
            volatility,
            rate,
            maturity,
            correlation,
        )
        model = cls(target, **fit_options)
        model._market = market
        return model

    @property
    def market(self) -> Market | None:
        """The market of a model made by `from_black_scholes`, otherwise ``None``."""
        return self._market

    @property
    def fit_result(self) -> FitResult:
        """The fit: walk, errors, status."""
        return self._fit_result

    @property
    def values(self) -> NDArray[np.float64]:
        """The target's grid points, shape ``(2**n,)``, or ``(2**n, d)`` on a product grid."""
        return self._fit_result.target.values

    @property
    def probabilities(self) -> NDArray[np.float64]:
        """The target's probabilities, shape ``(2**n,)``, in the order of `values`."""
        return self._fit_result.target.probabilities.ravel()

    @property
    def bounds(self) -> Bounds:
        """First and last of equidistant grid points, or one such pair per dimension.

        Raises:
            AttributeError: The target has other grid points. qiskit-finance's applications compute
                prices from bounds, so they cannot take it; `OptionPricing` does.
        """
        return self._fit_result.target.bounds

    @property
    def loaded_probabilities(self) -> NDArray[np.float64]:
        """What the circuit loads, shape ``(2**n,)``, computed from the walk's amplitudes.

        Of a circuit that has been changed, it is computed from the state vector.

        Raises:
            ValueError: A changed circuit has free parameters, does not consist of gates or has
                more than 20 qubits.
        """
        return read_probabilities(self, range(self._fit_result.target.num_qubits))

    def __repr__(self) -> str:
        fitted = self._fit_result
        return (
            f"<QuantumWalkUncertaintyModel: {self.num_qubits} qubits, {fitted.two_qubit_gates} "
            f"two-qubit gates, total variation {fitted.total_variation:.1e}>"
        )

    def _heading(self) -> str:
        return f"model on {self.num_qubits} qubits"

    def _rows(self) -> list[Row]:
        fitted = self._fit_result
        return [
            *fitted.target._rows(),
            ("walk", repr(fitted.walk), ""),
            ("total variation", fitted.total_variation, f"tolerance {fitted.tolerance:g}"),
            ("two-qubit gates", fitted.two_qubit_gates, ""),
            *([] if self._market is None else self._market._rows()),
        ]

    def _note(self) -> str:
        return self._fit_result.message


def _refuse_traced_coin(walk: Walk) -> None:
    if walk.num_qubits > walk.num_value_qubits:
        raise ValueError(
            f"a walk with traced-out coin has {walk.num_qubits} qubits for values of "
            f"{walk.num_value_qubits}, and qiskit-finance {_COIN_ADVICE}"
        )
