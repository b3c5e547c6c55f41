"""Pictures of walks, fits, loaders and prices; needs matplotlib (extra ``plot``)."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qiskit_ssqw.visualization.angles import plot_angles as plot_angles
    from qiskit_ssqw.visualization.device import plot_walk_layout as plot_walk_layout
    from qiskit_ssqw.visualization.distributions import plot_images as plot_images
    from qiskit_ssqw.visualization.distributions import (
        plot_loaded_distribution as plot_loaded_distribution,
    )
    from qiskit_ssqw.visualization.distributions import plot_payoff as plot_payoff
    from qiskit_ssqw.visualization.figures import new_axes as new_axes
    from qiskit_ssqw.visualization.fits import plot_convergence as plot_convergence
    from qiskit_ssqw.visualization.prices import plot_estimation as plot_estimation
    from qiskit_ssqw.visualization.walker import animate_walker as animate_walker
    from qiskit_ssqw.visualization.walker import plot_walker as plot_walker
else:
    from qiskit_ssqw._lazy import on_first_use

    __all__, __getattr__, __dir__ = on_first_use(__name__)
