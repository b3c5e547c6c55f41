"""The one entry to fits for a device."""

from __future__ import annotations

from typing import Any

from qiskit.providers import BackendV2
from qiskit.transpiler import Target

from qiskit_ssqw import _validation as check
from qiskit_ssqw.devices.device_fit import DeviceFit
from qiskit_ssqw.devices.gate_errors import GateErrors
from qiskit_ssqw.devices.native import NativeGates
from qiskit_ssqw.devices.noise import DeviceNoise
from qiskit_ssqw.devices.search import MOST_REFITTED, DeviceSearch
from qiskit_ssqw.fitting.entry import draw_seed
from qiskit_ssqw.fitting.result import check_walk
from qiskit_ssqw.targets import TargetDistribution
from qiskit_ssqw.walks import Walk
from qiskit_ssqw.walks.kinds import offered


def fit_for(
    target: TargetDistribution,
    backend: BackendV2 | Target,
    *,
    noise: Any = None,
    walk: Walk | None = None,
    tolerance: float = 1e-3,
    inside_iterates: bool = False,
    refit: bool = True,
    trust: float = 1.0,
    seed: int | None = None,
) -> DeviceFit:
    """Find the walk, its place on a device and its angles for which a target is read best.

    Walks of fewer gates load less well and suffer less; each is put on the line of the device where
    the total variation of what is read is predicted to be least, readout included; and the angles
    of the best are fitted once more, through the device's errors, so that what is read, not what is
    loaded, is close to the target. No circuit is run.

    A refit makes up for errors that are what the device states. It is for samples of the loader:
    inside Grover iterates errors act otherwise.

    Args:
        target: The distribution to read.
        backend: The device, or its target.
        noise: Its errors, as for `DeviceNoise.of`; by default what the backend states.
        walk: The walk to use, of flips; by default several are fitted.
        tolerance: Total variation of the closest fit that competes, strictly between 0 and 1.
        inside_iterates: Whether the loader is for amplitude estimation: then it is not refitted,
            and errors of its measurement do not count, as there is none.
        refit: Whether angles are fitted through the errors, on up to 8 qubits.
        trust: Share of the stated errors for which the refit makes up, above 0 and at most 1.
        seed: Seed of the fits; by default one is drawn and reported in the result.

    Returns:
        The result. Predictions take density matrices, or, on more than 10 qubits, first order.

    Raises:
        TypeError: An argument is something else.
        ValueError: No errors are known, the device has no line of that many qubits, a share or the
            tolerance is out of range, or the walk is of another size than the target.

    Examples:
        >>> from qiskit.providers.fake_provider import GenericBackendV2
        >>> from qiskit.transpiler import CouplingMap
        >>> from qiskit_ssqw import TargetDistribution
        >>> from qiskit_ssqw.devices import fit_for
        >>> line = GenericBackendV2(7, coupling_map=CouplingMap.from_line(7), seed=1)
        >>> result = fit_for(TargetDistribution.normal(3), line, seed=1)
        >>> result.total_variation < min(result.without_refit, result.by_default)
        True
    """
    check.instance(target, TargetDistribution, "target")
    gates = _gates(backend, noise, inside_iterates)
    tolerance = check.open_unit_interval(tolerance, "tolerance")
    if not 0 < check.number(trust, "trust") <= 1:
        raise ValueError(f"trust must be above 0 and at most 1, got {trust}")
    check.flag(inside_iterates, "inside_iterates")
    check.flag(refit, "refit")
    flips = None
    if walk is not None:
        check_walk(walk, target)
        flips = offered(walk, "flips", "fit_for")(walk)
    if target.num_qubits > len(gates.qubits):
        raise ValueError(
            f"the target needs {target.num_qubits} qubits, the device has {len(gates.qubits)}"
        )
    refit = refit and not inside_iterates and target.num_qubits <= MOST_REFITTED
    seed = draw_seed(seed)
    return DeviceSearch(
        target, gates, flips, tolerance, inside_iterates, refit, float(trust), seed
    ).run()


def _gates(backend: Any, noise: Any, inside_iterates: bool) -> NativeGates:
    if not isinstance(backend, (BackendV2, Target)):
        raise TypeError(f"backend must be a backend or a target, got {backend!r}")
    known = DeviceNoise.of(backend if noise is None else noise)
    if known is None:
        raise ValueError(
            f"nothing is known of the errors of {backend!r}: give them as noise=, or use fit"
        )
    device = backend.target if isinstance(backend, BackendV2) else backend
    if not device.num_qubits:
        raise ValueError("the target must say how many qubits the device has")
    return NativeGates(device, GateErrors(known) if inside_iterates else known)
