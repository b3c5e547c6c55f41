"""Print the versions under test; fail unless each is the oldest that pyproject.toml allows."""

import sys
from collections.abc import Iterator
from importlib.metadata import requires, version

from packaging.requirements import Requirement
from packaging.version import Version

EXTRAS = ("", "plot", "test-numpy1")


def oldest_and_installed() -> Iterator[tuple[str, str, str]]:
    """Name, lower bound and installed version of everything that the tests require."""
    for line in requires("qiskit-ssqw") or ():
        requirement = Requirement(line)
        marker = requirement.marker
        wanted = marker is None or any(marker.evaluate({"extra": extra}) for extra in EXTRAS)
        if wanted and requirement.name != "qiskit-ssqw":
            (bound,) = [part.version for part in requirement.specifier if part.operator == ">="]
            yield requirement.name, bound, version(requirement.name)


print(f"Python {sys.version}")
newer = []
for name, bound, installed in oldest_and_installed():
    print(f"{name:<24}{installed}")
    if Version(bound) != Version(installed):
        newer.append(f"{name} {installed} instead of {bound}")
if newer:
    sys.exit("not the oldest versions: " + ", ".join(newer))
