"""What runs circuits: a sampler, what is known of its errors, and how long it may take."""

from __future__ import annotations

from typing import Any

import numpy as np
from qiskit.primitives import StatevectorSampler

from qiskit_ssqw import _validation as check
from qiskit_ssqw.devices import DeviceNoise
from qiskit_ssqw.finance.running.meter import Meter

MAX_SECONDS = 600.0
"""How long an estimation may take on a simulator unless more is allowed."""


class Runner:
    """A sampler of any make, what is known of its errors, and how long it may take.

    Args:
        sampler: Runs the circuits, or a function of seed that makes one, such as its class: each
            circuit is run with a new seed then. Aer by default.
        shots: That were asked for; what they are of depends on what is estimated.
        seed: Of the samplers that are made, and of the layout on a backend.
        pass_manager: Prepares the circuits; by default those that the sampler does not take.
        max_seconds: Longest time on a simulator, by an estimate, or ``None`` for any.
        progress: Whether a bar counts the circuits.
        noise: What is known of the sampler's errors: ``"auto"`` for what its backend says, or what
            `DeviceNoise.of` takes.

    Raises:
        TypeError: The sampler is something else, or ``shots`` or ``seed`` is no integer.
        ValueError: A number is out of range, ``noise`` is another word, or there are errors and the
            sampler is the default one.
    """

    def __init__(
        self,
        sampler: Any = None,
        *,
        shots: int | None = None,
        seed: int | None = None,
        pass_manager: Any = None,
        max_seconds: float | None = MAX_SECONDS,
        progress: bool = False,
        noise: Any = "auto",
    ) -> None:
        self.shots = None if shots is None else check.integer(shots, "shots", minimum=1)
        """That were asked for."""
        self.most_seconds = (
            np.inf if max_seconds is None else check.positive(max_seconds, "max_seconds")
        )
        """Longest time on a simulator."""
        self.sampler = sampler
        """As it was given."""
        self.meter = Meter.around(
            sampler,
            seed=seed,
            repeats=False,
            shots=self.shots,
            pass_manager=pass_manager,
            progress=progress,
        )
        """Runs the circuits and counts them."""
        self.noise = self._known(noise)
        """What is known of the errors, or ``None``."""

    @classmethod
    def of(cls, sampler: Any, **options: Any) -> Runner:
        """A runner as it is, or one around a sampler with options as for the class.

        Raises:
            TypeError: Options for a runner, which has its own; or see the class.
        """
        if not isinstance(sampler, Runner):
            return cls(sampler, **options)
        if options:
            raise TypeError(f"a Runner has its own {', '.join(options)}: give them to it")
        return sampler

    @property
    def is_noiseless(self) -> bool:
        """Whether it is a simulator that makes no errors."""
        example, backend = self.meter.example, self.meter.backend
        is_aer = type(backend).__module__.startswith("qiskit_aer")
        is_state = isinstance(example, StatevectorSampler)
        if not (self.meter.is_default or is_aer or is_state):
            return False
        return DeviceNoise.of(example) is None

    @property
    def is_blind(self) -> bool:
        """Whether there may be errors of which nothing is known."""
        return self.noise is None and not self.is_noiseless

    def _known(self, noise: Any) -> DeviceNoise | None:
        """What is known of the errors of what runs the circuits."""
        device = None if self.meter.is_default else self.meter.example
        if isinstance(noise, str):
            check.one_of(noise, ("auto",), "noise")
            return DeviceNoise.of(device)
        found = DeviceNoise.of(noise)
        if found is not None and device is None:
            raise ValueError(
                "noise tells the errors of the sampler's device, and the default sampler makes "
                "none: give sampler=, such as Aer's SamplerV2.from_backend(backend)"
            )
        return found
