"""Credit risk: a latent factor, and one qubit for each obligor that may default."""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike
from qiskit import QuantumCircuit
from qiskit.circuit import Gate, QuantumRegister

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array
from qiskit_ssqw._display import Row, Tabular
from qiskit_ssqw.circuit.drawing import LegibleCircuit
from qiskit_ssqw.circuit.reading import MOST_QUBITS, gates_of, read_probabilities
from qiskit_ssqw.finance.encodings.sparse import nonzero_rotations
from qiskit_ssqw.finance.gates import count_two_qubit_gates
from qiskit_ssqw.finance.obligors import Obligors, pattern_probabilities
from qiskit_ssqw.finance.registers import Law, Price, Register
from qiskit_ssqw.finance.registers.parts import prices_of
from qiskit_ssqw.finance.registers.register import refuse_many
from qiskit_ssqw.finance.registers.sums import total
from qiskit_ssqw.finance.uncertainty_model import QuantumWalkUncertaintyModel
from qiskit_ssqw.fitting import FitResult
from qiskit_ssqw.metrics import total_variation
from qiskit_ssqw.synthesis.multiplexer import append_walsh_ry_on_zero
from qiskit_ssqw.targets import TargetDistribution

Conditional = Literal["exact", "linear"]

_MOST_FACTOR_QUBITS = 12
"""Of the factor, whose quadrature has no more nodes of positive weight."""

_FACTOR = -2
"""Label of the factor in the law of the obligors, none of whose registers it is."""


