"""Files with bytes, lines or entries changed: price histories and saved fits."""

import copy
import json
from functools import partial

from fuzz.fuzz_calls import DOCUMENTED, safe_repr
from fuzz.judge import judge
from fuzz.spoilers import POISONS, pick
from qiskit_ssqw import FitResult
from qiskit_ssqw.finance import read_history, read_prices

HISTORIES = (
    "Date,Open,Close\n2024-01-02,1.0,1.1\n2024-01-03,1.1,1.2\n2024-01-04,1.2,1.15\n",
    'Datum;Schluss;Close\n05.01.2024;"1.010,50";1,5\n04.01.2024;"1.001";1,4\n03.01.2024;9;1,45\n',
    "Price\tClose\nTicker\tX\nDate\t\n2024-01-31\t1e2\n2024-02-29\t101\n2024-03-28\t99.5\n",
    '"a note"\n\n"Date","Close"\n"Jan 02, 2024","1,234.5"\n"Jan 03, 2024","1,300.0"\n',
)
PIECES = (
    *(b"", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b'"', b"'", b",", b";", b"\t", b"\n", b"\r", b"-"),
    *(b"nan", b"NaN", b"inf", b"1e999", b"-1", b"0", b"Close", b"Date", b"9999-99-99", b"\x80"),
    *(b"[", b"{", b"}", b"null", b"true", b"1e400", b"\\ud800", b"\\", b"{}" * 9, b"[" * 5000),
    *("\u2603".encode(), "\u06f1\u06f2".encode(), b"1_000", b"%", b"$1", b"(1)", b"=1+1"),
)


def fuzz_files(tally, rng, number, folder, saved):
    """Change valid files and read them; half are histories, half fits as saved in ``saved``."""
    texts = [text.encode() for text in HISTORIES]
    fits = [path.read_text(encoding="utf-8") for path in saved]
    for _ in range(number):
        if rng.random() < 0.5:
            path = folder / "prices.csv"
            path.write_bytes(damaged(rng, pick(rng, texts)))
            reader = pick(rng, (read_history, partial(read_prices, column="Close")))
            name = "read_history" if reader is read_history else "read_prices"
        else:
            path, reader, name = folder / "fit.json", FitResult.load, "FitResult.load"
            text = pick(rng, fits)
            changed = (
                damaged(rng, text.encode()) if rng.random() < 0.4 else entry_changed(rng, text)
            )
            path.write_bytes(changed)
        what = safe_repr(path.read_bytes()[-100:])
        judge(tally, name, what, partial(reader, path), DOCUMENTED)


def damaged(rng, content):
    """Bytes with one to three of them replaced, cut out, repeated or followed by others."""
    for _ in range(int(rng.integers(1, 4))):
        first, last = sorted(int(place) for place in rng.integers(len(content) + 1, size=2))
        last = min(last, first + int(rng.integers(1, 20)))
        way = int(rng.integers(5))
        middle = {
            0: pick(rng, PIECES),
            1: b"",
            2: content[first:last] * 3,
            3: bytes(rng.integers(256, size=last - first, dtype="uint8")),
            4: content[first:last][::-1],
        }[way]
        content = content[:first] + middle + content[last:]
    return content if rng.random() > 0.05 else content[: len(content) // 2]


def entry_changed(rng, text):
    """JSON with an entry somewhere inside replaced, removed or renamed."""
    data = copy.deepcopy(json.loads(text))
    place, key = data, pick(rng, list(data))
    while isinstance(place[key], (dict, list)) and len(place[key]) and rng.random() < 0.7:
        place = place[key]
        key = pick(rng, list(place) if isinstance(place, dict) else range(len(place)))
    way = int(rng.integers(4))
    if way == 0:
        del place[key]
    elif way == 1 and isinstance(place, dict):
        place["\u2603"] = place.pop(key)
    elif way == 2:
        place[key] = [place[key]]
    else:
        simple = (None, True, -1, 0, 1, 0.5, 10**30, -1e308, "", "x", [], {}, [[]], [1, 2])
        place[key] = pick(rng, (*simple, *(each for each in POISONS if isinstance(each, float))))
    return json.dumps(data).encode()
