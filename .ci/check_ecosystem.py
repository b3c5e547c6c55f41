"""Run the checks of the Qiskit ecosystem as if this package were a member: needs its repository.

``git clone https://github.com/Qiskit/ecosystem``, install its ``requirements.txt`` for Python 3.13,
then ``python .ci/check_ecosystem.py ecosystem`` writes there what a submission says, taken from
``pyproject.toml``, and runs every checker that reads it.
"""

import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import tomllib

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
"""


def member() -> str:
    """What the ecosystem stores of a member, from this package's metadata and history."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (qiskit,) = [line for line in project["dependencies"] if line.startswith("qiskit>")]
    (status,) = [line for line in project["classifiers"] if line.startswith("Development Status")]
    init = (ROOT / "qiskit_ssqw" / "__init__.py").read_text(encoding="utf-8")
    log = ["git", "log", "-1", "--format=%cs"]
    return MEMBER.format(
        source=project["urls"]["Source"],
        owner=project["urls"]["Source"].split("/")[-2],
        documentation=project["urls"]["Documentation"],
        description=project["description"],
        license=project["license"],
        development_status=status.split(" :: ")[-1],
        version=re.findall(r'__version__ = "(.+)"', init)[0],
        requires_qiskit=qiskit.removeprefix("qiskit"),
        today=date.today(),
        committed=subprocess.check_output(log, cwd=ROOT, text=True).strip(),
    )


def main(ecosystem: Path) -> None:
    """Write the entry, run the checks, fail if one is noted in the entry afterwards."""
    entry = ecosystem / "resources" / "members" / f"{ENTRY}.toml"
    entry.write_text(member(), encoding="utf-8")
    command = [sys.executable, "manager.py", "members", "update_checkups", ENTRY]
    done = subprocess.run(command, cwd=ecosystem, check=True, capture_output=True, text=True)
    print(done.stdout, done.stderr, sep="")
    if " passed" not in done.stdout:
        sys.exit("no check was run")
    failed = tomllib.loads(entry.read_text(encoding="utf-8")).get("checks", {})
    for number, check in failed.items():
        print(f"[{number}] {check}")
    if failed:
        sys.exit(1)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
