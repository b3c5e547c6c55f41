"""The fuzzing at length: ``python test/fuzz 100000 --seed 0``."""

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from fuzz.run import PARTS, limit_memory, run


def main():
    """Run it, print a table, and return 1 if there is a fault."""
    parser = argparse.ArgumentParser(prog="python test/fuzz", description=__doc__)
    parser.add_argument("number", type=int, nargs="?", default=2000, help="malformed inputs")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--part", choices=PARTS, action="append", help="all by default")
    parser.add_argument("--trail", type=argparse.FileType("w"), help="keeps the latest input")
    options = parser.parse_args()
    limit_memory()
    failed = False
    for part in options.part or PARTS:
        start = time.perf_counter()
        tally = run(part, options.number, options.seed, options.trail)
        seconds = time.perf_counter() - start
        kinds = ", ".join(f"{count} {kind}" for kind, count in tally.outcomes.most_common())
        print(f"{part}: {tally.total} in {seconds:.0f} s, slowest {tally.slowest:.2f} s: {kinds}")
        for kind, examples in sorted(tally.faults.items()):
            print(f"  {kind}", *examples, sep="\n      ")
        failed |= bool(tally.faults)
        sys.stdout.flush()
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
