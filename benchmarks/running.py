"""Scripts that end in one line where a person, a pipe or a disk ends them.

It needs nothing but Python, so that it does not keep a script from running in any environment.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NoReturn

INTERRUPTED, BROKEN_PIPE = 130, 141
"""What a shell reports of a program that SIGINT or SIGPIPE ended: 128 and the signal's number."""
PRINTED = "complete lines are kept"
RESUMED = "finished rows are in the file, the same command goes on from there"


def run_script(main: Callable[[], object], kept: str = PRINTED) -> None:
    """Run a script.

    Each line that it prints is out at once, whoever reads it.

    Args:
        main: The script.
        kept: What is left of a run that does not come to its end.

    Raises:
        SystemExit: After one line on the standard error: with code 130 if interrupted, 1 if a
            file or the standard output cannot be written. With code 141, and without a line, if
            nobody reads the standard output.
    """
    if sys.stdout is None:  # closed before Python started
        _end(1, "error: there is no standard output")
    try:
        sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
        try:
            main()
        finally:
            sys.stdout.flush()  # the last chance to tell that this fails
    except KeyboardInterrupt:
        _end(INTERRUPTED, f"interrupted: {kept}")
    except BrokenPipeError:
        _drop_output()
        sys.exit(BROKEN_PIPE)
    except OSError as error:
        _drop_output()
        _end(1, f"error: {error}: {kept}")
    except subprocess.CalledProcessError as error:
        if error.returncode == BROKEN_PIPE:  # a part in a process of its own met it first
            sys.exit(BROKEN_PIPE)
        raise


def run_tables(tables: Mapping[str, Callable[[], object]]) -> None:
    """Run a script that prints the tables its words name, or all of them.

    Raises:
        SystemExit: As of `run_script`, and if there is no such table.
    """
    chosen = sys.argv[1:] or list(tables)
    if unknown := set(chosen) - set(tables):
        sys.exit(f"unknown tables {sorted(unknown)}, choose from {', '.join(tables)}")
    run_script(lambda: [tables[name]() for name in chosen])


def _drop_output() -> None:
    """Let what is still buffered go nowhere, as Python would try once more to write it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _end(status: int, message: str) -> NoReturn:
    print(f"{Path(sys.argv[0]).name}: {message}", file=sys.stderr)
    sys.exit(status)
