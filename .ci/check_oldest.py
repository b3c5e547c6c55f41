"""Print the versions under test; fail unless each is the oldest that pyproject.toml allows.

``python .ci/check_oldest.py EXTRA ...`` looks at these extras only; without one, at what is always
needed and at those that the whole suite takes.
"""

import sys
from collections.abc import Sequence
from importlib.metadata import requires, version

from packaging.requirements import Requirement
from packaging.version import Version

EXTRAS = ("", "plot", "test-numpy1")


def bounds(extras: Sequence[str]) -> dict[str, str]:
    """Lower bounds of all that extras require; the highest where they give one package several."""
    found: dict[str, str] = {}
    for line in requires("qiskit-ssqw") or ():
        requirement = Requirement(line)
        marker = requirement.marker
        if marker is None:
            wanted = "" in extras
        else:
            wanted = any(marker.evaluate({"extra": extra}) for extra in extras)
        if wanted and requirement.name != "qiskit-ssqw":
            (bound,) = [part.version for part in requirement.specifier if part.operator == ">="]
            found[requirement.name] = max(found.get(requirement.name, bound), bound, key=Version)
    return found


print(f"Python {sys.version}")
newer = []
for name, bound in bounds(sys.argv[1:] or EXTRAS).items():
    installed = version(name)
    print(f"{name:<24}{installed}")
    if Version(bound) != Version(installed):
        newer.append(f"{name} {installed} instead of {bound}")
if newer:
    sys.exit("not the oldest versions: " + ", ".join(newer))
