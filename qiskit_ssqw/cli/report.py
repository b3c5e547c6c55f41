"""What a command prints: a table or JSON."""

from __future__ import annotations

import argparse
import json
from typing import Any

from qiskit_ssqw.cli.job import Job, Usage
from qiskit_ssqw.cli.models import market_data
from qiskit_ssqw.cli.wording import with_options


def report(job: Job, options: argparse.Namespace) -> str:
    """Return the text to print."""
    return json.dumps(_data(job, options), indent=2) if options.json else _table(job, options)


def _data(job: Job, options: argparse.Namespace) -> dict[str, Any]:
    fitted = job.model.fit_result
    return {
        "market": market_data(options),
        "history": None if job.usage is None else _history_data(job.usage, options),
        "grid": _grid_data(job, options),
        "strikes": options.strike,
        **job.result.to_dict(),
        "loader": {
            "num_qubits": job.model.num_qubits,
            "total_variation": fitted.total_variation,
            "tolerance": fitted.tolerance,
            "success": fitted.success,
            "two_qubit_gates": fitted.two_qubit_gates,
            "seed": fitted.seed,
        },
        **({} if job.resources is None else {"resources": job.resources.to_dict()}),
        "warnings": job.warnings,
    }


def _grid_data(job: Job, options: argparse.Namespace) -> dict[str, Any]:
    values = job.model.values
    return {
        "kind": options.grid or "linear",
        "num_points": len(values),
        "first": float(values[0]),
        "last": float(values[-1]),
        "aligned_with": options.align,
    }


def _history_data(usage: Usage, options: argparse.Namespace) -> dict[str, Any]:
    history = usage.history
    first, last = (None, None) if history.dates is None else map(str, history.dates[[0, -1]])
    return {
        "file": options.csv,
        "first_date": first,
        "last_date": last,
        "num_returns": history.num_returns,
        "periods_per_year": usage.periods_per_year,
        "gave_spot": usage.spot,
        "gave_volatility": usage.volatility,
        "notes": list(history.notes),
    }


def _table(job: Job, options: argparse.Namespace) -> str:
    sections = [_market_line(options), with_options(str(job.result)), _loader_rows(job, options)]
    if job.resources is not None:
        sections.append(str(job.resources))
    if job.usage is not None:
        sections[0] += f"\n{_history_lines(job.usage)}"
    sections[0] += f"\n{_grid_line(job, options)}"
    if not job.result.success:
        what = "price" if options.command == "price" else "shortfall"
        sections.append(f"Warning: the {what} is not as close as was asked for.")
    sections += [f"Warning: {each}" for each in job.warnings]
    return "\n\n".join(sections)


def _market_line(options: argparse.Namespace) -> str:
    data = market_data(options)
    model, maturity, dividend = (data.pop(n) for n in ("model", "maturity", "dividend_yield"))
    numbers = [f"{name.replace('_', ' ')} {value:.4g}" for name, value in data.items()]
    numbers.append(f"maturity {maturity:.4g} years")
    if dividend:
        numbers.append(f"dividend yield {dividend:.4g}")
    line = ", ".join(numbers)
    return line if model == "black-scholes" else f"{model}: {line}"


def _grid_line(job: Job, options: argparse.Namespace) -> str:
    values = job.model.values
    kind, (first, last) = options.grid or "linear", values[[0, -1]]
    line = f"{kind} grid of {len(values)} prices from {first:.4g} to {last:.4g}"
    return line if options.align is None else f"{line}, an edge of a cell at {options.align:g}"


def _history_lines(usage: Usage) -> str:
    taken = [name for name in ("spot", "volatility") if getattr(usage, name)]
    used = " and ".join(taken) if taken else "nothing, as all is given"
    years = "" if usage.periods_per_year is None else f", {usage.periods_per_year:g} a year"
    lines = [f"history, for {used}: {usage.history}{years}", *usage.history.notes]
    return "\n  ".join(lines)


def _quantile_row(job: Job, options: argparse.Namespace) -> list[tuple[str, str, str]]:
    """What a grid that needs no walk says about the same payoff."""
    from qiskit_ssqw import TargetDistribution

    if options.command != "price" or options.grid == "quantile":
        return []
    target = TargetDistribution.from_market(
        options.qubits, job.model.market, grid="quantile", align=options.align
    )
    value = target.probabilities @ job.result.payoff(target.values)
    return [("sum over a quantile grid", f"{value:.6g}", "--grid quantile: loader without CX")]


def _loader_rows(job: Job, options: argparse.Namespace) -> str:
    result = job.model.fit_result
    rows = [
        ("total variation", f"{result.total_variation:.2e}", f"tolerance {result.tolerance:g}"),
        ("CX, quantum walk", result.two_qubit_gates, "all between neighbours of a line"),
        *_quantile_row(job, options),
    ]
    lines = [f"  {name:<32}{value:>14}   {remark}".rstrip() for name, value, remark in rows]
    return "\n".join(["loader", *lines])
