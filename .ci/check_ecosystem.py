"""Run the checks of the Qiskit ecosystem as if this package were a member: needs its repository.

``git clone https://github.com/Qiskit/ecosystem``, install its ``requirements.txt`` for Python 3.13,
then ``python .ci/check_ecosystem.py ecosystem`` writes there what a submission says, taken from
``pyproject.toml``, runs every checker that reads it, and tells which passed and which were skipped.
``tox run -e ecosystem`` does all of that.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import tomllib
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[1]
ENTRY = "qiskit-ssqw_00000000"
MEMBER = """\
name = "qiskit-ssqw"
url = "{source}"
description = "{description}"
license = "{license}"
documentation = "{documentation}"
packages = ["https://pypi.org/project/qiskit-ssqw/"]
category = "Application"
labels = ["finance", "research", "circuit building", "high-level synthesis"]
interfaces = ["Python", "Command-line interface (CLI)"]
maturity = "experimental"
status = "Member"
created_at = {today}
uuid = "00000000-0000-0000-0000-000000000000"

[github]
url = "{source}"
owner = "{owner}"
repo = "qiskit-ssqw"
license = "{license}"
last_commit = {committed}
last_activity = {committed}

[pypi.qiskit-ssqw]
package_name = "qiskit-ssqw"
version = "{version}"
license = "{license}"
description = "{description}"
url = "https://pypi.org/project/qiskit-ssqw/"
development_status = "{development_status}"
requires_qiskit = "{requires_qiskit}"
compatible_with_qiskit_v2 = {with_qiskit_2}
"""
NEEDED = ("PQ2", "Q20")
"""Checks of the versions of Qiskit, which look at nothing where an entry does not tell them."""


def member() -> str:
    """What the ecosystem stores of a member, from this package's metadata and history."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (qiskit,) = [line for line in project["dependencies"] if line.startswith("qiskit>")]
    (status,) = [line for line in project["classifiers"] if line.startswith("Development Status")]
    init = (ROOT / "qiskit_ssqw" / "__init__.py").read_text(encoding="utf-8")
    requires_qiskit = qiskit.removeprefix("qiskit")
    every_2 = (f"2.{minor}" for minor in range(100))
    with_qiskit_2 = any(SpecifierSet(requires_qiskit).filter(every_2))
    log = ["git", "log", "-1", "--format=%cs"]
    return MEMBER.format(
        source=project["urls"]["Source"],
        owner=project["urls"]["Source"].split("/")[-2],
        documentation=project["urls"]["Documentation"],
        description=project["description"],
        license=project["license"],
        development_status=status.split(" :: ")[-1],
        version=re.findall(r'__version__ = "(.+)"', init)[0],
        requires_qiskit=requires_qiskit,
        with_qiskit_2=str(with_qiskit_2).lower(),
        today=date.today(),
        committed=subprocess.check_output(log, cwd=ROOT, text=True).strip(),
    )


def outcomes(report: Path) -> Iterator[tuple[str, str]]:
    """Each check of a report of pytest, and whether it passed, or why it was skipped."""
    for case in ElementTree.parse(report).iter("testcase"):
        told = [f"{each.tag}: {each.get('message')}" for each in case]
        yield str(case.get("name")).removeprefix("test_"), "; ".join(told) or "passed"


def main(ecosystem: Path) -> None:
    """Write the entry, run the checks, fail if one is noted in the entry afterwards."""
    entry = ecosystem / "resources" / "members" / f"{ENTRY}.toml"
    entry.write_text(member(), encoding="utf-8")
    command = [sys.executable, "manager.py", "members", "update_checkups", ENTRY]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        environment = {**os.environ, "PYTEST_ADDOPTS": f"--junitxml={report}"}
        subprocess.run(command, cwd=ecosystem, env=environment, check=True, capture_output=True)
        told = dict(outcomes(report))
    commit = ["git", "log", "-1", "--format=%h of %cs"]
    print("Qiskit/ecosystem", subprocess.check_output(commit, cwd=ecosystem, text=True).strip())
    for name, outcome in told.items():
        print(f"{name:<32}{outcome}")
    failed = tomllib.loads(entry.read_text(encoding="utf-8")).get("checks", {})
    for number, check in failed.items():
        print(f"[{number}] {check}")
    unseen = [name for name in NEEDED if told.get(name) != "passed"]
    if failed or unseen:
        sys.exit(
            f"failed: {', '.join(failed) or 'none'}; not passed: {', '.join(unseen) or 'none'}"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
