"""The boundaries and their shares of the inputs."""

import sys
import tempfile
from pathlib import Path

import numpy as np

from fuzz.calls import FITTED, LATTICE, TARGET, valid_calls
from fuzz.fuzz_argv import fuzz_argv
from fuzz.fuzz_calls import fuzz_calls
from fuzz.fuzz_circuits import fuzz_circuits
from fuzz.fuzz_files import fuzz_files
from fuzz.judge import Tally
from qiskit_ssqw import fit

PARTS = {"calls": 0.6, "files": 0.25, "commands": 0.1, "circuits": 0.05}
"""Shares of arguments of public names, files, command lines, and gates that Qiskit compiles."""


def run(part, number, seed, trail=None):
    """Spoil a part's share of ``number`` inputs and return what came of them."""
    tally, rng = Tally(trail=trail), np.random.default_rng([seed, list(PARTS).index(part)])
    share = round(PARTS[part] * number)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if part == "calls":
            fuzz_calls(tally, valid_calls(), rng, share)
        elif part == "files":
            fuzz_files(tally, rng, share, folder, saved_fits(folder))
        elif part == "commands":
            fuzz_argv(tally, rng, share, folder)
        else:
            fuzz_circuits(tally, rng, share)
    return tally


def saved_fits(folder):
    """Files of fits of several kinds."""
    fits = [FITTED, fit(TARGET, walk=LATTICE, tolerance=0.9, seed=1)]
    fits.append(fit(TARGET, method="exact", seed=1))
    paths = [folder / f"saved{number}.json" for number in range(len(fits))]
    for path, result in zip(paths, fits, strict=True):
        result.save(path)
    return paths


def limit_memory(gigabytes=4):
    """Let what asks for more memory than this beyond today's raise a `MemoryError`; Linux only."""
    if sys.platform != "linux":
        return
    import resource

    with open("/proc/self/statm") as file:
        size = int(file.read().split()[0]) * resource.getpagesize()
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (size + int(gigabytes * 2**30), hard))
