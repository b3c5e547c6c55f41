"""What devices get wrong, and what can be done about it."""

from __future__ import annotations

from qiskit_ssqw.devices.device_fit import DeviceFit
from qiskit_ssqw.devices.fit_for import fit_for
from qiskit_ssqw.devices.noise import DeviceNoise

__all__ = ["DeviceFit", "DeviceNoise", "fit_for"]
