"""The seasonal model: published fits and forecasts to their digits, and its intervals on years that it has not seen."""

import csv
from pathlib import Path
from statistics import NormalDist

import pytest

from orchestration.statistics_functions import (
    damped_trend_model,
    deviations,
    level_deviations,
    probability_below,
    seasonal_forecast,
    step_weights,
)

PUBLISHED = Path(__file__).parent / "published"
QUARTERS = 4


def published(measure: str) -> list[dict[str, str]]:
    with (PUBLISHED / "seasonal_forecast.csv").open(encoding="utf-8") as lines:
        return [row for row in csv.DictReader(lines) if row["measure"] == measure]


def parameter(name: str) -> float:
    return float(published(name)[0]["expected"])


def test_the_published_parameters_give_the_published_fits_and_forecasts() -> None:
    import numpy as np

    rows = published("one_step_fit")
    model = damped_trend_model([float(row["observed"]) for row in rows], QUARTERS)
    of = {"smoothing_level": "alpha", "smoothing_trend": "beta", "smoothing_seasonal": "gamma", "damping_trend": "phi"}
    of |= {"initial_level": "l0", "initial_trend": "b0"}
    # statsmodels counts the seasons before the first value backwards.
    of |= {f"initial_seasonal.{k}": f"s0_{QUARTERS - k}" for k in range(QUARTERS)}
    smoothed = model.smooth(np.array([parameter(of[name]) for name in model.param_names]))
    assert list(smoothed.fittedvalues) == pytest.approx([float(row["expected"]) for row in rows], abs=2e-7)
    assert list(smoothed.forecast(4)) == pytest.approx(
        [float(row["expected"]) for row in published("forecast")], abs=2e-7
    )


def test_the_spread_of_a_step_follows_from_the_parameters() -> None:
    weights = step_weights(*(parameter(name) for name in ("alpha", "beta", "gamma", "phi")), QUARTERS, 4)
    spread = [single for single, _ in deviations(weights, parameter("sigma2"), 1, QUARTERS)]
    assert spread == pytest.approx([float(row["expected"]) for row in published("deviation")], abs=1e-6)


def test_the_months_of_a_year_share_their_errors() -> None:
    """Level only, alpha 0.5, variance 4, from November: weights 1, 0.5, 0.5. November and December together have
    (1 + 0.5) and 1 of the two errors, 2 x sqrt(3.25); January begins anew: 2 x sqrt(0.25 + 0.25 + 1).
    """
    found = deviations([1.0, 0.5, 0.5], 4.0, 11)
    assert found[0] == pytest.approx((2.0, 2.0))
    assert found[1] == pytest.approx((2 * 1.25**0.5, 2 * 3.25**0.5))
    assert found[2] == pytest.approx((2 * 1.5**0.5, 2 * 1.5**0.5))


def test_a_level_wanders_as_far_as_its_years_have() -> None:
    """Twelve months of 10, twelve of 20: the sums differ by 120, so a month's level moves by 120 / 34 (34^2 = 1156),
    and Student's t of one change is 12.7062 where a normal value has 1.95996. The sum of the next December's year has
    12^2 + ... + 1^2 = 650 of that variance.
    """
    month, *_, december = level_deviations([10.0] * 12 + [20.0] * 12, 1, 12)
    widening = 12.7062047 / 1.959963985
    assert month == pytest.approx((120 / 34 * widening, 120 / 34 * widening))
    assert december[1] == pytest.approx(120 / 34 * 650**0.5 * widening)


def held_on_unseen_years(values: list[float], years: int, starts: range) -> tuple[int, int, float]:
    """Of the year that follows each run of years: months within the 95 % interval, sums of a year within theirs, and
    the mean half width of the latter as a share of the sum.
    """
    months, sums, width = 0, 0, 0.0
    for start in starts:
        known, told = values[start * 12 :][: years * 12], values[(start + years) * 12 :][:12]
        forecast = seasonal_forecast(known, 1, 12)
        assert forecast is not None
        months += sum(
            abs(value - step["expected"]) <= 1.96 * step["deviation"]
            for value, step in zip(told, forecast, strict=True)
        )
        bound = 1.96 * forecast[-1]["year_deviation"]
        sums += abs(sum(told) - sum(step["expected"] for step in forecast)) <= bound
        width += bound / sum(told) / len(starts)
    return months, sums, width


