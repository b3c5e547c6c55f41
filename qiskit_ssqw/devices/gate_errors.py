"""The errors of a device's gates without those of its measurements."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from qiskit_ssqw.devices.noise import DeviceNoise


class GateErrors(DeviceNoise):
    """What is known of a device, as if measurements were right.

    Args:
        noise: Its errors.
    """

    def __init__(self, noise: DeviceNoise) -> None:
        self._noise = noise

    @property
    def whole(self) -> DeviceNoise:
        """The errors with those of measurements."""
        return self._noise

    @property
    def num_qubits(self) -> int | None:
        return self._noise.num_qubits

    @property
    def exists(self) -> bool:
        return self._noise.exists

    def depolarised(self, name: str, qubits: Sequence[int]) -> float:
        return self._noise.depolarised(name, qubits)

    def flips(self, qubit: int) -> tuple[float, float]:
        return 0.0, 0.0

    def _stated(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        return (gate for gate in self._noise._stated() if gate[0] != "measure")

    def noise_model(self, qubits: Sequence[int]) -> Any:
        return self._noise.noise_model(qubits)
