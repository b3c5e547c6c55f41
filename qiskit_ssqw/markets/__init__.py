"""Where prices come from: distributions of a price at maturity, and what discounts a payoff."""
