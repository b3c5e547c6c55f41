"""What devices get wrong, and what can be done about it."""

from __future__ import annotations

from qiskit_ssqw.devices.device_fit import DeviceFit
from qiskit_ssqw.devices.executor import estimate_on_executor, noise_maps
from qiskit_ssqw.devices.extrapolation import Extrapolation, extrapolate
from qiskit_ssqw.devices.fit_for import fit_for
from qiskit_ssqw.devices.folding import fold_two_qubit_gates, folding_factor
from qiskit_ssqw.devices.mitigated import MitigatedMean
from qiskit_ssqw.devices.mitigation import Mitigation
from qiskit_ssqw.devices.noise import DeviceNoise
from qiskit_ssqw.devices.readout import ReadoutInversion

__all__ = [
    "DeviceFit",
    "DeviceNoise",
    "Extrapolation",
    "MitigatedMean",
    "Mitigation",
    "ReadoutInversion",
    "estimate_on_executor",
    "extrapolate",
    "fit_for",
    "fold_two_qubit_gates",
    "folding_factor",
    "noise_maps",
]
