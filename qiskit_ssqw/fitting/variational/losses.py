"""What a variational fit minimises: functions of sampled probabilities."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.metrics import kl_divergence, mean_squared_error
from qiskit_ssqw.targets import TargetDistribution, TargetState

LossName = Literal["mse", "kl", "cross_entropy", "mmd"]
Loss = Callable[[Array, Array], float]

FLOOR = 1e-10
"""Sampled probabilities below this count as this in logarithms."""

_KERNEL_WIDTHS = (0.5, 1.0, 2.0, 4.0)


def loss_function(
    loss: LossName | Loss, target: TargetDistribution | TargetState
) -> Callable[[Array], float]:
    """Return the loss as a function of the sampled probabilities ``q``, one number per site.

    - ``"mse"``: mean of the squared differences, over the sites.
    - ``"kl"``: Kullback-Leibler divergence ``sum p log(p / q)``.
    - ``"cross_entropy"``: ``-sum p log q``, which is ``"kl"`` plus the entropy of the target.
    - ``"mmd"``: squared maximum mean discrepancy ``(p - q) K (p - q)``, with the mean of Gaussian
      kernels of widths 0.5, 1, 2 and 4 sites (Liu and Wang, arXiv:1804.04168).

    Args:
        loss: Which one, or a function of ``p`` and ``q``.
        target: The distribution ``p``.
    """
    p = target.probabilities.ravel()
    if callable(loss):
        return lambda q: loss(p, q)
    if loss == "mse":
        return lambda q: mean_squared_error(p, q)
    if loss == "kl":
        return lambda q: kl_divergence(p, np.maximum(q, FLOOR))
    if loss == "cross_entropy":
        return lambda q: -float(p @ np.log(np.maximum(q, FLOOR)))
    kernel = _kernel(target)
    return lambda q: float((p - q) @ kernel @ (p - q))


def _kernel(target: TargetDistribution | TargetState) -> Array:
    """Mean of Gaussian kernels between all sites, shape ``(sites, sites)``."""
    shape = target.probabilities.shape
    sites = np.stack(np.unravel_index(np.arange(target.probabilities.size), shape), axis=1)
    squares = np.sum((sites[:, None] - sites[None]) ** 2, axis=2)
    kernels = [np.exp(-squares / (2 * width**2)) for width in _KERNEL_WIDTHS]
    mean: Array = np.mean(kernels, axis=0)
    return mean
