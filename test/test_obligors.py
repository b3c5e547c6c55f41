"""Obligors with one latent factor: probabilities and losses against closed forms."""

import numpy as np
import pytest
from scipy.stats import binom, multivariate_normal, norm

from qiskit_ssqw.finance import LossDistribution, Obligors

FACTOR = np.linspace(-10, 10, 8001)
WEIGHTS = norm.pdf(FACTOR) * (FACTOR[1] - FACTOR[0])
"""The trapezoidal rule, which converges fast for smooth integrands that vanish at the ends."""

PORTFOLIOS = [
    ([0.3], [0.2]),
    ([0.15, 0.25], [0.1, 0.05]),
    ([0.01, 0.02], [0.9, 0.9]),
    ([0.5, 0.001], [0.0, 0.5]),
    ([0.02, 0.05, 0.1], [0.2, 0.3, 0.15]),
    ([0.1, 0.9, 0.4, 0.01], [0.6, 0.3, 0.0, 0.95]),
]


def patterns(count):
    return np.arange(2**count)[:, None] >> np.arange(count) & 1


def by_the_definition(chances, shares):
    """Probability of each pattern of defaults, each factor of the product written out."""
    total = np.zeros(2 ** len(chances))
    given = [
        norm.cdf((norm.ppf(p) - np.sqrt(r) * FACTOR) / np.sqrt(1 - r))
        for p, r in zip(chances, shares, strict=True)
    ]
    for index, pattern in enumerate(patterns(len(chances))):
        product = np.ones_like(FACTOR)
        for default, one in zip(pattern, given, strict=True):
            product *= one if default else 1 - one
        total[index] = product @ WEIGHTS
    return total


class TestPatterns:
    @pytest.mark.parametrize(("chances", "shares"), PORTFOLIOS)
    def test_are_those_of_the_definition(self, chances, shares):
        found = Obligors(chances, shares).joint_probabilities()
        np.testing.assert_allclose(found, by_the_definition(chances, shares), rtol=0, atol=1e-11)

    @pytest.mark.parametrize(("chances", "shares"), PORTFOLIOS)
    def test_each_obligor_defaults_with_its_probability(self, chances, shares):
        found = Obligors(chances, shares).joint_probabilities()
        np.testing.assert_allclose(found @ patterns(len(chances)), chances, rtol=0, atol=1e-11)

    @pytest.mark.parametrize("shares", [(0.1, 0.05), (0.5, 0.5), (0.99, 0.2), (0.999999, 0.999999)])
    @pytest.mark.parametrize("chances", [(0.15, 0.25), (0.001, 0.5), (0.01, 0.99)])
    def test_two_defaults_are_a_bivariate_normal_probability(self, chances, shares):
        correlation = np.sqrt(shares[0] * shares[1])
        both = multivariate_normal.cdf(
            norm.ppf(chances), cov=[[1, correlation], [correlation, 1]], abseps=1e-12
        )
        assert Obligors(chances, shares).joint_probabilities()[3] == pytest.approx(both, abs=1e-9)

    @pytest.mark.parametrize("share", [0.999, 0.999999, 1 - 1e-9])
    @pytest.mark.parametrize("place", [-3.0, -1.5, 0.0001, 0.001, 1.503])
    def test_steps_of_the_default_probability_are_not_overlooked(self, place, share):
        chance = norm.cdf(place)
        found = Obligors([chance], share).joint_probabilities()
        np.testing.assert_allclose(found, [1 - chance, chance], rtol=0, atol=1e-11)

    def test_without_sensitivity_defaults_are_independent(self):
        found = Obligors([0.1, 0.2], 0).joint_probabilities()
        np.testing.assert_allclose(found, [0.9 * 0.8, 0.1 * 0.8, 0.9 * 0.2, 0.1 * 0.2], atol=1e-12)

    def test_good_times_have_fewer_defaults(self):
        given = Obligors([0.1, 0.2], [0.3, 0.0]).conditional_probabilities([-1.0, 0.0, 1.0])
        assert given.shape == (2, 3)
        assert np.all(np.diff(given[0]) < 0)
        np.testing.assert_allclose(given[1], 0.2)


