"""One virtual environment for each group of peers, with pinned versions."""

from __future__ import annotations

import functools
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


@functools.cache
def python_of(group: str | None, cache: Path) -> Path | None:
    """The interpreter for a group; the environment is made when it is first asked for.

    ``requirements/GROUP.txt`` is installed first, then ``requirements/GROUP-no-deps.txt``, where
    there is one, without dependencies and without checking the Python version it declares.

    Args:
        group: Name of the group, or ``None`` for the interpreter that runs this.
        cache: Folder of the environments.

    Returns:
        The interpreter, or ``None`` if the environment cannot be installed.
    """
    if group is None:
        return Path(sys.executable)
    folder = cache.resolve() / group
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    wanted = requirements(group)
    done = folder / "installed.txt"
    if done.exists() and done.read_text() == wanted:
        return python
    print(f"making the environment {folder}", flush=True)
    cache.mkdir(parents=True, exist_ok=True)
    (cache / ".gitignore").write_text("*\n")
    commands = [[sys.executable, "-m", "venv", "--clear", str(folder)]]
    for file, options in files(group):
        install = [str(python), "-m", "pip", "install", "--quiet"]
        commands.append([*install, *options, "-r", str(file)])
    for command in commands:
        if subprocess.run(command).returncode:
            return None
    done.write_text(wanted)
    return python


def files(group: str) -> list[tuple[Path, list[str]]]:
    """Requirement files of a group and pip's options for them."""
    plain = HERE / "requirements" / f"{group}.txt"
    forced = HERE / "requirements" / f"{group}-no-deps.txt"
    extra = [(forced, ["--no-deps", "--ignore-requires-python"])] if forced.exists() else []
    return [(plain, []), *extra]


def requirements(group: str) -> str:
    """What the environment of a group has to hold."""
    return "".join(file.read_text() for file, _ in files(group))