class CreditModel(LegibleCircuit, Tabular):
    """Load which obligors default, given a latent factor that a quantum walk loads.

    The model is that of `Obligors`. It takes the place of qiskit-finance's
    ``GaussianConditionalIndependenceModel(n_normal, normal_max_value, p_zeros, rhos)``, which are
    ``num_qubits``, ``num_std``, ``default_probabilities`` and ``sensitivities`` here, on the same
    qubits: first those of the factor, then one for each obligor. A grid point is a pattern of
    defaults, and its value the loss; the factor's qubits are traced out.

    By default the factor takes the nodes of a Gauss-Hermite quadrature, and each obligor's
    threshold is moved so that its default probability, and with it the expected loss, is exact.

    Args:
        num_qubits: Qubits of the factor.
        default_probabilities: One per obligor, strictly between 0 and 1.
        sensitivities: To the factor, at least 0 and below 1, one number or one per obligor.
        losses_given_default: Not negative, one number or one per obligor; 1 by default.
        num_std: Half width of an equidistant grid with the density's probabilities and thresholds
            as they are, as in qiskit-finance, in place of the quadrature's nodes.
        conditional: ``"exact"``: each obligor is turned by the right angle at each value of the
            factor, ``2**num_qubits - 1`` CX at most. ``"linear"``: by the angle linearised at 0 as
            in qiskit-finance, ``2 * num_qubits - 2`` CX, on an equidistant grid only.
        tolerance: Total variation distance of the factor's distribution to reach.
        most_qubits: Qubits of factor and obligors up to which all patterns of defaults may be
            listed; on more, `price` takes payoffs of the loss.
        name: Name of the circuit.
        **fit_options: Options of `QuantumWalkUncertaintyModel` and `fit`.

    Raises:
        TypeError: A number is something else.
        ValueError: As `Obligors`, ``num_std`` is not positive, or ``"linear"`` is asked for without
            it, or the factor has more than 12 qubits.

    Warns:
        LoaderAccuracyWarning: The walk misses the tolerance.

    Examples:
        >>> from qiskit_ssqw.finance import CreditModel
        >>> model = CreditModel(2, [0.15, 0.25], [0.1, 0.05], [1, 2], seed=1)
        >>> model.values.tolist(), round(float(model.loaded_probabilities @ model.values), 9)
        ([0.0, 1.0, 2.0, 3.0], 0.65)
    """

    def __init__(
        self,
        num_qubits: int,
        default_probabilities: ArrayLike,
        sensitivities: ArrayLike,
        losses_given_default: ArrayLike = 1.0,
        *,
        num_std: float | None = None,
        conditional: Conditional = "exact",
        tolerance: float = 1e-6,
        most_qubits: int = MOST_QUBITS,
        name: str = "P(defaults)",
        **fit_options: Any,
    ) -> None:
        size = check.integer(num_qubits, "num_qubits", minimum=1)
        if size > _MOST_FACTOR_QUBITS:
            raise ValueError(
                f"num_qubits must be at most {_MOST_FACTOR_QUBITS}, and 2 or 3 do, got {size}"
            )
        self._obligors = Obligors(default_probabilities, sensitivities, losses_given_default)
        count = self._obligors.num_obligors
        self.most_qubits = check.integer(most_qubits, "most_qubits", minimum=1)
        """Qubits up to which all patterns of defaults may be listed."""
        check.one_of(conditional, get_args(Conditional), "conditional")
        if conditional == "linear" and num_std is None:
            raise ValueError('conditional "linear" needs num_std, an equidistant grid')
        target = _factor(size, num_std)
        self._factor = QuantumWalkUncertaintyModel(target, tolerance=tolerance, **fit_options)
        self._defaults = _defaults(self._obligors, target, moved=num_std is None)
        self._angles = 2 * np.arcsin(np.sqrt(self._defaults))
        if conditional == "linear":
            self._angles = _linear_angles(self._obligors, target.values)
        super().__init__(
            QuantumRegister(size, "factor"), QuantumRegister(count, "obligor"), name=name
        )
        for gate, qubits in self._gates():
            self.append(gate, qubits)

    def _gates(self) -> list[tuple[Gate, list[int]]]:
        """The walk of the factor, and a rotation for each obligor, with their qubits."""
        size = self._factor.num_qubits
        gates = [(self._factor.data[0].operation, list(range(size)))]
        for place, row in enumerate(self._angles):
            # OpenQASM 2 wants names of their own, other than the registers'.
            gate = _rotation(row, size, f"obligor{place}_given_factor")
            gates.append((gate, [*range(size), size + place]))
        return gates

    @property
    def registers(self) -> tuple[Register, ...]:
        """One register per obligor, which holds what it loses; the factor's is traced out."""
        return tuple(
            Register(f"obligor{place}", (qubit,), np.array([0.0, amount]))
            for place, (qubit, amount) in enumerate(
                zip(self.value_qubits, self._obligors.losses_given_default, strict=True)
            )
        )

    @property
    def prices(self) -> tuple[Price]:
        """The loss, the sum of all registers' values."""
        each = prices_of(self.registers)
        return (Price(total(price.sum for price in each)),)

    @property
    def target_law(self) -> Law:
        """The law of the obligors' defaults that the circuit should load."""
        return self._law(self._factor.probabilities, self._defaults)

    @property
    def loaded_law(self) -> Law:
        """The law of the obligors' defaults that the circuit loads.

        Raises:
            ValueError: The circuit has been changed.
        """
        found = [
            (step.operation, [self.find_bit(qubit).index for qubit in step.qubits])
            for step in gates_of(self)
        ]
        if found != self._gates():
            raise ValueError(
                f"what a changed circuit loads is computed on up to {MOST_QUBITS} qubits, got "
                f"{self.num_qubits}"
            )
        return self._law(self._factor.loaded_probabilities, np.sin(self._angles / 2) ** 2)

    def _law(self, factor: Array, defaults: Array) -> Law:
        """Defaults that are independent given the factor, which is summed over."""
        given = [
            (np.stack([1 - chances, chances], axis=1), (_FACTOR, place))
            for place, chances in enumerate(defaults)
        ]
        return Law(((factor, (_FACTOR,)), *given))

    @property
    def obligors(self) -> Obligors:
        """The obligors, which know the distribution of their losses without a grid."""
        return self._obligors

    @property
    def fit_result(self) -> FitResult:
        """The fit of the factor; its target has the factor's values and probabilities."""
        return self._factor.fit_result

    @property
    def value_qubits(self) -> list[int]:
        """The qubits of the obligors, the first one first."""
        return list(range(self._factor.num_qubits, self._factor.num_qubits + len(self._defaults)))

    @property
    def conditional_probabilities(self) -> Array:
        """Default probability of each obligor at each value of the factor, shape ``(k, 2**n)``."""
        return np.array(self._defaults)

    @property
    def defaults(self) -> Array:
        """The patterns of defaults, 1 for each obligor that defaults, shape ``(2**k, k)``.

        ``price(FunctionPayoff(..., values_per_point=k), model, values=model.defaults)`` takes them
        in place of the losses.
        """
        self._refuse_many("defaults")
        count = len(self._defaults)
        return np.asarray(np.arange(2**count)[:, None] >> np.arange(count) & 1, dtype=float)

    @property
    def values(self) -> Array:
        """Loss of each pattern of defaults, shape ``(2**k,)``.

        Raises:
            ValueError: There are more than ``most_qubits`` qubits.
        """
        return np.asarray(self.defaults @ self._obligors.losses_given_default)

    @property
    def probabilities(self) -> Array:
        """Probabilities of the patterns on the factor's grid, in the order of `values`.

        Raises:
            ValueError: There are more than ``most_qubits`` qubits.
        """
        self._refuse_many("probabilities")
        weights = self._factor.probabilities
        return np.asarray(pattern_probabilities(self._defaults) @ weights)

    @property
    def loaded_probabilities(self) -> Array:
        """What the circuit loads, in the order of `values`, computed from its state vector.

        Raises:
            ValueError: There are more than ``most_qubits`` qubits, or a changed circuit has free
                parameters or does not consist of gates.
        """
        self._refuse_many("loaded_probabilities")
        return read_probabilities(self, self.value_qubits)

    def grid_error(self) -> float:
        """Total variation between `probabilities` and those without a grid."""
        return total_variation(self.probabilities, self._obligors.joint_probabilities())

    def _refuse_many(self, what: str) -> None:
        refuse_many(what, self.num_qubits, self.most_qubits)

    def __repr__(self) -> str:
        return (
            f"<CreditModel: {self._obligors.num_obligors} obligors, factor on "
            f"{self._factor.num_qubits} qubits, {count_two_qubit_gates(self)} two-qubit gates>"
        )

    def _heading(self) -> str:
        return f"{self._obligors.num_obligors} obligors on {self.num_qubits} qubits"

    def _rows(self) -> list[Row]:
        rows = [
            *self._obligors._rows(),
            ("walk of the factor", repr(self.fit_result.walk), ""),
            ("two-qubit gates", count_two_qubit_gates(self), ""),
        ]
        if self.num_qubits > self.most_qubits:
            return [*rows, ("total variation", self.fit_result.total_variation, "of the factor")]
        loaded = total_variation(self.loaded_probabilities, self.probabilities)
        return [
            *rows,
            ("total variation", loaded, "circuit from grid"),
            ("", self.grid_error(), "grid from no grid"),
        ]

    def _note(self) -> str:
        return self.fit_result.message


