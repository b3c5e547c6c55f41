"""This package: the multiscale walk within a tolerance; only probabilities are compared."""

import numpy as np
from protocol import serve

from qiskit_ssqw import SSQWDistribution, TargetDistribution, fit


def build(amplitudes: np.ndarray, tolerance: float, seed: int) -> SSQWDistribution:
    target = TargetDistribution(amplitudes**2, (0, 1))
    result = fit(target, tolerance=tolerance, signs="free", seed=seed)
    if not result.success:
        raise RuntimeError(result.message)
    return SSQWDistribution(result.walk)


if __name__ == "__main__":
    serve(build)
