"""Independent prices, loaded side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from typing_extensions import Self

from qiskit_ssqw.circuit.reading import MOST_QUBITS
from qiskit_ssqw.finance.register_model import RegisterModel
from qiskit_ssqw.finance.registers.parts import prices_of, registers_of
from qiskit_ssqw.finance.uncertainty_model import QuantumWalkUncertaintyModel
from qiskit_ssqw.markets.base import PriceDistribution
from qiskit_ssqw.markets.black_scholes import Market
from qiskit_ssqw.markets.independent import IndependentPrices
from qiskit_ssqw.markets.model import PriceModel, at_maturity


class ProductModel(RegisterModel):
    """Load independent distributions side by side, such as those of several assets.

    Each model has registers and qubits of its own, those of the first the most significant ones.
    A model of several dependent assets may be one of them.

    Args:
        models: The models.
        most_qubits: Qubits up to which all points may be listed.
        name: Name of the circuit.

    Raises:
        TypeError: A model is no `QuantumWalkUncertaintyModel`.
        ValueError: There are no models, or their prices are of different maturities or rates.

    Examples:
        >>> from qiskit_ssqw.finance import Market, ProductModel
        >>> market = Market(spot=(100.0, 90.0, 80.0), volatility=0.2, rate=0.02, maturity=1.0)
        >>> model = ProductModel.from_market(8, market, grid="quantile")
        >>> model.num_qubits, len(model.registers), len(model.prices)
        (24, 3, 3)
    """

    def __init__(
        self,
        models: Sequence[QuantumWalkUncertaintyModel],
        *,
        most_qubits: int = MOST_QUBITS,
        name: str = "P(X)",
    ) -> None:
        if not isinstance(models, (list, tuple)):
            raise TypeError(
                f"models must be a list of QuantumWalkUncertaintyModels, got {models!r}"
            )
        for model in models:
            if not isinstance(model, QuantumWalkUncertaintyModel):
                raise TypeError(f"models must be QuantumWalkUncertaintyModels, got {model!r}")
        parts = [(f"asset{number + 1}", model) for number, model in enumerate(models)]
        super().__init__(
            parts,
            prices_of(registers_of([(name, model.target) for name, model in parts])),
            market=_joint_market(models),
            most_qubits=most_qubits,
            name=name,
        )

    @classmethod
    def from_market(
        cls,
        num_qubits: int | Sequence[int],
        market: PriceDistribution | PriceModel | Sequence[PriceDistribution | PriceModel],
        *,
        maturity: float | None = None,
        most_qubits: int = MOST_QUBITS,
        **options: Any,
    ) -> Self:
        """Load the prices of independent assets.

        Args:
            num_qubits: Qubits of each asset, one number for all or one per asset.
            market: A market of assets without correlation, or one market per asset.
            maturity: Time to maturity in years, of models of the price at any time; markets at
                maturity have it.
            most_qubits: Qubits up to which all points may be listed.
            **options: Options of `TargetDistribution.from_market`,
                `QuantumWalkUncertaintyModel` and `fit`.

        Raises:
            TypeError: As `TargetDistribution.from_market`.
            ValueError: The assets are correlated, or the numbers of qubits are not one per asset.
        """
        markets = list(market) if isinstance(market, (list, tuple)) else [market]
        singles = [one for each in markets for one in _independent_assets(_at(each, maturity))]
        sizes = list(num_qubits) if isinstance(num_qubits, (list, tuple)) else [num_qubits]
        sizes = sizes * len(singles) if len(sizes) == 1 else sizes
        if len(sizes) != len(singles):
            raise ValueError(
                f"num_qubits must be one number or one per asset, {len(singles)}, got {num_qubits}"
            )
        models = [
            QuantumWalkUncertaintyModel.from_market(size, one, **options)
            for size, one in zip(sizes, singles, strict=True)
        ]
        return cls(models, most_qubits=most_qubits)


def _at(market: Any, maturity: float | None) -> PriceDistribution:
    """A market at maturity, which may have it already."""
    known = getattr(market, "maturity", None)
    return at_maturity(market, None if known is not None and known == maturity else maturity)


def _independent_assets(market: PriceDistribution) -> Sequence[PriceDistribution]:
    """The assets of a market, or a `ValueError` if they depend on each other."""
    if isinstance(market, Market) and market.correlation is not None:
        raise ValueError(
            "independent models need assets without correlation: take FactorModel, or a joint "
            f"walk, QuantumWalkUncertaintyModel.from_market, for {market.num_assets} correlated "
            "ones"
        )
    return market.marginals


def _joint_market(models: Sequence[QuantumWalkUncertaintyModel]) -> PriceDistribution | None:
    """The market of all assets, if every model knows its own and they fit together."""
    markets = [model.market for model in models]
    known = [market for market in markets if market is not None]
    if not known or len(known) < len(markets):
        return None
    same = {(market.rate, market.maturity) for market in known}
    if len(same) > 1:
        raise ValueError(
            f"the prices must be of one rate and one maturity, got pairs of them {sorted(same)}"
        )
    if all(isinstance(market, Market) and market.num_assets == 1 for market in known):
        return Market(
            spot=[market.spot for market in known],
            volatility=[market.volatility for market in known],  # type: ignore[attr-defined]
            rate=known[0].rate,
            maturity=known[0].maturity,
            dividend_yield=[market.dividend_yield for market in known],  # type: ignore[attr-defined]
        )
    return IndependentPrices(tuple(known))
