"""Samplers of any make: fresh seeds for their runs, and what they tell about themselves."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import numpy as np

from qiskit_ssqw._stack import level_outside

Maker: TypeAlias = Callable[..., Any]
"""Makes a sampler when it is called with ``seed=`` an integer, such as the class of one."""

_SEEDS = (
    ("seed",),
    ("options", "seed_simulator"),
    ("options", "run_options", "seed_simulator"),
    ("options", "backend_options", "seed_simulator"),
    ("options", "simulator", "seed_simulator"),
)
"""Where samplers of Qiskit, Aer and the IBM runtime keep a seed."""


_SPOILING: dict[tuple[str, ...], tuple[Any, ...]] = {
    ("execution", "meas_type"): ("kerneled", "avg_kerneled"),
    ("execution", "init_qubits"): (False,),
    ("run_options", "meas_level"): (0, 1),
    ("run_options", "init_qubits"): (False,),
}
"""Options of the samplers of the IBM runtime and of backends that change what is measured."""

_NOISE_MODELS = (("options", "simulator", "noise_model"), ("options", "run_options", "noise_model"))
"""Where samplers keep a noise model that counts instead of their backend's."""


class RepeatedSeedWarning(UserWarning):
    """A sampler begins each of its runs with the same seed, so they are not independent."""


def is_sampler(value: Any) -> bool:
    """Whether a value can run circuits."""
    return not isinstance(value, type) and callable(getattr(value, "run", None))


def check_sampler(value: Any) -> None:
    """Check that a value is a sampler or may make one.

    Raises:
        TypeError: It is neither.
    """
    if not is_sampler(value) and not callable(value):
        raise TypeError(
            "sampler must be a function of seed that makes a SamplerV2, or one with its method "
            f"run, got {value!r}"
        )
    providers = sys.modules.get("qiskit.providers")  # without it, nothing is a backend
    if providers is not None and isinstance(value, providers.BackendV2):
        raise TypeError(
            f"sampler must be a SamplerV2, got the backend {value.name}: give "
            "BackendSamplerV2(backend=...), or Aer's or the runtime's sampler of it"
        )


def check_options(sampler: Any) -> None:
    """Check that a sampler's options let it return bits, of qubits that begin in 0.

    Raises:
        ValueError: They do not.
    """
    for path, bad in _SPOILING.items():
        value = _look_up(sampler, "options", *path)
        if isinstance(value, (str, int)) and value in bad:
            name = ".".join(("options", *path))
            raise ValueError(
                f"the sampler must return bits of qubits that begin in 0, got {name}={value!r}: "
                "leave that option out"
            )


def make_sampler(make: Maker, seed: int) -> Any:
    """Make a sampler with a seed.

    Raises:
        TypeError: What is made cannot run circuits.
    """
    sampler = make(seed=seed)
    if not is_sampler(sampler):
        raise TypeError(f"sampler must make a SamplerV2 with its method run, got {sampler!r}")
    return sampler


class FreshSeeds:
    """Runs each circuit on a sampler with a new seed, so that all samples are independent.

    Samplers with a seed begin each run, and some each circuit, with the same pseudo-random numbers.

    Args:
        make: Makes a sampler from its seed.
        rng: Draws the seeds.
    """

    def __init__(self, make: Maker, rng: np.random.Generator) -> None:
        self._make, self._rng = make, rng
        self.example = self._new()
        """One of the samplers, whose options are those of all."""

    def run(self, pubs: Iterable[Any]) -> Finished:
        """Run circuits, one after the other."""
        return Finished([self._new().run([pub]).result()[0] for pub in pubs])

    def of(self, make: Maker) -> FreshSeeds:
        """The same with samplers of another make, from the same source of seeds."""
        return FreshSeeds(make, self._rng)

    def _new(self) -> Any:
        return make_sampler(self._make, int(self._rng.integers(2**32)))


class Finished:
    """A job whose results are there.

    Args:
        results: One per circuit.
    """

    def __init__(self, results: list[Any]) -> None:
        self._results = results

    def result(self) -> list[Any]:
        """The results, one per circuit."""
        return self._results


def default_shots(sampler: Any) -> int | None:
    """How often a sampler measures a circuit that does not say how often, if it tells."""
    named = [_look_up(sampler, "default_shots"), _look_up(sampler, "options", "default_shots")]
    return next((int(shots) for shots in named if _is_integer(shots)), None)


def backend_of(sampler: Any) -> Any:
    """The backend of a sampler, or ``None`` if it has none."""
    backend = getattr(sampler, "backend", None)
    if backend is None:
        return getattr(sampler, "_backend", None)  # Aer's sampler does not show it
    return backend() if callable(backend) else backend  # a method in the IBM runtime


def noise_model_of(sampler: Any) -> Any:
    """The noise model in a sampler's options, or ``None`` if there is none."""
    found = (_look_up(sampler, *path) for path in _NOISE_MODELS)
    return next((model for model in found if hasattr(model, "noise_instructions")), None)


def is_twirled(sampler: Any) -> bool:
    """Whether a sampler of the IBM runtime turns gates or measurements about at random."""
    kinds = ("enable_gates", "enable_measure")
    return any(_look_up(sampler, "options", "twirling", kind) is True for kind in kinds)


def warn_of_repeated_seeds(sampler: Any, consequence: str) -> None:
    """Warn if a sampler begins each run with the same seed.

    Args:
        sampler: The sampler.
        consequence: What follows from it, as the end of a sentence.

    Warns:
        RepeatedSeedWarning: It does.
    """
    places = [_look_up(sampler, *path) for path in _SEEDS]
    places.append(_look_up(backend_of(sampler), "options", "seed_simulator"))
    seed = next((seed for seed in places if _is_integer(seed)), None)
    if seed is not None:
        warnings.warn(
            f"The sampler begins each run with the seed {seed}, so {consequence}. Pass its class, "
            "or a function of seed that makes it, and each circuit gets a seed of its own.",
            RepeatedSeedWarning,
            stacklevel=level_outside(),
        )


def _look_up(holder: Any, *path: str) -> Any:
    for name in path:
        holder = holder.get(name) if isinstance(holder, dict) else getattr(holder, name, None)
    return holder


def _is_integer(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)
