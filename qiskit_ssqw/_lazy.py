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
    a name public, ``import *`` those of another package of this kind.

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
    source = find_spec(package).loader.get_source(package)  # type: ignore[union-attr]
    homes = {}
    for line in ast.walk(ast.parse(source)):
        if isinstance(line, ast.ImportFrom) and line.module:
            for each in line.names:
                if each.name == "*":
                    homes.update(dict.fromkeys(import_module(line.module).__all__, line.module))
                elif each.asname:
                    homes[each.name] = line.module
    return homes
