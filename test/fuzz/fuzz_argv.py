"""Words for the command line, made of the parser's own options."""

import argparse
import io
from contextlib import redirect_stderr, redirect_stdout

from fuzz.fuzz_files import HISTORIES, damaged
from fuzz.judge import judge
from fuzz.spoilers import pick
from qiskit_ssqw.cli import main
from qiskit_ssqw.cli.arguments import build_parser

WORDS = (
    *("", "nan", "inf", "-inf", "-1", "0", "1", "2", "1e400", "-1e-5", "1e-320", "999999999999"),
    *("0x10", "1_0", "1,5", "1/0", "0/0", "1/2", "nonsense", "\u2603", "\u06f1", "--", "-", "-x"),
    *("a=b", "=1", "mean_reversion=nan", "jump_mean=1", "jump_mean=inf", "None", "true", "[]"),
    *("/", "/no/such/file", ".", "*", "%s", "{0}", "1" * 400, "\x00", "a\nb", "10**9", "0.5"),
)
CHEAP = ("--qubits", "2", "--accuracy", "0.5", "--max-seconds", "1")


class CommandFailedError(Exception):
    """What the command line did is not what it promises."""


def options_by_command():
    """The options of each command, as argparse knows them."""
    (commands,) = (
        action
        for action in build_parser()._actions
        if isinstance(action, argparse._SubParsersAction)
    )
    return {
        name: [action for action in parser._actions if action.option_strings]
        for name, parser in commands.choices.items()
    }


def fuzz_argv(tally, rng, number, folder):
    """Run commands with malformed options in this process."""
    known = options_by_command()
    for _ in range(number):
        words = random_words(rng, known, folder)
        judge(tally, "main", ascii(words), lambda words=words: run(words, folder), ())


def random_words(rng, known, folder):
    """A command with one to four options, most of them with values that they do not take."""
    if rng.random() < 0.05:
        return [pick(rng, WORDS) for _ in range(int(rng.integers(4)))]
    command = pick(rng, list(known))
    words = [command, *CHEAP]
    for _ in range(int(rng.integers(1, 5))):
        option = pick(rng, known[command])
        words.append(pick(rng, option.option_strings))
        if option.nargs != 0:
            words += [value_of(rng, option, folder) for _ in range(1 + int(rng.random() < 0.2))]
    if rng.random() < 0.1:
        words.insert(int(rng.integers(len(words) + 1)), pick(rng, WORDS))
    return words


def value_of(rng, option, folder):
    """A word for an option: often one that it takes, else any."""
    if option.dest == "csv":
        path = folder / "history.csv"
        path.write_bytes(damaged(rng, pick(rng, HISTORIES).encode()))
        return str(path)
    if option.dest == "plot":
        return pick(rng, (str(folder / "x.png"), str(folder / "x.nonsense"), "/no/such/x.png", ""))
    if option.choices and rng.random() < 0.5:
        return pick(rng, list(option.choices))
    return pick(rng, WORDS)


def run(words, folder):
    """Run the command line and raise unless it ends as promised."""
    out, err = io.StringIO(), io.StringIO()
    code = 0
    with redirect_stdout(out), redirect_stderr(err):
        try:
            main(words)
        except SystemExit as end:
            code = end.code
    said = err.getvalue()
    helped = "-h" in words or "--help" in words or "--version" in words
    if code == 0 and not helped and (said or not out.getvalue()):
        raise CommandFailedError(f"code 0, but the standard error says {said!r}")
    if code not in (0, 1, 2):
        raise CommandFailedError(f"code {code}: {said!r}")
    if code and (out.getvalue() or not says_one_thing(said)):
        raise CommandFailedError(f"code {code}, printed {out.getvalue()!r}, said {said!r}")
    left = [path.name for path in folder.iterdir() if path.name.endswith(".tmp")]
    if left:
        raise CommandFailedError(f"half-written files are left: {left}")
    return code


def says_one_thing(said):
    """Whether there is one line of error, behind argparse's usage if that is shown."""
    last = said.rstrip("\n").splitlines()[-1:]
    return "Traceback" not in said and bool(last) and " error: " in last[0]
