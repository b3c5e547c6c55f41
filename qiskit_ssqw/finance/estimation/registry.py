"""All methods of amplitude estimation, found by name, by estimator and by result."""

from __future__ import annotations

from typing import Any

from qiskit_algorithms import AmplitudeEstimator, AmplitudeEstimatorResult

from qiskit_ssqw import _validation as check
from qiskit_ssqw.finance.estimation.method import Method
from qiskit_ssqw.finance.estimation.methods.ae import Canonical
from qiskit_ssqw.finance.estimation.methods.bayes import Bayes
from qiskit_ssqw.finance.estimation.methods.fae import Faster
from qiskit_ssqw.finance.estimation.methods.iae import Iterative
from qiskit_ssqw.finance.estimation.methods.mlae import MaximumLikelihood
from qiskit_ssqw.finance.estimation.methods.rae import Robust

_METHODS: dict[str, Method] = {
    method.name: method
    for method in (Bayes(), Robust(), Iterative(), MaximumLikelihood(), Faster(), Canonical())
}
_OURS = tuple(_METHODS.values())
_READING = ("amplitude", "interval", "misses", "note", "is_alarmed")
_OTHER_WORDS = ("auto", "sampling")


def register(method: Method) -> None:
    """Make an estimator known, so that `price` and risk measures take its name and its objects.

    One that was registered under the same name before is forgotten.

    Args:
        method: What is to be known of it.

    Raises:
        TypeError: It is no `Method`, lacks `Method.make` or `Method.schedule`, its classes are none
            of estimators and results, or it reads results of no class.
        ValueError: Its name is no word of its own, or its classes are those of another method.
    """
    check.instance(method, Method, "method")
    kind = type(method)
    if not isinstance(method.name, str) or not method.name.isidentifier():
        raise ValueError(f"a method's name must be a word, got {method.name!r}")
    if method.name in (*(ours.name for ours in _OURS), *_OTHER_WORDS):
        raise ValueError(f"the name {method.name!r} is taken: give {kind.__name__} another")
    for needed in ("make", "schedule"):
        if getattr(kind, needed) is getattr(Method, needed):
            raise TypeError(f"{kind.__name__} must have a method {needed} of its own")
    reads = [name for name in _READING if getattr(kind, name) is not getattr(Method, name)]
    if reads and method.result is None:
        raise TypeError(
            f"{kind.__name__} has a method {reads[0]} of its own, so it must have a class of "
            "results, by which it is found"
        )
    _check_class(method, "estimator", AmplitudeEstimator)
    _check_class(method, "result", AmplitudeEstimatorResult)
    _METHODS[method.name] = method


def names() -> tuple[str, ...]:
    """The words for amplitude estimators."""
    return tuple(_METHODS)


def method_named(name: Any) -> Method:
    """The method of a name.

    Raises:
        ValueError: There is none.
    """
    return _METHODS[check.one_of(name, names(), "estimator")]


def method_of(thing: AmplitudeEstimator | AmplitudeEstimatorResult) -> Method:
    """The method of an estimator object, or that which reads a result.

    That of its class or of the nearest base class, and the general rule if there is none.
    """
    for base in type(thing).__mro__:
        for method in _METHODS.values():
            if base in (method.estimator, method.result):
                return method
    return Method()


def _check_class(method: Method, name: str, base: type) -> None:
    """Raise if a class that a method is known for is none, or is taken."""
    given = getattr(method, name)
    if given is None:
        return
    if not isinstance(given, type) or not issubclass(given, base) or given is base:
        raise TypeError(f"{name} of {method.name!r} must be a subclass of {base.__name__}")
    for other in _METHODS.values():
        if other.name != method.name and getattr(other, name) is given:
            raise ValueError(
                f"{given.__name__} is the {name} of {other.name!r} already: leave it out of "
                f"{method.name!r}, and it is read as there"
            )
