"""Markets of the command line: Black-Scholes and other models, by name and parameters."""

from __future__ import annotations

import argparse
import warnings
from typing import Any

_VARIANCE = (
    *("initial_variance", "mean_reversion", "long_run_variance", "volatility_of_variance"),
    "correlation",
)
_JUMPS = ("jump_intensity", "jump_mean", "jump_std")

MODELS = {
    "black-scholes": ("Market", ("volatility",)),
    "heston": ("Heston", _VARIANCE),
    "merton": ("Merton", ("volatility", *_JUMPS)),
    "bates": ("Bates", (*_VARIANCE, *_JUMPS)),
    "variance-gamma": ("VarianceGamma", ("volatility", "drift", "variance_rate")),
    "bachelier": ("Bachelier", ("volatility",)),
}
"""Names of `qiskit_ssqw.finance` and their parameters, by their words on the command line: the
volatility, and what ``--set`` gives. They stand here because looking them up would import the
models for every ``--help``."""


def market(options: argparse.Namespace) -> Any:
    """The market at maturity, or an error about what is wrong or warned about.

    Raises:
        ValueError: A parameter is missing, unknown, out of range or improbable.
    """
    from qiskit_ssqw.finance import MarketWarning

    with warnings.catch_warnings():
        warnings.simplefilter("error", MarketWarning)
        try:
            return _market(options)
        except MarketWarning as hint:
            raise ValueError(str(hint)) from hint


def has_volatility(model: str) -> bool:
    """Whether ``--volatility`` is a parameter of a model."""
    return "volatility" in MODELS[model][1]


def check_volatility(options: argparse.Namespace) -> None:
    """Raise a `ValueError` if the volatility means nothing to the model, or something else."""
    if options.volatility is not None and not has_volatility(options.model):
        raise ValueError(f"--model {options.model} has no --volatility: leave it out")
    if options.model == "bachelier" and options.volatility is None:
        raise ValueError(
            "--model bachelier needs --volatility, in units of the price: neither the default nor "
            "--csv, which tells that of returns, will do"
        )


def market_data(options: argparse.Namespace) -> dict[str, Any]:
    """The numbers that the market was made of."""
    known = {"model": options.model, "spot": options.spot}
    if has_volatility(options.model):
        known["volatility"] = options.volatility
    return {
        **known,
        "rate": options.rate,
        "maturity": options.maturity,
        "dividend_yield": options.dividend,
        **dict(options.set or ()),
    }


def all_parameters() -> str:
    """What ``--set`` gives, model by model, for the help."""
    of_model = {model: _needed(model) for model in MODELS}
    return "; ".join(f"{model}: {', '.join(names)}" for model, names in of_model.items() if names)


def _needed(model: str) -> list[str]:
    """What ``--set`` gives of a model."""
    return [name for name in MODELS[model][1] if name != "volatility"]


def _market(options: argparse.Namespace) -> Any:
    from qiskit_ssqw import finance

    name, _ = MODELS[options.model]
    kind = getattr(finance, name)
    given = _given(options)
    numbers = {name: getattr(options, name) for name in ("spot", "rate")}
    if has_volatility(options.model):
        numbers["volatility"] = options.volatility
    if options.model == "black-scholes":
        return kind(**numbers, maturity=options.maturity, dividend_yield=options.dividend)
    return kind(**numbers, **given, dividend_yield=options.dividend).at(options.maturity)


def _given(options: argparse.Namespace) -> dict[str, float]:
    """The parameters of ``--set``, all that the model needs and no others."""
    given = dict(options.set or ())
    needed = _needed(options.model)
    unknown, missing = sorted(set(given) - set(needed)), [n for n in needed if n not in given]
    if unknown:
        listed = f"takes {', '.join(needed)}" if needed else "takes none"
        raise ValueError(f"--model {options.model} has no {unknown[0]}: --set {listed}")
    if missing:
        raise ValueError(f"--model {options.model} needs --set {'=... '.join(missing)}=...")
    return given
