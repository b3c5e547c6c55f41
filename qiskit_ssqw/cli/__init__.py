"""The command line: ``qiskit-ssqw price``."""

from __future__ import annotations

import errno
import io
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from contextlib import redirect_stdout
from typing import NoReturn

from qiskit_ssqw.cli.arguments import build_parser, plain_numbers
from qiskit_ssqw.cli.wording import with_options

_INTERRUPTED, _BROKEN_PIPE = 130, 141
"""What a shell reports of a program that SIGINT or SIGPIPE ended: 128 and the signal's number."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: Words after the program's name; those of the process by default.

    Returns:
        The exit code, 0.

    Raises:
        SystemExit: After one line on the standard error: with code 2 on bad input, 1 if Qiskit
            or the standard output fails, 130 if interrupted. With code 141, and without a line,
            if nobody reads the standard output.
    """
    parser = build_parser()
    try:
        try:
            _print(_answer(parser, sys.argv[1:] if arguments is None else arguments))
        finally:
            # The last chance to tell that this fails: at exit Python only shows a traceback.
            if sys.stdout is not None:
                sys.stdout.flush()
    except KeyboardInterrupt:
        parser.exit(_INTERRUPTED, f"{parser.prog}: interrupted\n")
    except BrokenPipeError:
        _drop_output()
        parser.exit(_BROKEN_PIPE)
    except (OSError, UnicodeError) as error:
        _drop_output()
        _fail(parser, 1, f"standard output: {error}")
    return 0


def _answer(parser: ArgumentParser, words: Sequence[str]) -> str:
    options = _parse(parser, words)
    from qiskit_ssqw.cli.job import run
    from qiskit_ssqw.cli.report import report

    try:
        return report(run(options), options)
    except (ValueError, TypeError, OSError, ImportError, MemoryError) as error:
        _fail(parser, 2, with_options(str(error)) or type(error).__name__)
    except KeyboardInterrupt:
        raise  # before the next line imports Qiskit, whose import it may have broken off
    except _failures() as error:
        _fail(parser, 1, getattr(error, "message", str(error)))


def _parse(parser: ArgumentParser, words: Sequence[str]) -> Namespace:
    """Parse, and print help or version as all else; argparse passes over what fails there."""
    said = io.StringIO()
    try:
        with redirect_stdout(said):
            return parser.parse_args(plain_numbers(words))
    except SystemExit:
        if said.getvalue():
            _print(said.getvalue().rstrip())
        raise


def _failures() -> tuple[type[Exception], ...]:
    """What running circuits and solvers may raise; looked up, and Qiskit imported, only then."""
    from qiskit.exceptions import QiskitError

    return (QiskitError, RuntimeError, ArithmeticError)


def _print(text: str) -> None:
    if sys.stdout is None:  # closed before Python started
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    print(text)


def _drop_output() -> None:
    """Let what is still buffered go nowhere, as Python would try once more to write it."""
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fail(parser: ArgumentParser, status: int, message: str) -> NoReturn:
    parser.exit(status, f"{parser.prog}: error: {' '.join(message.split())}\n")
