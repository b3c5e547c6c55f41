"""This package: the multiscale walk within a tolerance."""

import numpy as np
from protocol import serve

from qiskit_ssqw import SSQWDistribution, TargetDistribution, fit


def build(amplitudes: np.ndarray, tolerance: float, seed: int) -> SSQWDistribution:
    result = fit(TargetDistribution(amplitudes**2, (0, 1)), tolerance=tolerance, seed=seed)
    if not result.success:
        raise RuntimeError(result.message)
    return SSQWDistribution(result.walk)


if __name__ == "__main__":
    serve(build)
