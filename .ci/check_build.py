"""Build wheel and source distribution twice; fail unless both builds are the same, byte for byte.

``python .ci/check_build.py FOLDER`` leaves them in the folder, where ``twine check`` and
``check-wheel-contents`` find them. It builds a commit only: whatever lies in the checkout and is
not ignored would be packed.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]


def check_clean(root: Path) -> None:
    """Exit if the checkout has changes or files that no commit holds."""
    status = ["git", "status", "--porcelain"]
    found = subprocess.check_output(status, cwd=root, text=True)
    if found:
        sys.exit(
            "the checkout is not as committed, and the source distribution would hold what is not: "
            f"commit, ignore or remove\n{found.rstrip()}"
        )


def build(folder: Path) -> dict[str, str]:
    """Digests of what one build, stamped with the time of the last commit, puts into a folder."""
    commit_time = subprocess.check_output(["git", "log", "-1", "--format=%ct"], cwd=ROOT, text=True)
    environment = {**os.environ, "SOURCE_DATE_EPOCH": commit_time.strip()}
    command = [sys.executable, "-m", "build", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, env=environment, check=True)
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def main(folder: Path) -> None:
    """Compare two builds and print what is in the folder."""
    check_clean(ROOT)
    if folder.exists() and any(folder.iterdir()):
        sys.exit(f"{folder} is not empty")
    first = build(folder)
    with tempfile.TemporaryDirectory() as other:
        second = build(Path(other))
    for name, digest in first.items():
        print(f"{digest}  {name}")
    if first != second:
        sys.exit(f"two builds differ: {first} and {second}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
