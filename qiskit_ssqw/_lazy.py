"""Import public names on first use, so that each costs only what it needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def importer(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """Return a module's ``__getattr__`` that finds names in its submodules.

    Args:
        package: The module's ``__name__``.
        homes: The submodule of each public name, or, with its full name, a module elsewhere in
            qiskit_ssqw.
    """

    def find(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        home = homes[name]
        full = home if home.startswith("qiskit_ssqw.") else f"{package}.{home}"
        return getattr(import_module(full), name)

    return find
