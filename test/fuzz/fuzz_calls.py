"""Calls of public names with spoilt arguments."""

import copy
from functools import partial

from qiskit.exceptions import QiskitError

from fuzz.judge import judge
from fuzz.spoilers import pick, spoil

DOCUMENTED = (ValueError, TypeError, OSError, QiskitError, ImportError)


def fuzz_calls(tally, registry, rng, number):
    """Spoil ``number`` calls, all names alike, but slow ones a twentieth as often."""
    names = sorted(registry)
    while number > 0:
        call = pick(rng, registry[pick(rng, names)])
        if call.slow and rng.random() > 0.05:
            continue
        number -= 1
        arguments, meaningless = spoilt_arguments(rng, call)
        what = ", ".join(f"{name}={safe_repr(value)}" for name, value in arguments.items())
        run = partial(call.function, **arguments)
        judge(tally, call.name, what, run, DOCUMENTED, meaningless=meaningless)


def spoilt_arguments(rng, call):
    """Arguments with one or two spoilt, and whether one of them is meaningless."""
    arguments = {name: fresh(value) for name, value in call.arguments.items()}
    if not arguments or rng.random() < 0.02:
        return {**arguments, "no_such_argument": 1}, True
    meaningless = False
    for name in rng.permutation(list(arguments))[: 1 + int(rng.random() < 0.2)].tolist():
        if rng.random() < 0.05:
            del arguments[name]
            return arguments, False
        arguments[name], poisoned = spoil(rng, arguments[name])
        meaningless |= poisoned and name not in call.free
    return arguments, meaningless


def fresh(value):
    """A copy of what a call might change."""
    return copy.deepcopy(value) if isinstance(value, (list, dict)) else value


def safe_repr(value):
    """What a value looks like, in a line."""
    try:
        return ascii(value)[:120].replace("\n", " ")
    except Exception as error:
        return f"<{type(value).__name__}, no repr: {error}>"
