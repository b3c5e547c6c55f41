"""Properties of whole families of inputs, which hypothesis draws.

`python -m pytest test/properties` takes a few examples of each, always the same ones;
`HYPOTHESIS_PROFILE=deep` takes 10,000 new ones.
"""

from hypothesis import settings


def examples(share):
    """A share of the profile's number of examples, for properties that cost more than others."""
    return settings(max_examples=max(1, round(share * settings.default.max_examples)))
