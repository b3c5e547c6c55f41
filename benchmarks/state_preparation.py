"""On which targets Qiskit's StatePreparation raises an error, for the Qiskit that is installed.

It needs Qiskit and NumPy only, so that any version of Qiskit can be tried in an environment of its
own.
"""

import numpy as np
import qiskit
from qiskit.circuit.library import StatePreparation
from running import run_script

SIZES = range(5, 13)


def targets(num_qubits: int) -> dict[str, np.ndarray]:
    """Unnormalised probabilities by name."""
    x = np.linspace(-1.0, 1.0, 2**num_qubits)
    variance = 0.4**2 * 40 / 365  # of the logarithm, in the call of qiskit-finance's tutorial
    spread = np.sqrt(np.expm1(variance))
    weights = {}
    for width in (3, 4):
        price = 1 + width * spread * x
        density = np.exp(-((np.log(price) + variance / 2) ** 2) / (2 * variance)) / price
        weights[f"log-normal, density, {width} std"] = density
    for width in (1, 3, 5):
        weights[f"normal, density, {width} std"] = np.exp(-((width * x) ** 2) / 2)
    return weights | {
        "two humps": np.exp(-((8 * x - 3) ** 2) / 2) + np.exp(-((8 * x + 3) ** 2) / 2),
        "Student t(3)": (1 + (4 * x) ** 2 / 3) ** -2.0,
        "straight line": 1 + 0.3 * x,
        "exponential": np.exp(-3 * x),
        "uniform": np.ones_like(x),
        "random": np.random.default_rng(1).random(x.size),
    }


def is_loaded(weights: np.ndarray) -> bool:
    """Whether the circuit can be built."""
    try:
        return StatePreparation(np.sqrt(weights / weights.sum())).definition is not None
    except ValueError:
        return False


def main() -> None:
    """Print a table: a dot where the circuit is built, x where an error is raised."""
    print(f"Qiskit {qiskit.__version__}{'qubits':>18}" + "".join(f"{n:>4}" for n in SIZES))
    for name in targets(1):
        marks = [is_loaded(targets(size)[name]) for size in SIZES]
        print(f"{name:<30}" + "".join(f"{'.' if mark else 'x':>4}" for mark in marks))


if __name__ == "__main__":
    run_script(main)
