"""Chances of flips as mthree measures them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qiskit_ssqw._samplers import backend_of
from qiskit_ssqw.devices.readout import ReadoutInversion


def calibrated_by_mthree(source: Any, sampler: Any, qubits: Sequence[int]) -> ReadoutInversion:
    """Inversion with mthree's calibration, which is measured if there is none yet.

    Args:
        source: ``"mthree"``, or a ``M3Mitigation``.
        sampler: Whose backend is calibrated for the former.
        qubits: For each classical bit.

    Raises:
        ImportError: mthree is not installed.
        ValueError: The sampler has no backend, or qubits are not calibrated.
    """
    if not isinstance(source, str):
        return ReadoutInversion.of_mthree(source, qubits)
    backend = backend_of(sampler)
    if backend is None:
        raise ValueError(
            'readout="mthree" calibrates the backend of the sampler, which has none: give a '
            "M3Mitigation that is calibrated"
        )
    try:
        from mthree import M3Mitigation
    except ImportError as error:
        raise ImportError(
            'readout="mthree" needs mthree: pip install qiskit-ssqw[mitigation]'
        ) from error
    mitigation = M3Mitigation(backend)
    mitigation.cals_from_system(sorted(set(qubits)))
    return ReadoutInversion.of_mthree(mitigation, qubits)
