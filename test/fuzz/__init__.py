"""Malformed input to every boundary of the package, and what must come of it.

`python test/fuzz 100000 --seed 0` runs it at length; `test_fuzz.py` runs a sample.
"""
