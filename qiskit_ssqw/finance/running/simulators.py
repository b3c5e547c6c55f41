"""Aer's samplers: state vectors of few qubits, and matrix product states of many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from qiskit import QuantumCircuit
from qiskit.primitives import BaseSamplerV2, StatevectorSampler

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array
from qiskit_ssqw._samplers import backend_of

DEFAULT_SHOTS = 100
"""Of samplers that do not name a default."""

MOST_QUBITS = 20
"""Wider states are not held as vectors, unless a sampler does so."""

_PRODUCTS: dict[str, Any] = {
    "method": "matrix_product_state",
    # As a gate's qubits are brought together, it matters which of them moves: here the bonds of a
    # Grover iterate stay smaller, and it takes a third of the time on 32 qubits.
    "mps_swap_direction": "mps_swap_right",
    "matrix_product_state_truncation_threshold": 1e-12,
}
"""Options of Aer; its own threshold, 1e-16, keeps bonds that are rounding."""

_PRECISE = {
    "method": "matrix_product_state",
    "matrix_product_state_truncation_threshold": 1e-16,
}
"""For A alone, which takes no time at Aer's own direction of swaps, however many the qubits."""

_ROUGH = {**_PRODUCTS, "matrix_product_state_truncation_threshold": 1e-10}
"""For a check: a third of the time where bonds are many."""


def aer_sampler(seed: int) -> BaseSamplerV2:
    """Aer's sampler."""
    from qiskit_aer.primitives import SamplerV2

    return SamplerV2(default_shots=DEFAULT_SHOTS, seed=seed)


def matrix_product_sampler(seed: int | None = None) -> BaseSamplerV2:
    """Aer's sampler on matrix product states, which takes circuits of many qubits.

    As ``sampler=matrix_product_sampler`` of `price` it runs every circuit gate by gate. Its time
    grows with the entanglement across the line of qubits, which the circuits of payoffs of sums
    over registers keep small, and with the distance of a gate's qubits.

    Args:
        seed: Of the random numbers.

    Raises:
        TypeError: ``seed`` is no integer.
        ValueError: It is negative.

    Examples:
        >>> from qiskit import QuantumCircuit
        >>> from qiskit_ssqw.finance import matrix_product_sampler
        >>> circuit = QuantumCircuit(50)
        >>> circuit.measure_all()
        >>> result = matrix_product_sampler(1).run([circuit], shots=10).result()[0]
        >>> result.data.meas.num_shots
        10
    """
    from qiskit_aer.primitives import SamplerV2

    if check.seed(seed) is not None:  # of any size, of which Aer takes 64 bits
        seed = int(np.random.SeedSequence(seed).generate_state(1)[0])
    return SamplerV2(default_shots=DEFAULT_SHOTS, seed=seed, options={"backend_options": _PRODUCTS})


def holds_products(sampler: Any) -> bool:
    """Whether a sampler's time on many qubits is at most that of matrix product states.

    Samplers that hold state vectors do not, and nobody knows of others; devices are fast.
    """
    if isinstance(sampler, StatevectorSampler):
        return False
    method = getattr(getattr(backend_of(sampler), "options", None), "method", None)
    return method in (None, _PRODUCTS["method"])


def chances_of_words(
    stages: Sequence[QuantumCircuit], qubits: Sequence[int], *, precise: bool = False
) -> list[Array]:
    """Probabilities of what some qubits hold after each of some circuits, by matrix products.

    Args:
        stages: Circuits of plain gates, each run on the state that those before it leave.
        qubits: The qubits, least significant first; few of them.
        precise: Whether bonds are cut off at rounding only. Otherwise probabilities may be off by
            some 1e-4.

    Returns:
        For each stage, shape ``(2**len(qubits),)``.

    Raises:
        RuntimeError: The simulator fails, for want of memory for example.
    """
    from qiskit_aer import AerSimulator

    watched = stages[0].copy_empty_like()
    for number, stage in enumerate(stages):
        watched.compose(stage, inplace=True)
        watched.save_probabilities(list(qubits), label=str(number))
    options = _PRECISE if precise else _ROUGH
    result = AerSimulator(**options).run(watched).result()
    if not result.success:
        raise RuntimeError(
            f"Aer's matrix product states failed on {watched.num_qubits} qubits: {result.status}"
        )
    return [np.asarray(result.data(0)[str(number)]) for number in range(len(stages))]
