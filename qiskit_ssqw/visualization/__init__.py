"""Pictures of walks, fits, loaders and prices; needs matplotlib (extra ``plot``)."""

from qiskit_ssqw.visualization.angles import plot_angles
from qiskit_ssqw.visualization.device import plot_walk_layout
from qiskit_ssqw.visualization.distributions import (
    plot_images,
    plot_loaded_distribution,
    plot_payoff,
)
from qiskit_ssqw.visualization.figures import new_axes
from qiskit_ssqw.visualization.fits import plot_convergence
from qiskit_ssqw.visualization.frontier import plot_frontier
from qiskit_ssqw.visualization.prices import plot_estimation
from qiskit_ssqw.visualization.walker import animate_walker, plot_walker

__all__ = [
    "animate_walker",
    "new_axes",
    "plot_angles",
    "plot_convergence",
    "plot_estimation",
    "plot_frontier",
    "plot_images",
    "plot_loaded_distribution",
    "plot_payoff",
    "plot_walk_layout",
    "plot_walker",
]
