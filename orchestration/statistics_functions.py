"""What SQL has no words for: a seasonal forecast, a normal distribution. Registered in DuckDB by dbt_functions.py, in
Spark by spark.py, where they run on the workers.

statsmodels is imported when a series of two years is there, never before: other runs do not pay for it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import Any

MONTHS = 12


def damped_trend_model(values: Sequence[float], period: int = MONTHS) -> Any:
    """Error, trend and season additive, trend damped: ETS(A,Ad,A) (Hyndman et al. 2008), unfitted."""
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    return ETSModel(values, error="add", trend="add", damped_trend=True, seasonal="add", seasonal_periods=period)


def step_weights(alpha: float, beta: float, gamma: float, phi: float, period: int, steps: int) -> list[float]:
    """What an error does to the value j = 0, 1, … steps later (Hyndman et al. 2008, table 6.1): 1, then
    alpha + beta (phi + … + phi^j), and gamma where j is a whole number of seasons.
    """
    weights, damped = [1.0], 0.0
    for j in range(1, steps):
        damped += phi**j
        weights.append(alpha + beta * damped + (gamma if j % period == 0 else 0.0))
    return weights


def deviations(
    weights: Sequence[float], variance: float, first_month: int, months: int = MONTHS
) -> list[tuple[float, float]]:
    """Standard deviation of every step, and of the sum of its year's steps up to it: steps share their errors.

    weights: of step_weights, as many as there are steps. first_month: calendar month of the first step, 1 to 12.
    """
    found, together = [], [0.0] * len(weights)
    for step in range(len(weights)):
        if (first_month - 1 + step) % months == 0:
            together = [0.0] * len(weights)
        for error in range(step + 1):
            together[error] += weights[step - error]
        single = sum(weight * weight for weight in weights[: step + 1])
        found.append(((variance * single) ** 0.5, (variance * sum(each * each for each in together)) ** 0.5))
    return found


def level_deviations(values: Sequence[float], first_month: int, steps: int) -> list[tuple[float, float]]:
    """The same for a level that wanders from year to year as far as the series has: what a fit of few years cannot see.

    A level that moves by a variance q each month makes the sums of two adjoining years differ by q (1^2 + ... + 12^2 +
    11^2 + ... + 1^2) = 1156 q; q is what the sums of twelve months differed by, on the average of squares. That rests
    on as many independent changes as there are years but the first, so the deviation is that of a normal value with the
    95 % interval of Student's t of so many degrees of freedom. values: at least 24 months.
    """
    from scipy.special import stdtrit

    sums = [sum(values[month : month + MONTHS]) for month in range(len(values) - MONTHS + 1)]
    changes = [later - earlier for earlier, later in zip(sums, sums[MONTHS:], strict=False)]
    variance = sum(change * change for change in changes) / len(changes) / 1156
    years = len(values) / MONTHS - 1
    widening = float(stdtrit(years, 0.975)) / NormalDist().inv_cdf(0.975)
    return [
        (single * widening, together * widening)
        for single, together in deviations([1.0] * steps, variance, first_month)
    ]


def seasonal_forecast(values: list[float] | None, first_month: int, steps: int) -> list[dict[str, Any]] | None:
    """Expected values and standard deviations of the months that follow a monthly series.

    values: at least 24 months in order. Fewer, and a series that the model cannot be fitted to, give None: two years
    are the least that show a season. first_month: the calendar month of the first step. Deterministic: the likelihood
    is maximised from heuristic starting values, and nothing is drawn.
    """
    if values is None or len(values) < 2 * MONTHS or steps < 1:
        return None
    import warnings

    from numpy.linalg import LinAlgError
    from scipy.special import stdtrit

    # What never changes is expected to go on, and has nothing to fit.
    if max(values) == min(values):
        constant = {"expected": values[0], "deviation": 0.0, "year_deviation": 0.0, "parameters": "{}"}
        return [constant] * steps
    # The optimiser works on figures near one, whatever the inventory's size.
    scale = max(abs(value) for value in values) or 1.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it stopped at a bound is no news to the reader of a mart
        try:
            fitted = damped_trend_model([value / scale for value in values]).fit(disp=False)
        except (LinAlgError, ValueError):
            return None
    alpha, beta = float(fitted.smoothing_level), float(fitted.smoothing_trend)
    gamma, phi = float(fitted.smoothing_seasonal), float(fitted.damping_trend)
    # With two or three years the likelihood's own variance is far too small: errors over the degrees of freedom, what
    # the parameters are uncertain themselves, as in a regression with as many of them, and what an estimated variance
    # is: the deviation is that of a normal value with the 95 % interval of Student's t.
    count = len(fitted.params)
    degrees = max(len(values) - count, 1)
    variance = float(sum(error * error for error in fitted.resid)) / degrees
    variance *= (1 + count / len(values)) * (float(stdtrit(degrees, 0.975)) / NormalDist().inv_cdf(0.975)) ** 2
    weights = step_weights(alpha, beta, gamma, phi, MONTHS, steps)
    parameters = json.dumps(
        {"alpha": round(alpha, 6), "beta": round(beta, 6), "gamma": round(gamma, 6), "phi": round(phi, 6)}
    )
    # A trend would lead what was never below zero there.
    least = 0.0 if min(values) >= 0 else -math.inf
    expectations = [max(float(expected) * scale, least) for expected in fitted.forecast(steps)]
    if not all(map(math.isfinite, [*expectations, variance])):
        return None
    fit = deviations(weights, variance, first_month)
    level = level_deviations(values, first_month, steps)
    return [
        {
            "expected": expected,
            "deviation": max(single * scale, wandering),
            "year_deviation": max(together * scale, wandering_together),
            "parameters": parameters,
        }
        for expected, (single, together), (wandering, wandering_together) in zip(expectations, fit, level, strict=True)
    ]


def probability_below(limit: float | None, expected: float | None, deviation: float | None) -> float | None:
    """That a normal value is at most limit, 0 to 1; None where one of the three is not known."""
    if limit is None or expected is None or deviation is None:
        return None
    if deviation <= 0:
        return 1.0 if expected <= limit else 0.0
    return NormalDist(expected, deviation).cdf(limit)


def power(base: float | None, exponent: float | None) -> float | None:
    """base to the exponent as the C library has it, and with it DuckDB; Java's may differ in the last bit."""
    return None if base is None or exponent is None else math.pow(base, exponent)


# The same in Spark: function and type of its result.
FOR_SPARK = {
    "seasonal_forecast": (
        seasonal_forecast,
        "array<struct<expected:double,deviation:double,year_deviation:double,parameters:string>>",
    ),
    "probability_below": (probability_below, "double"),
    "power_as_in_c": (power, "double"),
}
