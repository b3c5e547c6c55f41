"""The walk in the place of qiskit-finance's own distribution loaders."""

from __future__ import annotations

import warnings
from typing import Any

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array
from qiskit_ssqw._display import Row, Tabular
from qiskit_ssqw._stack import level_outside
from qiskit_ssqw.circuit import SSQWDistribution
from qiskit_ssqw.circuit.drawing import LegibleCircuit
from qiskit_ssqw.circuit.reading import read_probabilities
from qiskit_ssqw.finance.loading import Loading
from qiskit_ssqw.finance.registers import Law, Price, Register
from qiskit_ssqw.finance.registers.parts import law_of, prices_of, registers_of
from qiskit_ssqw.fitting import FitResult, fit
from qiskit_ssqw.fitting.result import assess
from qiskit_ssqw.markets.base import PriceDistribution
from qiskit_ssqw.targets.distribution import TargetDistribution
from qiskit_ssqw.targets.probabilities import Bounds
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

    Every constructor of `TargetDistribution` is one here: it takes the same arguments, and the
    options below.

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
        check.instance(target, TargetDistribution, "target")
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
        self._fit_result, self._target = result, target
        super().__init__(target.num_qubits, name=name)
        self.compose(SSQWDistribution(result.walk), inplace=True)
        if not result.success:
            warnings.warn(result.message, LoaderAccuracyWarning, stacklevel=level_outside())

    lognormal = Loading(TargetDistribution.lognormal)
    normal = Loading(TargetDistribution.normal)
    from_scipy = Loading(TargetDistribution.from_scipy)
    from_samples = Loading(TargetDistribution.from_samples)
    from_black_scholes = Loading(TargetDistribution.from_black_scholes)
    from_market = Loading(TargetDistribution.from_market)

    @property
    def market(self) -> PriceDistribution | None:
        """Where the prices come from, if the target knows."""
        return self.target.market

    @property
    def target(self) -> TargetDistribution:
        """The distribution to load."""
        return self._target

    @property
    def registers(self) -> tuple[Register, ...]:
        """One register per dimension, the first one on the highest qubits."""
        return registers_of([("asset", self.target)])

    @property
    def prices(self) -> tuple[Price, ...]:
        """The prices, one per register."""
        return prices_of(self.registers)

    @property
    def target_law(self) -> Law:
        """The law of the registers that the circuit should load."""
        return law_of([self.target.probabilities])

    @property
    def loaded_law(self) -> Law:
        """The law of the registers that the circuit loads, as for `loaded_probabilities`."""
        return law_of([self.loaded_probabilities.reshape(self.target.probabilities.shape)])

    @property
    def fit_result(self) -> FitResult:
        """The fit: walk, errors, status."""
        return self._fit_result

    @property
    def values(self) -> Array:
        """The target's grid points, shape ``(2**n,)``, or ``(2**n, d)`` on a product grid."""
        return self.target.values

    @property
    def probabilities(self) -> Array:
        """The target's probabilities, shape ``(2**n,)``, in the order of `values`."""
        return self.target.probabilities.ravel()

    @property
    def bounds(self) -> Bounds:
        """First and last of equidistant grid points, or one such pair per dimension.

        Raises:
            AttributeError: The target has other grid points. qiskit-finance's applications compute
                prices from bounds, so they cannot take it; `OptionPricing` does.
        """
        return self.target.bounds

    @property
    def loaded_probabilities(self) -> Array:
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
            *([] if self.market is None else self.market._rows()),
        ]

    def _note(self) -> str:
        return self._fit_result.message


def _refuse_traced_coin(walk: Walk) -> None:
    if walk.num_qubits > walk.num_value_qubits:
        raise ValueError(
            f"a walk with traced-out coin has {walk.num_qubits} qubits for values of "
            f"{walk.num_value_qubits}, and qiskit-finance {_COIN_ADVICE}"
        )
