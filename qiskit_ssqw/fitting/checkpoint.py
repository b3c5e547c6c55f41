"""Finished fits of a family in a folder, so that an interrupted call goes on where it ended."""

from __future__ import annotations

import hashlib
import json
import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from qiskit_ssqw import __version__
from qiskit_ssqw import _validation as check
from qiskit_ssqw._stack import level_outside
from qiskit_ssqw.fitting.result import FitResult
from qiskit_ssqw.targets import TargetDistribution
from qiskit_ssqw.walks import Walk


class CheckpointWarning(UserWarning):
    """A finished fit could not be read from a checkpoint, or not be written to it."""


class Checkpoint:
    """A folder with one file per finished fit, named by a hash of all that the fit depends on.

    Args:
        folder: Where the files are; it is made if there is none.
        request: Options of the fits, and whether they start from each other.

    Raises:
        OSError: The folder cannot be made.
        TypeError: ``folder`` is no path.
        ValueError: The request has no seed.
    """

    def __init__(self, folder: str | os.PathLike[str], request: Mapping[str, Any]) -> None:
        check.instance(folder, (str, os.PathLike), "checkpoint")
        self.folder = Path(folder)
        if request["seed"] is None:
            raise ValueError("checkpoint needs a seed, as a drawn one would be another next time")
        self.folder.mkdir(parents=True, exist_ok=True)
        known = {"version": __version__, **request}
        self._start = json.dumps(known, default=_plain, sort_keys=True)
        self._linked = bool(request["warm_start"])

    def paths(self, targets: Sequence[TargetDistribution]) -> list[Path]:
        """The file of each target of a run; it depends on those before if fits start from them."""
        found, before = [], self._start
        for target in targets:
            described = json.dumps(target.to_dict(), sort_keys=True)
            key = hashlib.sha256(f"{before}\n{described}".encode()).hexdigest()
            found.append(self.folder / f"{key[:32]}.json")
            before = key if self._linked else before
        return found

    def num_saved(self, targets: Sequence[TargetDistribution]) -> int:
        """How many fits of a run are in the folder."""
        return sum(path.exists() for path in self.paths(targets))


def read_fit(path: Path, target: TargetDistribution) -> FitResult | None:
    """A finished fit, or None if there is none that can be used.

    Warns:
        CheckpointWarning: There is a file, but it is damaged or holds another fit.
    """
    try:
        result = FitResult.load(path)
        if result.target != target:
            raise ValueError(f"{path} holds the fit of another target")
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        text = f"this target is fitted again: {error}"
        warnings.warn(text, CheckpointWarning, stacklevel=level_outside())
        return None
    return replace(result, target=target)  # which may know its market


def warn_of_unsaved(complaints: Sequence[str]) -> None:
    """Warn of fits that are not in the checkpoint, if there are any."""
    if complaints:
        text = f"{len(complaints)} fit(s) are returned, but not in the checkpoint: {complaints[0]}"
        warnings.warn(text, CheckpointWarning, stacklevel=level_outside())


def _plain(value: Any) -> Any:
    """What JSON can hold of an option."""
    if isinstance(value, Walk):
        return value.to_dict()
    return value.tolist() if hasattr(value, "tolist") else list(value)
