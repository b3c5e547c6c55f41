"""Compare the small-angle payoff circuit of qiskit-finance with the exact one.

Run with ``python benchmarks/linear_payoff.py``. The circuit is built of Qiskit's current gates; any
piecewise linear payoff on equidistant prices can be given to `encode_linearly`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from instance import CALL, MARKET
from numpy.typing import NDArray
from qiskit import QuantumCircuit, transpile
from qiskit.circuit.library import LinearAmplitudeFunctionGate
from running import run_script

from qiskit_ssqw import QuantumWalkUncertaintyModel
from qiskit_ssqw.finance import OptionPricing, Payoff, PiecewiseLinear
from qiskit_ssqw.finance.encodings import EncodedPayoff, PayoffEncoding
from qiskit_ssqw.finance.gates import count_two_qubit_gates
from qiskit_ssqw.finance.grover import AmplitudeParts, GroverIterate
from qiskit_ssqw.finance.payoffs.base import is_at

FACTORS = (0.25, 0.1, 0.05)


@dataclass(frozen=True)
class LinearEncoding(PayoffEncoding):
    """Comparators and rotations by small angles, whose sine is taken for the angle.

    ``P(1) = sin(pi/4 + c pi/2 (f - 1/2))**2`` with the payoff ``f`` scaled to [0, 1], read as
    ``1/2 + c pi/2 (f - 1/2)`` (Stamatopoulos et al., arXiv:1905.02666, section 3.3). The bias is
    of order ``c**2``, the statistical error of order ``1 / c``. It takes as many ancillas as
    value qubits.

    Args:
        payoff: The piecewise linear payoff.
        values: Grid points, equidistant, shape ``(2**n,)``.
        rescaling_factor: The small number ``c``.
    """

    payoff: PiecewiseLinear
    values: NDArray[np.float64]
    rescaling_factor: float

    @property
    def num_value_qubits(self) -> int:  # type: ignore[override]
        return len(self.values).bit_length() - 1

    @property
    def num_ancillas(self) -> int:  # type: ignore[override]
        return self.num_value_qubits

    @property
    def image(self) -> tuple[float, float]:
        """Lowest and highest payoff on the grid."""
        payments = self.payoff(self.values)
        return float(payments.min()), float(payments.max())

    @property
    def low(self) -> float:  # type: ignore[override]
        return self._inverted(0.0)

    @property
    def high(self) -> float:  # type: ignore[override]
        return self._inverted(1.0)

    def _inverted(self, amplitude: float) -> float:
        fraction = 0.5 + (amplitude - 0.5) * 2 / (np.pi * self.rescaling_factor)
        low, high = self.image
        return float(low + (high - low) * fraction)

    @property
    def shown(self) -> NDArray[np.float64]:
        low, high = self.image
        fractions = (self.payoff(self.values) - low) / (high - low)
        angles = np.pi / 4 + self.rescaling_factor * np.pi / 2 * (fractions - 0.5)
        return np.asarray(np.sin(angles) ** 2)

    def circuit(self) -> QuantumCircuit:
        size = self.num_value_qubits
        starts, slopes, offsets = self._pieces()
        gate = LinearAmplitudeFunctionGate(
            size,
            slopes,
            offsets,
            (float(self.values[0]), float(self.values[-1])),
            self.image,
            self.rescaling_factor,
            starts,
        )
        circuit = QuantumCircuit(2 * size + 1, name="payoff")
        circuit.append(gate, range(gate.num_qubits))
        return transpile(circuit, basis_gates=["ry", "u", "cx"], optimization_level=1)

    def reflection(self) -> QuantumCircuit:
        rotation = self.circuit()
        circuit = rotation.copy()
        circuit.z(self.num_value_qubits)
        circuit.compose(rotation.inverse(), inplace=True)
        return circuit

    def _pieces(self) -> tuple[list[float], list[float], list[float]]:
        """Start, slope and value at the start of each piece that has grid points.

        A piece starts half a cell below its first grid point, out of reach of rounding. A strike
        that is a grid point but for rounding is that grid point, as for the payoff.
        """
        strikes = np.array(self.payoff.breakpoints)
        nearest = self.values[np.abs(strikes[:, None] - self.values).argmin(axis=1)]
        places = np.where(is_at(nearest, strikes), nearest, strikes)
        first = np.append(0, np.searchsorted(self.values, places))
        used = np.append(first[:-1] < first[1:], first[-1] < len(self.values))
        low, cell = self.values[0], self.values[1] - self.values[0]
        starts = np.maximum(low, low + (first[used] - 0.5) * cell)
        slopes = np.array(self.payoff.slopes)[used]
        anchors = np.append(strikes[:1], strikes)[used]
        offsets = np.array(self.payoff.offsets)[used] + slopes * (starts - anchors)
        return starts.tolist(), slopes.tolist(), offsets.tolist()


def encode_linearly(
    payoff: Payoff, values: NDArray[np.float64], rescaling_factor: float
) -> EncodedPayoff:
    """The payoff as one rotation by small angles.

    Args:
        payoff: A piecewise linear payoff.
        values: Grid points, shape ``(2**n,)``.
        rescaling_factor: The small number ``c``.

    Raises:
        TypeError: The payoff is not piecewise linear.
        ValueError: The points are not ascending and equidistant.
    """
    if not isinstance(payoff, PiecewiseLinear):
        raise TypeError(f"a linear encoding needs a piecewise linear payoff, got the {payoff.name}")
    cells = np.diff(values, axis=0)
    if values.ndim > 1 or cells.min() <= 0 or not np.allclose(cells, cells[0], atol=0):
        raise ValueError("a linear encoding needs ascending, equidistant grid points")
    return EncodedPayoff("linear", 0.0, (LinearEncoding(payoff, values, rescaling_factor),))


def main() -> None:
    """Print bias, calls and gates of both circuits on the reference call."""
    print("qubits  circuit         price error  calls, exact = 1  CX of an iterate")
    for size in (3, 4, 5):
        model = QuantumWalkUncertaintyModel.from_black_scholes(
            size, **MARKET, num_std=3, rule="pdf", seed=1
        )
        application = OptionPricing(CALL, model)
        exact = application.encoded
        rows = {"exact": exact} | {
            f"linear, c={c:g}": encode_linearly(CALL, model.values, c) for c in FACTORS
        }
        for name, encoded in rows.items():
            value = application.loader.loaded @ encoded.payments
            error = value / application.loaded_value - 1
            (part,) = encoded.parts
            iterate = GroverIterate(AmplitudeParts.of(application.loader, part, None)).inner
            print(
                f"{size:>6}  {name:<16}{error:>+11.2%}{encoded.range / exact.range:>18.1f}"
                f"{count_two_qubit_gates(iterate):>18}"
            )


if __name__ == "__main__":
    run_script(main)
