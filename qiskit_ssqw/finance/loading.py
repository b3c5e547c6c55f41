"""Constructors of targets as constructors of what loads them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from difflib import get_close_matches
from functools import wraps
from types import MethodType
from typing import Any, TypeVar

from qiskit_ssqw.fitting import fit
from qiskit_ssqw.targets import TargetDistribution

Model = TypeVar("Model")


class Loading:
    """A class method that makes a target, and a model of it with the options that remain.

    Args:
        constructor: A class method of `TargetDistribution`.
    """

    def __init__(self, constructor: Callable[..., TargetDistribution]) -> None:
        signature = inspect.signature(constructor)
        more = inspect.Parameter("fit_options", inspect.Parameter.VAR_KEYWORD, annotation="Any")

        @wraps(constructor)
        def make(owner: Callable[..., Any], /, *arguments: Any, **options: Any) -> Any:
            own = {name: options.pop(name) for name in signature.parameters if name in options}
            _refuse_unknown(make.__qualname__, options, {*signature.parameters, *_options(owner)})
            return owner(constructor(*arguments, **own), **options)

        del make.__dict__["__wrapped__"]
        owner = inspect.Parameter("cls", inspect.Parameter.POSITIONAL_ONLY)
        parameters = [owner, *signature.parameters.values(), more]
        make.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
        make.__doc__ = _documentation(constructor)
        self._make = make

    def __set_name__(self, owner: type, name: str) -> None:
        self._make.__qualname__ = f"{owner.__qualname__}.{name}"
        self._make.__module__ = owner.__module__

    def __get__(self, instance: object, owner: Callable[..., Model]) -> Callable[..., Model]:
        return MethodType(self._make, owner)


def _options(owner: Callable[..., Any]) -> set[str]:
    """Options of a model and of the fit."""
    return {*inspect.signature(owner).parameters, *inspect.signature(fit).parameters}


def _refuse_unknown(name: str, options: dict[str, Any], known: set[str]) -> None:
    """Raise a `TypeError` about an option that nobody takes, with the nearest one there is."""
    for word in options:
        if word not in known:
            near = [each for each in sorted(known) if each.startswith(word)]
            near += get_close_matches(word, known, n=1)
            hint = f": did you mean {near[0]}?" if near else ""
            raise TypeError(f"{name}() got an unexpected keyword argument {word!r}{hint}")


def _documentation(constructor: Callable[..., TargetDistribution]) -> str:
    """What the constructor says of its arguments, and that there are more."""
    head, arguments = inspect.getdoc(constructor).split("\nArgs:\n", 1)  # type: ignore[union-attr]
    listed, _, rest = arguments.partition("\n\n")
    rest = rest.partition("\nExamples:\n")[0].rstrip()
    return (
        f"{head}\nThe target of `TargetDistribution.{constructor.__name__}` is fitted and loaded.\n"
        f"\nArgs:\n{listed}\n    **fit_options: Options of the class and of `fit`.\n\n{rest}"
    )
