"""What may come of malformed input, and what is a fault."""

import linecache
import os
import re
import signal
import time
import warnings
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TextIO

import qiskit
from qiskit.exceptions import QiskitError

import qiskit_ssqw

SECONDS = 5.0
SIGNATURE = re.compile("missing .* required|unexpected keyword|takes .* positional argument")
"""What Python says of a call with too many arguments or too few."""
PACKAGE = os.path.dirname(qiskit_ssqw.__file__)
HERE = (PACKAGE, os.path.dirname(qiskit.__file__))
"""Whose statements ``raise`` know what was asked for; one in NumPy was run into."""


class TooSlowError(BaseException):
    """Not an `Exception`, so that nothing in between takes it for a failed attempt."""


@dataclass
class Tally:
    """Inputs by what came of them, and the faults among them."""

    outcomes: Counter = field(default_factory=Counter)
    faults: dict[str, list[str]] = field(default_factory=dict)
    slowest: float = 0.0
    trail: TextIO | None = None

    def fault(self, kind, what):
        """Note a fault; a few examples of each kind are kept."""
        self.outcomes["fault"] += 1
        examples = self.faults.setdefault(kind, [])
        if len(examples) < 3:
            examples.append(what)

    def begin(self, what):
        """Leave the input where it is found should it end the process."""
        if self.trail is not None:
            self.trail.seek(0)
            self.trail.truncate()
            self.trail.write(what)
            self.trail.flush()

    @property
    def total(self):
        """Number of inputs."""
        return sum(self.outcomes.values())


@contextmanager
def time_limit(seconds=SECONDS):
    """Raise `TooSlowError` in what computes for longer; on Windows it merely runs on."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def stop(*_):
        raise TooSlowError

    clocks = {  # of the processor, as a busy machine is no fault; and a long one for what waits
        signal.SIGPROF: (signal.ITIMER_PROF, seconds),
        signal.SIGALRM: (signal.ITIMER_REAL, 20 * seconds),
    }
    before = {number: signal.signal(number, stop) for number in clocks}
    for clock, limit in clocks.values():
        signal.setitimer(clock, limit)
    try:
        yield
    finally:
        for number, (clock, _) in clocks.items():
            signal.setitimer(clock, 0)
            signal.signal(number, before[number])


def judge(tally, name, what, function, documented, *, meaningless=False):
    """Run a function on malformed input and tally what came of it.

    Args:
        tally: Where to note it.
        name: What is called.
        what: The input, in words.
        function: Does it; without arguments.
        documented: Exceptions that may come.
        meaningless: Whether the input must be refused.
    """
    start = time.perf_counter()
    tally.begin(f"{name}: {what}")
    try:
        with warnings.catch_warnings(), time_limit():
            warnings.simplefilter("ignore")
            code = function()
    except TooSlowError:
        tally.fault(f"{name}: longer than {SECONDS:g} s", what)
    except documented as error:
        if not str(error).strip():
            tally.fault(f"{name}: {type(error).__name__} without a message", what)
        elif not is_deliberate(error):
            place = place_of(error)
            kind = f"{name}: {type(error).__name__} by accident at {place}"
            tally.fault(kind, f"{what} -> {error}"[:400])
        else:
            tally.outcomes[type(error).__name__] += 1
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        kind = f"{name}: {type(error).__name__} at {place_of(error)}"
        tally.fault(kind, f"{what} -> {error}"[:400])
    else:
        if meaningless:
            tally.fault(f"{name}: accepted in silence", what)
        else:
            tally.outcomes[f"exit code {code}" if is_code(code) else "accepted"] += 1
    tally.slowest = max(tally.slowest, time.perf_counter() - start)


def is_code(value):
    """Whether a function returned an exit code."""
    return type(value) is int and value in (0, 1, 2)


def frames(error):
    """File and line of each call that led to an error, the innermost last."""
    trace = error.__traceback__
    while trace is not None:
        yield trace.tb_frame.f_code.co_filename, trace.tb_lineno
        trace = trace.tb_next


def is_deliberate(error):
    """Whether a statement ``raise`` stated the rule, here or in Qiskit, or Python the signature."""
    passed = list(frames(error))
    file, line = passed[-1]
    own = not any(name.startswith(PACKAGE) for name, _ in passed)
    stated = file.startswith(HERE) and linecache.getline(file, line).lstrip().startswith("raise")
    return (
        own or isinstance(error, (QiskitError, OSError)) or stated or SIGNATURE.search(str(error))
    )


def place_of(error):
    """The last line of the package that an error passed."""
    inside = [(file, line) for file, line in frames(error) if file.startswith(PACKAGE)]
    file, line = inside[-1] if inside else list(frames(error))[-1]
    return f"{os.path.relpath(file, os.path.dirname(PACKAGE))}:{line}"