class TestLosses:
    @pytest.mark.parametrize("share", [0.0, 0.2, 0.8])
    @pytest.mark.parametrize(("count", "chance"), [(3, 0.3), (20, 0.05), (60, 0.01)])
    def test_of_equal_obligors_are_mixed_binomial(self, count, chance, share):
        found = Obligors([chance] * count, share, 2.5).loss_distribution()
        given = norm.cdf((norm.ppf(chance) - np.sqrt(share) * FACTOR) / np.sqrt(1 - share))
        expected = binom.pmf(np.arange(count + 1)[:, None], count, given) @ WEIGHTS
        np.testing.assert_allclose(found.losses, 2.5 * np.arange(count + 1))
        np.testing.assert_allclose(found.probabilities, expected, rtol=0, atol=1e-11)

    @pytest.mark.parametrize(("chances", "shares"), PORTFOLIOS)
    def test_are_sums_over_patterns(self, chances, shares):
        amounts = [0.1, 0.2, 0.3, 0.0][: len(chances)]
        obligors = Obligors(chances, shares, amounts)
        found, joint = obligors.loss_distribution(), obligors.joint_probabilities()
        sums = patterns(len(chances)) @ amounts
        assert np.all(np.diff(found.losses) > 0.05)  # 0.1 + 0.2 and 0.3 are one loss
        for loss, probability in zip(found.losses, found.probabilities, strict=True):
            assert probability == pytest.approx(joint[np.abs(sums - loss) < 1e-9].sum(), abs=1e-11)
        assert found.expected_loss == pytest.approx(obligors.expected_loss, abs=1e-11)

    def test_no_loss_is_a_loss_of_zero(self):
        found = Obligors([0.1, 0.2], 0.1, 0).loss_distribution()
        assert found.losses.tolist() == [0.0]
        assert found.probabilities.tolist() == pytest.approx([1.0])

    def test_too_many_are_refused(self):
        amounts = 2.0 ** np.arange(20)
        with pytest.raises(ValueError, match="at most 65536 different losses, got 131072 or more"):
            Obligors([0.1] * 20, 0.1, amounts).loss_distribution()

    def test_too_many_patterns_are_refused(self):
        with pytest.raises(ValueError, match="at most 20 obligors, got 21: loss_distribution"):
            Obligors([0.1] * 21, 0.1).joint_probabilities()


class TestRiskMeasures:
    DISTRIBUTION = LossDistribution(np.array([0.0, 1, 2, 5]), np.array([0.5, 0.3, 0.15, 0.05]))

    @pytest.mark.parametrize(
        ("level", "expected"), [(0.2, 0), (0.5, 0), (0.51, 1), (0.8, 1), (0.95, 2), (0.96, 5)]
    )
    def test_value_at_risk_is_a_quantile(self, level, expected):
        assert self.DISTRIBUTION.value_at_risk(level) == expected

    def test_rounding_does_not_move_a_quantile(self):
        distribution = LossDistribution([0.0, 1, 2], [0.7, 0.1, 0.2])
        assert 0.7 + 0.1 < 0.8
        assert distribution.value_at_risk(0.8) == 1

    @pytest.mark.parametrize(
        ("losses", "probabilities", "message"),
        [
            ([1.0, 0.0], [0.5, 0.5], "losses must ascend, got 1 before 0"),
            ([0.0, 0.0], [0.5, 0.5], "losses must ascend, got 0 before 0"),
            ([0.0, 1.0], [0.5, 0.6], "probabilities must sum to 1, got a sum of 1.1"),
            ([0.0, 1.0], [-0.5, 1.5], "probabilities must not be negative, got -0.5"),
            ([0.0, 1.0], [1.0], r"probabilities must have shape \(2,\), got \(1,\)"),
            ([0.0, np.nan], [0.5, 0.5], "losses must be finite, got nan"),
        ],
    )
    def test_what_is_no_distribution_is_refused(self, losses, probabilities, message):
        with pytest.raises(ValueError, match=message):
            LossDistribution(losses, probabilities)

    @pytest.mark.parametrize("level", [0.01, 0.3, 0.5, 0.77, 0.95, 0.99])
    def test_expected_shortfall_is_the_mean_of_the_quantiles_beyond(self, level):
        steps = level + (1 - level) * (np.arange(20000) + 0.5) / 20000
        quantiles = [self.DISTRIBUTION.value_at_risk(step) for step in steps]
        found = self.DISTRIBUTION.expected_shortfall(level)
        assert found == pytest.approx(np.mean(quantiles), abs=2e-3)

    def test_a_level_beyond_the_sum_of_all_is_that_of_the_largest_loss(self):
        distribution = LossDistribution([0, 1, 2], [0.5, 0.3, 0.2 - 5e-9])
        assert distribution.value_at_risk(1 - 1e-10) == 2

    @pytest.mark.parametrize("level", [0, 1, -0.5, 95])
    @pytest.mark.parametrize("measure", ["value_at_risk", "expected_shortfall"])
    def test_a_level_is_a_probability(self, measure, level):
        with pytest.raises(
            ValueError, match=f"level must lie strictly between 0 and 1, got {level}"
        ):
            getattr(self.DISTRIBUTION, measure)(level)

    def test_the_table(self):
        text = str(self.DISTRIBUTION)
        assert text.startswith("distribution of 4 losses\n  expected loss")
        assert "value at risk           2   at level 0.95" in text


