"""What devices get wrong, and what can be done about it."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qiskit_ssqw.devices.device_fit import DeviceFit as DeviceFit
    from qiskit_ssqw.devices.executor import estimate_on_executor as estimate_on_executor
    from qiskit_ssqw.devices.executor import noise_maps as noise_maps
    from qiskit_ssqw.devices.extrapolation import Extrapolation as Extrapolation
    from qiskit_ssqw.devices.extrapolation import extrapolate as extrapolate
    from qiskit_ssqw.devices.fitting import fit_for as fit_for
    from qiskit_ssqw.devices.folding import fold_two_qubit_gates as fold_two_qubit_gates
    from qiskit_ssqw.devices.folding import folding_factor as folding_factor
    from qiskit_ssqw.devices.mitigated import MitigatedMean as MitigatedMean
    from qiskit_ssqw.devices.mitigation import Mitigation as Mitigation
    from qiskit_ssqw.devices.noise import DeviceNoise as DeviceNoise
    from qiskit_ssqw.devices.readout import ReadoutInversion as ReadoutInversion
else:
    from qiskit_ssqw._lazy import on_first_use

    __all__, __getattr__, __dir__ = on_first_use(__name__)
