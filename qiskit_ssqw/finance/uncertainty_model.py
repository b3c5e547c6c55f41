"""The walk in the place of qiskit-finance's own distribution loaders."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from qiskit import QuantumCircuit
from typing_extensions import Self

from qiskit_ssqw._stack import level_outside
from qiskit_ssqw.circuit import SSQWDistribution
from qiskit_ssqw.finance.market import Market
from qiskit_ssqw.fitting import FitResult, fit
from qiskit_ssqw.fitting.result import assess
from qiskit_ssqw.targets import TargetDistribution
from qiskit_ssqw.targets.distribution import Bounds, Rule
from qiskit_ssqw.walks import SplitStepWalk, Walk

_ADVICE = "fit it first, with fit(target, walk=walk), or raise the tolerance"


class LoaderAccuracyWarning(UserWarning):
    """The loaded distribution misses the tolerance, so prices computed with it are off."""


class QuantumWalkUncertaintyModel(QuantumCircuit):
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
            the target, or its coin is traced out.

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
        if walk is None:
            result = fit(target, tolerance=tolerance, seed=seed, **fit_options)
        else:
            _refuse_traced_coin(walk)
            ignored = sorted(fit_options) + ([] if seed is None else ["seed"])
            if ignored:
                raise TypeError(f"a given walk is not fitted: leave out {ignored}")
            result = assess(walk, target, tolerance, advice=_ADVICE)
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
        return cls(TargetDistribution.lognormal(num_qubits, mu, sigma, bounds, rule), **fit_options)

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
        return cls(TargetDistribution.normal(num_qubits, mu, sigma, bounds, rule), **fit_options)

    @classmethod
    def from_scipy(
        cls,
        distribution: Any,
        num_qubits: int,
        bounds: ArrayLike,
        *,
        rule: Rule = "cell",
        **fit_options: Any,
    ) -> Self:
        """Load a SciPy distribution; arguments and errors as for `TargetDistribution.from_scipy`.

        Args:
            distribution: A frozen one-dimensional SciPy distribution.
            num_qubits: Qubits of the grid.
            bounds: First and last grid point.
            rule: ``"cell"`` or ``"pdf"``.
            **fit_options: Options of the class and of `fit`.
        """
        return cls(
            TargetDistribution.from_scipy(distribution, num_qubits, bounds, rule), **fit_options
        )

    @classmethod
    def from_samples(
        cls,
        samples: ArrayLike,
        num_qubits: int | Sequence[int],
        bounds: ArrayLike | None = None,
        **fit_options: Any,
    ) -> Self:
        """Load a histogram of samples, as `TargetDistribution.from_samples` counts them.

        Args:
            samples: Observations, shape ``(m,)`` or ``(m, d)``.
            num_qubits: Qubits of the grid, an integer or one per dimension.
            bounds: First and last grid point, per dimension; the samples' range by default.
            **fit_options: Options of the class and of `fit`.
        """
        return cls(TargetDistribution.from_samples(samples, num_qubits, bounds), **fit_options)

    @classmethod
    def from_black_scholes(
        cls,
        num_qubits: int | Sequence[int],
        spot: ArrayLike,
        volatility: ArrayLike,
        rate: float,
        maturity: float,
        num_std: float = 4,
        rule: Rule = "cell",
        *,
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
            num_std: Half width of the grid in standard deviations of the price.
            rule: As for `TargetDistribution.from_black_scholes`, which states the errors raised.
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
            num_std,
            rule,
            correlation=correlation,
            align=align,
        )
        assets = len(target.register_sizes)
        model = cls(target, **fit_options)
        model._market = Market(
            spot if assets == 1 else np.broadcast_to(spot, (assets,)),
            volatility,
            rate,
            maturity,
            correlation,
        )
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
        """The target's bounds, ``(low, high)``, or one such pair per dimension."""
        return self._fit_result.target.bounds

    @property
    def loaded_probabilities(self) -> NDArray[np.float64]:
        """What the circuit loads, shape ``(2**n,)``, computed from the walk's amplitudes."""
        return self._fit_result.walk.probabilities()


def _refuse_traced_coin(walk: Walk) -> None:
    if isinstance(walk, SplitStepWalk) and walk.coin == "traced":
        raise ValueError(
            "a lattice walk with a traced-out coin has one qubit more than its values, and "
            "qiskit-finance would take that coin for the objective qubit; use coin='absorbed'"
        )