def test_intervals_hold_on_years_that_the_model_has_not_seen() -> None:
    """Two public monthly series that come with statsmodels (public domain): the sea surface temperature of El Niño,
    without a trend, and the carbon dioxide of Mauna Loa, with one. Of each, six times three years to learn and the
    fourth to be told. A model that is far too sure of itself, or that knows nothing, is found.
    """
    from statsmodels import datasets

    elnino = datasets.elnino.load_pandas().data.set_index("YEAR").to_numpy().ravel().tolist()
    carbon = datasets.co2.load_pandas().data["co2"].resample("MS").mean().interpolate()["1959":"2000"].tolist()
    found = [held_on_unseen_years(values, 3, range(0, 36, 6)) for values in (elnino, carbon)]
    assert sum(months for months, _, _ in found) >= 0.95 * 144
    assert [sums for _, sums, _ in found] == [6, 6]
    assert all(width < 0.2 for _, _, width in found)


@pytest.mark.parametrize(("years", "least_months", "least_sums", "widest"), [(2, 60, 4, 1.0), (3, 70, 6, 0.4)])
def test_intervals_on_a_series_that_nothing_was_set_by(
    years: int, least_months: int, least_sums: int, widest: float
) -> None:
    """Turnover of the manufacture of electrical equipment in the euro area, 1995 to 2015 (Eurostat, public domain, with
    statsmodels): months of an industry, with the turns of 2001 and 2009 in them. docs/targets.md says what held on all
    years; the six here have the two that two years cannot tell.
    """
    from statsmodels.datasets import elec_equip

    turnover = elec_equip.load_pandas().data.iloc[:, 0].tolist()
    months, sums, width = held_on_unseen_years(turnover, years, range(0, 18, 3))
    assert months >= least_months
    assert sums >= least_sums
    assert width < widest


def test_fewer_than_two_years_make_no_forecast() -> None:
    assert seasonal_forecast([1.0] * 23, 1, 12) is None
    assert seasonal_forecast(None, 1, 12) is None
    assert seasonal_forecast([1.0] * 24, 1, 0) is None
    assert len(seasonal_forecast([1.0] * 24, 1, 1) or []) == 1


def test_a_series_that_never_changes_goes_on() -> None:
    for value in (0.0, 42.0):
        forecast = seasonal_forecast([value] * 24, 1, 3)
        assert forecast is not None
        assert [(step["expected"], step["deviation"]) for step in forecast] == [(value, 0.0)] * 3


def test_what_was_never_below_zero_is_not_expected_there() -> None:
    """From 120 t to 5 t in two years, five less every month: the trend goes on to nothing, and no further. What may be
    negative, as the same less 200, goes on falling."""
    falling = [120.0 - 5 * month + (month * 7 % 5 - 2) for month in range(24)]
    forecast = seasonal_forecast(falling, 1, 24)
    assert forecast is not None
    assert min(month["expected"] for month in forecast) == 0.0
    below = seasonal_forecast([value - 200 for value in falling], 1, 24)
    assert below is not None
    assert min(month["expected"] for month in below) < -220


def test_a_season_that_repeats_to_the_digit_is_told_or_left() -> None:
    """No error at all, as of generated months: the likelihood has no maximum, which must not stop a run."""
    forecast = seasonal_forecast([100.0 + month % 12 for month in range(36)], 1, 12)
    assert forecast is None or [step["expected"] for step in forecast] == pytest.approx(
        [100.0 + month for month in range(12)], abs=0.5
    )


def test_a_forecast_scales_with_its_series_and_is_the_same_again() -> None:
    values = [100 + 10 * (month % 12) + month + (month * 7 % 5) for month in range(36)]
    one, again = (seasonal_forecast(values, 1, 24) for _ in range(2))
    million = seasonal_forecast([value * 1e6 for value in values], 1, 24)
    assert one is not None
    assert million is not None
    assert one == again
    assert [step["expected"] for step in million] == pytest.approx([step["expected"] * 1e6 for step in one], rel=1e-6)


def test_a_probability_is_that_of_the_normal_distribution() -> None:
    assert probability_below(1000, 980, 20) == NormalDist(980, 20).cdf(1000)
    assert probability_below(979, 980, 0) == 0.0
    assert probability_below(980, 980, 0) == 1.0
    assert probability_below(None, 980, 20) is None
