"""Price options and measure risk with quantum walks."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qiskit_ssqw.finance.bias import BiasBound as BiasBound
    from qiskit_ssqw.finance.credit_model import CreditModel as CreditModel
    from qiskit_ssqw.finance.estimation.bayesian import (
        BayesianAmplitudeEstimation as BayesianAmplitudeEstimation,
    )
    from qiskit_ssqw.finance.estimation.bayesian import (
        BayesianAmplitudeEstimationResult as BayesianAmplitudeEstimationResult,
    )
    from qiskit_ssqw.finance.estimation.robust import (
        RobustAmplitudeEstimation as RobustAmplitudeEstimation,
    )
    from qiskit_ssqw.finance.estimation.robust_result import (
        RobustAmplitudeEstimationResult as RobustAmplitudeEstimationResult,
    )
    from qiskit_ssqw.finance.factor_model import FactorModel as FactorModel
    from qiskit_ssqw.finance.fault_tolerance import *  # noqa: F403, its list is this one's
    from qiskit_ssqw.finance.history import *  # noqa: F403, its list is this one's
    from qiskit_ssqw.finance.loss_distribution import LossDistribution as LossDistribution
    from qiskit_ssqw.finance.obligors import Obligors as Obligors
    from qiskit_ssqw.finance.option_pricing import OptionPricing as OptionPricing
    from qiskit_ssqw.finance.path_model import PathModel as PathModel
    from qiskit_ssqw.finance.payoffs import *  # noqa: F403, its list is this one's
    from qiskit_ssqw.finance.pricing import PriceAccuracyWarning as PriceAccuracyWarning
    from qiskit_ssqw.finance.pricing import price as price
    from qiskit_ssqw.finance.product_model import ProductModel as ProductModel
    from qiskit_ssqw.finance.reference import Reference as Reference
    from qiskit_ssqw.finance.reference import reference_value as reference_value
    from qiskit_ssqw.finance.register_model import RegisterModel as RegisterModel
    from qiskit_ssqw.finance.result import PricingResult as PricingResult
    from qiskit_ssqw.finance.risk import *  # noqa: F403, its list is this one's
    from qiskit_ssqw.finance.running.simulators import (
        matrix_product_sampler as matrix_product_sampler,
    )
    from qiskit_ssqw.finance.uncertainty_model import LoaderAccuracyWarning as LoaderAccuracyWarning
    from qiskit_ssqw.finance.uncertainty_model import (
        QuantumWalkUncertaintyModel as QuantumWalkUncertaintyModel,
    )
    from qiskit_ssqw.markets.bachelier import Bachelier as Bachelier
    from qiskit_ssqw.markets.base import PriceDistribution as PriceDistribution
    from qiskit_ssqw.markets.bates import Bates as Bates
    from qiskit_ssqw.markets.black_scholes import Market as Market
    from qiskit_ssqw.markets.cir import CIR as CIR
    from qiskit_ssqw.markets.greeks import Greeks as Greeks
    from qiskit_ssqw.markets.heston import Heston as Heston
    from qiskit_ssqw.markets.merton import Merton as Merton
    from qiskit_ssqw.markets.model import PriceModel as PriceModel
    from qiskit_ssqw.markets.plausibility import MarketWarning as MarketWarning
    from qiskit_ssqw.markets.quoted_prices import QuotedPrices as QuotedPrices
    from qiskit_ssqw.markets.quotes import from_option_quotes as from_option_quotes
    from qiskit_ssqw.markets.variance_gamma import VarianceGamma as VarianceGamma
else:
    from qiskit_ssqw._lazy import on_first_use

    __all__, __getattr__, __dir__ = on_first_use(__name__)