def _factor(num_qubits: int, num_std: float | None) -> TargetDistribution:
    """The standard normal factor on its grid."""
    if num_std is not None:
        reach = check.positive(num_std, "num_std")
        return TargetDistribution.normal(num_qubits, 0, 1, (-reach, reach))
    from scipy.special import roots_hermitenorm

    nodes, weights = roots_hermitenorm(2**num_qubits)
    return TargetDistribution(weights / weights.sum(), axes=nodes)


def _defaults(obligors: Obligors, factor: TargetDistribution, *, moved: bool) -> Array:
    """Default probability of each obligor at each value of the factor, shape ``(k, 2**n)``.

    Args:
        obligors: The obligors.
        factor: The factor.
        moved: Whether the thresholds are moved so that the default probabilities are exact.
    """
    if not moved:
        return obligors.conditional_probabilities(factor.values)
    thresholds = [
        _threshold(chance, share, factor)
        for chance, share in zip(
            obligors.default_probabilities, obligors.sensitivities, strict=True
        )
    ]
    return obligors.given_thresholds(thresholds, factor.values)


def _threshold(chance: float, share: float, factor: TargetDistribution) -> float:
    """The threshold with which an obligor's default probability is right on the grid."""
    from scipy.optimize import brentq
    from scipy.special import ndtr, ndtri

    moves, scale = np.sqrt(share) * factor.values, np.sqrt(1 - share)

    def excess(threshold: float) -> float:
        return float(factor.probabilities @ ndtr((threshold - moves) / scale)) - chance

    # At the ends every value of the factor gives less, or more, than the probability wanted.
    middle = scale * ndtri(chance)
    return float(brentq(excess, middle + moves.min() - 1, middle + moves.max() + 1, xtol=1e-15))


def _rotation(angles: Array, num_controls: int, name: str) -> Gate:
    """RY of an obligor by the angle at each value of the factor, up to signs of basis states."""
    circuit = QuantumCircuit(num_controls + 1, name=name)
    rotations = nonzero_rotations(angles)
    append_walsh_ry_on_zero(circuit, rotations, range(num_controls), num_controls)
    return circuit.to_gate()


def _linear_angles(obligors: Obligors, factor: Array) -> Array:
    """Angles of the obligors' rotations, linearised at ``z = 0``, shape ``(k, 2**n)``.

    The derivative of ``2 arcsin(sqrt(Phi(a - b z)))`` at 0 is ``-b phi(a) / sqrt(Phi(a) (1 -
    Phi(a)))``, where ``b = sqrt(rho / (1 - rho))``.
    """
    from scipy.special import log_ndtr, ndtr, ndtri

    shares = np.array(obligors.sensitivities)
    places = ndtri(obligors.default_probabilities) / np.sqrt(1 - shares)
    logarithms = -(places**2) - np.log(2 * np.pi) - log_ndtr(places) - log_ndtr(-places)
    slopes = -np.sqrt(shares / (1 - shares)) * np.exp(logarithms / 2)
    return np.asarray(2 * np.arcsin(np.sqrt(ndtr(places)))[:, None] + np.outer(slopes, factor))
