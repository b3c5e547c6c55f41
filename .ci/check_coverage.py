"""Fail unless enough lines and enough branches are covered, each by itself.

Run with ``python .ci/check_coverage.py REPORT``, the JSON report of coverage.py with branches. Its
own ``fail_under`` knows of both together only.
"""

import json
import sys
from pathlib import Path

LEAST = {"lines": 0.96, "branches": 0.92}
WORST_FILES = 10


def shares(summary: dict[str, int]) -> dict[str, float]:
    """Covered shares of lines and branches; 1 where there are none."""
    counts = {
        "lines": (summary["covered_lines"], summary["num_statements"]),
        "branches": (summary["covered_branches"], summary["num_branches"]),
    }
    return {name: hit / number if number else 1.0 for name, (hit, number) in counts.items()}


def main(path: str) -> None:
    """Print what is covered, and exit with an error if it is too little."""
    report = json.loads(Path(path).read_text(encoding="utf-8"))
    found = shares(report["totals"])
    for name, least in LEAST.items():
        print(f"{name}: {found[name]:.2%}, at least {least:.0%}")
    files = sorted(
        report["files"].items(),
        key=lambda file: file[1]["summary"]["missing_lines"],
        reverse=True,
    )
    print("most lines missing:")
    for name, file in files[:WORST_FILES]:
        print(f"  {file['summary']['missing_lines']:>4}  {name}")
    if any(found[name] < least for name, least in LEAST.items()):
        sys.exit("too little is covered")


if __name__ == "__main__":
    main(*sys.argv[1:])
