"""Ways to call the package that will go with its next release."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

import numpy as np

from qiskit_ssqw._stack import level_outside

Function = TypeVar("Function", bound=Callable[..., Any])


def warn_deprecated(message: str) -> None:
    """Warn whoever called the package."""
    warnings.warn(message, DeprecationWarning, stacklevel=level_outside())


def also_positional(*names: str) -> Callable[[Function], Function]:
    """Let keyword-only arguments be given by position still, in this order, with a warning.

    Args:
        *names: The arguments that once followed the positional ones.
    """

    def decorate(function: Function) -> Function:
        parameters = inspect.signature(function).parameters.values()
        places = sum(each.kind is each.POSITIONAL_OR_KEYWORD for each in parameters)

        @wraps(function)
        def call(*arguments: Any, **options: Any) -> Any:
            surplus = dict(zip(names, arguments[places:], strict=False))
            if surplus:
                listed = ", ".join(f"{name}=" for name in surplus)
                warn_deprecated(f"{_name(function)}: name the argument(s) {listed}")
            beyond = arguments[places + len(surplus) :]  # raises as any surplus argument does
            return function(*arguments[:places], *beyond, **surplus, **options)

        return cast(Function, call)

    return decorate


def renamed(old: str, new: str) -> Callable[[Function], Function]:
    """Take an argument by its old name still, with a warning."""

    def decorate(function: Function) -> Function:
        @wraps(function)
        def call(*arguments: Any, **options: Any) -> Any:
            if old in options:
                if new in options:
                    raise TypeError(f"{_name(function)}: {old} is the old name of {new}")
                warn_deprecated(f"{_name(function)}: {old} is called {new} now")
                options[new] = options.pop(old)
            return function(*arguments, **options)

        return cast(Function, call)

    return decorate


def size_first(other: str, is_old: Callable[[Any, Any], bool]) -> Callable[[Function], Function]:
    """Let a class method take its number of qubits behind another argument still, with a warning.

    Args:
        other: Name of the argument that once came first.
        is_old: Whether two first arguments are in the old order.
    """

    def decorate(function: Function) -> Function:
        @wraps(function)
        def call(owner: Any, *arguments: Any, **options: Any) -> Any:
            first, *rest = arguments or (None,)
            named = "num_qubits" in options and len(arguments) > 0
            if named or (rest and is_old(first, rest[0])):
                warn_deprecated(f"{function.__qualname__}: num_qubits comes first, then {other}")
                size, *rest = (options.pop("num_qubits"), *rest) if named else rest
                arguments = (size, first, *rest)
            return function(owner, *arguments, **options)

        return cast(Function, call)

    return decorate


def size_after_distribution(first: Any, second: Any) -> bool:
    """Whether a number of qubits follows a distribution."""
    whole = (int, np.integer)
    return isinstance(second, whole) and not isinstance(first, whole)


def size_after_samples(first: Any, second: Any) -> bool:
    """Whether numbers of qubits follow samples, shape ``(m,)`` or ``(m, d)``."""
    one_register = np.size(second) == 1 < np.size(first)
    return np.ndim(second) == 0 < np.ndim(first) or np.ndim(first) == 2 or one_register


def _name(function: Callable[..., Any]) -> str:
    return function.__qualname__.removesuffix(".__init__")
