"""What devices get wrong, and what can be done about it."""

from __future__ import annotations

from qiskit_ssqw.devices.noise import DeviceNoise

__all__ = ["DeviceNoise"]
