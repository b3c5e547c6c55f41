"""Markets of the command line: Black-Scholes and other models, by name and parameters."""

from __future__ import annotations

import argparse
import warnings
from dataclasses import fields
from typing import Any

MODELS = {
    "black-scholes": "Market",
    "heston": "Heston",
    "merton": "Merton",
    "bates": "Bates",
    "variance-gamma": "VarianceGamma",
    "bachelier": "Bachelier",
}
"""Names of `qiskit_ssqw.finance` by their words on the command line."""


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
    return "volatility" in _names(model)


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
    named = {model: parameters(model) for model in MODELS}
    return "; ".join(f"{model}: {', '.join(names)}" for model, names in named.items() if names)


def parameters(model: str) -> list[str]:
    """What ``--set`` gives of a model."""
    if model == "black-scholes":
        return []
    return [name for name in _names(model) if name not in ("spot", "rate", "volatility")]


def _market(options: argparse.Namespace) -> Any:
    from qiskit_ssqw import finance

    kind = getattr(finance, MODELS[options.model])
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
    needed = parameters(options.model)
    unknown, missing = sorted(set(given) - set(needed)), [n for n in needed if n not in given]
    if unknown:
        listed = f"takes {', '.join(needed)}" if needed else "takes none"
        raise ValueError(f"--model {options.model} has no {unknown[0]}: --set {listed}")
    if missing:
        raise ValueError(f"--model {options.model} needs --set {'=... '.join(missing)}=...")
    return given


def _names(model: str) -> list[str]:
    """Parameters of a model that have no default."""
    from qiskit_ssqw import finance

    kind = getattr(finance, MODELS[model])
    return [each.name for each in fields(kind) if each.init and each.name != "dividend_yield"]
