"""How long circuits take on a simulator, about."""

from __future__ import annotations

from collections.abc import Sequence

_SECONDS_PER_GATE = 1e-4
"""Building, transpiling and simulating a CX and its neighbours on few qubits, on one core."""

_SECONDS_PER_AMPLITUDE = 1e-8
"""What a simulator adds to that for each amplitude of the state."""

_SECONDS_PER_QUBIT = 1e-5
"""What one of matrix product states adds for each qubit: gates bring theirs together by swaps."""

SECONDS_PER_CIRCUIT = 3e-3
"""Of a simulator's job of one circuit, which only sets a state."""

SECONDS_PER_SHOT = 1.5e-6
"""Of a simulator's shot on one qubit, counted."""


def seconds_per_iterate(
    iterate_cx: int, num_qubits: int, *, products: bool = False, noisy_shots: float | None = None
) -> float:
    """Time that one Grover iterate takes on a simulator, building and transpiling included.

    Args:
        iterate_cx: CX of the iterate.
        num_qubits: Qubits of the circuit.
        products: Whether the simulator holds matrix product states, whose bonds payoffs of sums
            over registers keep small, instead of state vectors.
        noisy_shots: Shots of a circuit with errors, of which a simulator runs each by itself, or
            holds a density matrix.
    """
    amplitudes = 2.0 ** min(num_qubits, 500)
    if noisy_shots is not None:
        amplitudes *= min(amplitudes, noisy_shots)
    if products:
        per_gate = _SECONDS_PER_GATE + _SECONDS_PER_QUBIT * num_qubits
    else:
        per_gate = _SECONDS_PER_GATE + _SECONDS_PER_AMPLITUDE * amplitudes
    return max(iterate_cx, 1) * per_gate


def duration(seconds: float) -> str:
    """A time in the largest unit of which there are two."""
    units: Sequence[tuple[str, float]] = (
        ("years", 365.25 * 86400),
        ("days", 86400),
        ("hours", 3600),
        ("minutes", 60),
    )
    for unit, size in units:
        if seconds >= 2 * size:
            return f"{seconds / size:,.0f} {unit}"
    return f"{seconds:.0f} seconds" if seconds >= 1 else f"{seconds:.2g} seconds"
