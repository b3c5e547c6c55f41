"""The registry of walk kinds: one entry says all that the package knows of a kind."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any

from qiskit_ssqw import _validation as check

if TYPE_CHECKING:
    from qiskit_ssqw.walks.base import Walk

GROUP = "qiskit_ssqw.walk_kinds"
"""Entry points under which other packages publish their `WalkKind` objects."""

Lazy = str | Callable[..., Any] | None
"""A function or class, or where it is, ``"module:name"``, imported on first use; None: none."""

_MEANINGS = {
    "gate": "no gate, so that it has no circuit",
    "flips": "no form as coins and CX between neighbours",
    "exact": "no exact solver",
    "guess": "no first guess",
    "angles": "no angles to draw",
}


@dataclass(frozen=True)
class WalkKind:
    """All that is known of a kind of walk beside its class, for `register_walk_kind`.

    The class itself computes, counts (`Walk.two_qubit_gates`) and writes itself as a dictionary,
    whose entry ``"walk"`` is the class's name. Any kind can be fitted by gradients. Everything
    else is a field here; those that default to None may be left out, and where one of these is
    asked for, the error names the kind and the field. What needs Qiskit is given as
    ``"module:name"``, so that walks do not import it.

    Raises:
        TypeError: A field is neither that nor a function or class, or ``walk`` no class of walks.
        ValueError: ``title`` is not printable.
    """

    walk: type[Walk]
    """The class."""
    title: str
    """Its name in drawings and messages, such as ``"tree walk"``."""
    gate: Lazy = None
    """Its `qiskit_ssqw.circuit.WalkGate`, which holds the default synthesis. Other syntheses are
    Qiskit's plugins under the name of the gate."""
    flips: Lazy = None
    """From a walk to an equal `MultiscaleWalk`. Few T gates, fits for a device, refinement and
    contraction on many qubits work on its coins and flips."""
    exact: Lazy = None
    """How ``method="exact"`` fits it: ``(walk, probabilities, rng, recorder)`` to a walk. It raises
    a ``ValueError`` where the structure will not do."""
    guess: Lazy = None
    """From a walk and the probabilities to load to a walk to start from; None if there is none."""
    angles: Lazy = None
    """What `plot_angles` draws: from a walk to points ``(x, angles)`` by name, and the x label."""

    def __post_init__(self) -> None:
        from qiskit_ssqw.walks.base import Walk

        if not (isinstance(self.walk, type) and issubclass(self.walk, Walk)):
            raise TypeError(f"a WalkKind's walk must be a class of walks, got {self.walk!r}")
        check.printable(self.title, "title")
        for field in _MEANINGS:
            found = getattr(self, field)
            place = isinstance(found, str) and found.count(":") == 1
            if not (found is None or place or callable(found)):
                raise TypeError(f'{field} must be callable or "module:name", got {found!r}')

    @property
    def tag(self) -> str:
        """The entry ``"walk"`` of a walk's dictionary."""
        return self.walk.__name__

    def find(self, field: str) -> Any:
        """What a field stands for; None if the kind does not offer it."""
        found = getattr(self, field)
        return resolve_name(found) if isinstance(found, str) else found


_KINDS: dict[type[Walk], WalkKind] = {}


def register_walk_kind(kind: WalkKind) -> None:
    """Make a kind of walk known to the whole package.

    A package can do so without being imported first: by an entry point of the group
    ``qiskit_ssqw.walk_kinds`` that leads to its `WalkKind`.

    Args:
        kind: The entry.

    Raises:
        TypeError: ``kind`` is no `WalkKind`.
        ValueError: A class of the same name, from elsewhere, is registered.
    """
    check.instance(kind, WalkKind, "kind")
    for known in [cls for cls in _KINDS if cls.__name__ == kind.tag]:
        if (known.__module__, known.__qualname__) != (kind.walk.__module__, kind.walk.__qualname__):
            raise ValueError(
                f"walks of {known.__module__} are named {kind.tag} already: rename {kind.walk!r}"
            )
        del _KINDS[known]  # a module, or a notebook's cell, that is run again
    _KINDS[kind.walk] = kind


def walk_kinds() -> tuple[WalkKind, ...]:
    """All kinds: those of this package, those registered, and those of entry points."""
    _load_all()
    return tuple(_KINDS.values())


def kind_tagged(tag: str) -> WalkKind | None:
    """The kind whose walks' dictionaries have this entry ``"walk"``; None if there is none."""
    if all(kind.tag != tag for kind in _KINDS.values()):
        _load_all()
    return next((kind for kind in _KINDS.values() if kind.tag == tag), None)


def tags(cls: type[Walk]) -> list[str]:
    """The tags of all kinds that are a class or inherit from it, sorted."""
    return sorted(kind.tag for kind in walk_kinds() if issubclass(kind.walk, cls))


def kind_of(walk: Any) -> WalkKind:
    """The entry of a walk's class, or of the nearest class that it inherits from.

    Raises:
        TypeError: The object is no walk, or none of a registered kind.
    """
    from qiskit_ssqw.walks.base import Walk

    check.instance(walk, Walk, "walk")
    if type(walk) not in _KINDS:
        _load_all()  # else a class it inherits from would answer for one of an entry point
    for cls in type(walk).__mro__:
        if cls in _KINDS:
            return _KINDS[cls]
    raise TypeError(
        f"{type(walk).__name__} is no known kind of walk: register_walk_kind makes it one"
    )


def offered(walk: Any, field: str, what: str, *, error: type[Exception] = TypeError) -> Any:
    """What the kind of a walk offers in a field of its entry.

    Args:
        walk: The walk.
        field: Name of the field.
        what: Who asks, for the message.
        error: What to raise where the kind does not offer it.

    Raises:
        TypeError: The object is no walk of a registered kind, or see ``error``.
    """
    kind = kind_of(walk)
    found = kind.find(field)
    if found is None:
        able = [other.title for other in walk_kinds() if getattr(other, field)]
        raise error(
            f"{what} is not for a {kind.title}, which has {_MEANINGS[field]} (its WalkKind has no "
            f"{field}=), but for a {' or '.join(able)}: got {walk!r}"
        )
    return found


@cache
def _load_all() -> None:
    """Register the public walks of this package and what others publish.

    One of those that fails costs a warning, not the others.
    """
    walks = import_module("qiskit_ssqw.walks")
    for name in walks.__all__:
        getattr(walks, name)
    for entry in entry_points(group=GROUP):
        _load(entry)


def _load(entry: EntryPoint) -> None:
    try:
        register_walk_kind(entry.load())
    except Exception as error:
        warnings.warn(
            f"the walk kind {entry.value} could not be registered: {error!r}",
            RuntimeWarning,
            stacklevel=3,
        )