class TestData:
    def test_one_number_stands_for_all(self):
        assert Obligors([0.1, 0.2], 0.3) == Obligors([0.1, 0.2], [0.3, 0.3], [1.0, 1.0])
        assert hash(Obligors(np.array([0.1]), 0.3)) == hash(Obligors((0.1,), (0.3,), 1))

    def test_the_table_lists_few_numbers(self):
        text = str(Obligors(np.linspace(0.1, 0.8, 8), 0.2, [1, 2] * 4))
        assert text.startswith("8 obligors\n")
        assert "0.1, 0.2, 0.3, 0.4, 0.5, 0.6, ..." in text
        assert "sensitivities           0.2" in text

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (([], 0.1), "default_probabilities must name at least one obligor, got none"),
            (([0.1, 0.0], 0.1), "default_probabilities must lie strictly between 0 and 1, got 0"),
            (([0.1, 1.0], 0.1), "default_probabilities must lie strictly between 0 and 1, got 1"),
            (([15, 25], 0.1), "default_probabilities must lie strictly between 0 and 1, got 15"),
            (([-0.1], 0.1), "default_probabilities must lie strictly between 0 and 1, got -0.1"),
            (([float("nan")], 0.1), "default_probabilities must be finite, got nan"),
            ((0.1, 0.1), r"default_probabilities must have shape \(any,\), got \(\)"),
            (([0.1], 1.0), "sensitivities must be below 1, got 1"),
            (([0.1, 0.2], [0.1, 1.5]), "sensitivities must be below 1, got 1.5"),
            (([0.1], -0.1), "sensitivities must not be negative, got -0.1"),
            (([0.1], [float("nan")]), "sensitivities must be finite, got nan"),
            (([0.1, 0.2], [0.1] * 3), "sensitivities must be one number or one per obligor, got 3"),
            (([0.1, 0.2], 0.1, [[1, 2]]), "losses_given_default must be one number or one per"),
            (([0.1, 0.2], 0.1, [1, 2, 3]), "one number or one per obligor, got 3 for 2"),
            (([0.1], 0.1, -1), "losses_given_default must not be negative, got -1"),
            (([0.1], 0.1, float("inf")), "losses_given_default must be finite, got inf"),
        ],
    )
    def test_refuses_a_value(self, arguments, message):
        with pytest.raises(ValueError, match=message):
            Obligors(*arguments)

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (("high", 0.1), "default_probabilities must be an array of real numbers, got 'high'"),
            (([0.1], None), "sensitivities must be an array of real numbers, got None"),
            (([0.1], 0.1, "all"), "losses_given_default must be an array of real numbers"),
        ],
    )
    def test_refuses_another_type(self, arguments, message):
        with pytest.raises(TypeError, match=message):
            Obligors(*arguments)
