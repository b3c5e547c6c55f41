"""What devices get wrong, and what can be done about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qiskit_ssqw._lazy import importer

if TYPE_CHECKING:
    from qiskit_ssqw.devices.device_fit import DeviceFit
    from qiskit_ssqw.devices.executor import estimate_on_executor, noise_maps
    from qiskit_ssqw.devices.extrapolation import Extrapolation, extrapolate
    from qiskit_ssqw.devices.fitting import fit_for
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

__getattr__ = importer(
    __name__,
    {
        "DeviceFit": "device_fit",
        "DeviceNoise": "noise",
        "Extrapolation": "extrapolation",
        "MitigatedMean": "mitigated",
        "Mitigation": "mitigation",
        "ReadoutInversion": "readout",
        "estimate_on_executor": "executor",
        "extrapolate": "extrapolation",
        "fit_for": "fitting",
        "fold_two_qubit_gates": "folding",
        "folding_factor": "folding",
        "noise_maps": "executor",
    },
)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
