"""Print the changelog's section of a tag; fail unless all files name the tag's version.

``python .ci/check_release.py v0.1.0``. The section must have a date: "unreleased" is no release.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def found(pattern: str, file: str) -> str:
    """What the group of a pattern matches in a file."""
    match = re.search(pattern, (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    if match is None:
        sys.exit(f"{file} has nothing that looks like {pattern}")
    return match[1]


def main(tag: str) -> None:
    """Compare the versions, then print the notes."""
    version = found(r'^__version__ = "([^"]+)"', "qiskit_ssqw/__init__.py")
    cited = found(r"^version: (\S+)", "CITATION.cff")
    packed = found(r'^  version: "([^"]+)"', "recipe/recipe.yaml")
    if not tag == f"v{version}" == f"v{cited}" == f"v{packed}":
        sys.exit(
            f"tag {tag}, package {version}, CITATION.cff {cited} and recipe.yaml {packed} "
            "are not one version"
        )
    date = found(rf"^## {re.escape(version)} \((\S+)\)$", "CHANGELOG.md")
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", date):
        sys.exit(f"CHANGELOG.md says {version} is {date}, put the date of the release there")
    print(found(rf"^## {re.escape(version)} [^\n]*\n+(.*?)(?=^## |\Z)", "CHANGELOG.md"))


if __name__ == "__main__":
    main(sys.argv[1])
