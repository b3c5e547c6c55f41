"""Import public names on first use, so that each costs only what it needs."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any


def on_first_use(
    package: str,
) -> tuple[list[str], Callable[[str], Any], Callable[[], list[str]]]:
    """Return a package's ``__all__``, ``__getattr__`` and ``__dir__``.

    The package lists its names once, as imports under ``if TYPE_CHECKING``, where type checkers,
    editors and linters look for them. The same lines are read here: ``import name as name`` makes
    a name public, ``import *`` those of another package of this kind, or the classes and functions
    that a module defines.

    Args:
        package: The package's ``__name__``.
    """
    homes = homes_of(package)

    def find(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(homes[name]), name)

    def names() -> list[str]:
        return sorted({*vars(sys.modules[package]), *homes})

    return sorted(homes), find, names


def homes_of(package: str) -> dict[str, str]:
    """The module that each public name of a package is imported from, by the package's source."""
    homes = {}
    for line in ast.walk(_parsed(package)):
        if isinstance(line, ast.ImportFrom) and line.module:
            for each in line.names:
                if each.name == "*":
                    public = homes_of(line.module) or _defined_in(line.module)
                    homes.update(dict.fromkeys(public, line.module))
                elif each.asname == each.name:
                    homes[each.name] = line.module
    return homes


def _parsed(module: str) -> ast.Module:
    source: str = find_spec(module).loader.get_source(module)  # type: ignore[union-attr]
    return ast.parse(source)


def _defined_in(module: str) -> list[str]:
    """The public classes and functions of a module, by its source."""
    kinds = (ast.ClassDef, ast.FunctionDef)
    defined = [line.name for line in _parsed(module).body if isinstance(line, kinds)]
    return [name for name in defined if not name.startswith("_")]
