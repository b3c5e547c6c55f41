"""What classes bring along for tests: the example in their docstring, and their signature.

So a new class takes part in the tests of all classes of its kind, without an entry in each.
"""

import doctest
import inspect
import sys

import numpy as np


def own_example(kind):
    """The first object of just this class that the code in its docstring makes; None without."""
    known, made = dict(vars(sys.modules[kind.__module__])), {}
    for line in doctest.DocTestParser().get_examples(inspect.cleandoc(kind.__doc__ or "")):
        exec(line.source, known, made)
    return next((each for each in made.values() if type(each) is kind), None)


def own_examples(kinds):
    """The examples of those classes that have one, by class, in the order of their names."""
    made = {kind: own_example(kind) for kind in sorted(kinds, key=lambda kind: kind.__name__)}
    return {kind: example for kind, example in made.items() if example is not None}


def arguments_of(thing):
    """What a class was called with, by name, if it keeps each under the same name."""
    return {name: getattr(thing, name) for name in inspect.signature(type(thing)).parameters}


def strikes_of(kind, low, high):
    """Ascending strikes between two prices, by name, for a contract that strikes alone define."""
    parameters = inspect.signature(kind).parameters.values()
    taken = [each.name for each in parameters if each.kind is each.POSITIONAL_OR_KEYWORD]
    return dict(zip(taken, np.linspace(low, high, len(taken) + 2)[1:-1].tolist(), strict=True))
