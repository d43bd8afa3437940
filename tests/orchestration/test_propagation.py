"""Draws of uncertain quantities against published worked examples: the Guide to the expression of uncertainty (JCGM
100) and its first supplement (JCGM 101)."""

import numpy as np
import pytest

from orchestration.propagation import Quantity, draws

# JCGM 100:2008, H.2: five simultaneous observations of voltage (V), current (A) and phase (rad).
OBSERVED = np.array(
    [
        [5.007, 4.994, 5.005, 4.990, 4.999],
        [0.019663, 0.019639, 0.019640, 0.019685, 0.019678],
        [1.0456, 1.0438, 1.0468, 1.0428, 1.0433],
    ]
)


def test_correlated_inputs_give_the_published_impedance() -> None:
    """R, X and Z of H.2: 127.732(71), 219.847(295), 254.260(236) ohm; r(R, Z) = -0.485; r(V, phase) = 0.86."""
    means = OBSERVED.mean(axis=1)
    correlation = np.corrcoef(OBSERVED)
    assert correlation[0, 2] == pytest.approx(0.86, abs=0.005)
    standard = OBSERVED.std(axis=1, ddof=1) / np.sqrt(5)
    quantities = [Quantity(value, u) for value, u in zip(means, standard, strict=True)]
    voltage, current, phase = np.vstack(list(draws(quantities, 400_000, 2008, correlation))).T
    resistance, reactance = voltage / current * np.cos(phase), voltage / current * np.sin(phase)
    impedance = voltage / current
    assert means[0] / means[1] * np.cos(means[2]) == pytest.approx(127.732, abs=0.0005)
    assert means[0] / means[1] * np.sin(means[2]) == pytest.approx(219.847, abs=0.0005)
    assert resistance.std(ddof=1) == pytest.approx(0.071, rel=0.01)
    assert reactance.std(ddof=1) == pytest.approx(0.295, rel=0.01)
    assert impedance.std(ddof=1) == pytest.approx(0.236, rel=0.01)
    assert np.corrcoef(resistance, impedance)[0, 1] == pytest.approx(-0.485, abs=0.01)
    # Taken as independent, the reactance looks surer than it is.
    apart = np.vstack(list(draws(quantities, 100_000, 2008))).T
    assert (apart[0] / apart[1] * np.sin(apart[2])).std(ddof=1) == pytest.approx(0.2006, rel=0.01)


@pytest.mark.parametrize(
    ("spread", "standard", "half"),
    [
        # Sum of four rectangular quantities of mean 0: JCGM 101:2008, 9.2.3 (all of 1) and 9.2.4 (one of 10).
        (1, 2.0, 3.88),
        (10, 10.1, 17.0),
    ],
)
def test_rectangular_inputs_give_the_published_interval(spread: float, standard: float, half: float) -> None:
    quantities = [Quantity(0, 1, "rectangular")] * 3 + [Quantity(0, spread, "rectangular")]
    total = np.vstack(list(draws(quantities, 400_000, 101))).sum(axis=1)
    assert total.std(ddof=1) == pytest.approx(standard, rel=0.01)
    lower, upper = np.quantile(total, [0.025, 0.975])
    assert (lower, upper) == (pytest.approx(-half, rel=0.01), pytest.approx(half, rel=0.01))


def test_the_same_seed_draws_the_same_and_impossible_correlations_are_refused() -> None:
    quantities = [Quantity(1, 0.1), Quantity(1, 0.1), Quantity(1, 0.1)]
    one, other = (np.vstack(list(draws(quantities, 2_500, 7))) for _ in range(2))
    assert one.shape == (2_500, 3)
    assert (one == other).all()
    contrary = np.array([[1, -0.9, -0.9], [-0.9, 1, -0.9], [-0.9, -0.9, 1]])
    with pytest.raises(ValueError, match="contradict"):
        next(draws(quantities, 10, 7, contrary))
    with pytest.raises(ValueError, match="Only normal"):
        next(draws([Quantity(0, 1, "rectangular")] * 3, 10, 7, np.eye(3)))
