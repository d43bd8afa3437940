"""Where two or three rules meet: every figure is worked by hand from the rows of edges.py."""

from decimal import Decimal
from fractions import Fraction

import pytest

from .conftest import Company

# The kilograms of CO2e of a facility, by a condition on its lines.
KILOGRAMS = [
    # 100 GJ at the supplier's 50, whose name is written otherwise; 60 GJ at the own location-based rate, which comes
    # before the shared default.
    ("heat", "scope2_method = 'market'", Fraction(11000)),
    ("heat", "scope2_method = 'location'", Fraction(16000)),
    # 15 of June's 30 days: 150 MWh at 500; 75 of them are served, 75 at 800.
    ("leave", "scope2_method = 'location'", Fraction(75000)),
    ("leave", "scope2_method = 'market'", Fraction(60000)),
    # 310 MWh of January and 290 of February, of which 62 are served.
    ("cross", "scope2_method = 'market'", Fraction(538 * 800)),
    # The last day of January and February: half of their 10 and 290 MWh is served.
    ("lastday", "scope2_method = 'market'", Fraction(450 * 800)),
    ("levels", "scope2_method = 'location'", Fraction(100 * 500)),
    # One tracking number is 50 MWh, by a row that is retired, and 30 MWh in whatever case it is written.
    ("dup", "scope2_method = 'market'", Fraction(50 * 800)),
    ("spelt", "scope2_method = 'market'", Fraction(70 * 800)),
    # The 50 MWh without a supplier's factor are served first, then 20 of the utility's.
    ("prio", "scope2_method = 'market'", Fraction(30 * 200)),
    # The row of one supplier and that of none are two supplies, however equal: the certificate serves the latter.
    ("unnamed", "scope2_method = 'location'", Fraction(100 * 500)),
    ("unnamed", "scope2_method = 'market'", Fraction(50 * 200)),
    ("contract", "scope2_method = 'market'", Fraction(20 * 100)),
    ("contract", "scope2_method = 'location'", Fraction(20 * 500)),
    ("kwh", "scope2_method = 'market'", Fraction(6 * 800)),
    # 160 of 310 MWh are those since 16 March.
    ("late", "scope2_method = 'market'", Fraction(0)),
    ("share", "scope2_method = 'market'", Fraction(40 * 800) * Fraction("0.3")),
    # The main meter's invoice holds those of its sub-meters; a credit takes its 30 MWh away. China's factor of 2022.
    ("bills", "scope2_method = 'location'", 300 * Fraction("536.6")),
    ("credit", "scope2_method = 'location'", 70 * Fraction("536.6")),
    # Two files say nearly the same of the same days: the larger figure counts; parts and their total: the parts.
    ("twice", "scope2_method = 'location'", Fraction("100.5") * Fraction("536.6")),
    ("halves", "scope2_method = 'location'", 100 * Fraction("536.6")),
    # A credit is at most what it corrects, of the same supplier, never itself, and on its days and meter.
    ("excess", "scope2_method = 'location'", Fraction(0)),
    ("several", "scope2_method = 'location'", Fraction(30 * 500)),
    ("stranger", "scope2_method = 'location'", Fraction(100 * 500)),
    ("itself", "scope2_method = 'location'", Fraction(100 * 500)),
    ("belated", "scope2_method = 'location'", Fraction((100 - 30 + 100) * 500)),
    ("belated", "scope2_method = 'location' and month(period) = 1", Fraction(70 * 500)),
    ("metered", "scope2_method = 'location'", Fraction((100 - 20 + 50) * 500)),
    ("half", "scope2_method = 'location'", (50 + Fraction("67.612903") - 16) * 500),
    ("served", "scope2_method = 'market'", Fraction(0)),
    # A correction speaks for no day: the invoice stands in for February, and an estimate of ten MWh a day, of which
    # nine days count with a half and twenty with a quarter, as do the 29 MWh taken away; January with a half, March
    # with a quarter.
    ("corrected", "scope2_method = 'location'", Fraction((310 + 290 - 10) * 500)),
    ("estimated", "scope2_method = 'location'", Fraction(155 + 45 + 50 - 9 * Fraction(1, 2) - 5) * 500 + 38750),
    # Two suppliers are two supplies in whichever files; the invoices of three months are the quarter's.
    ("suppliers", "scope2_method = 'location'", Fraction(200 * 500)),
    ("quarterly", "scope2_method = 'location'", Fraction(90 * 500)),
    # A certificate of 120 MWh serves what no contract supplies first, then half of the contract's 40.
    ("mixed", "scope2_method = 'market'", Fraction(20 * 100)),
    # Only the contract's factor is known in Iceland; the factors of China leave out Xizang.
    ("reykjavik", "scope2_method = 'market'", Fraction(100)),
    ("reykjavik", "scope2_method = 'location'", None),
    ("lhasa", "scope = 2", None),
    # A supplier's factor stands alone there, too; of 10 MWh a certificate serves four, and nothing is known of six.
    ("akureyri", "scope2_method = 'market'", Fraction(100)),
    ("akureyri", "scope2_method = 'location'", None),
    ("certified", "scope2_method = 'market'", Fraction(0)),
    ("certified", "scope2_method = 'location'", None),
    # A correction that names no supplier is of the one whose rows it corrects.
    ("credited", "scope2_method = 'market'", Fraction(80 * 200)),
    # Own values for R-404A, HFC-134a and the composition of R-407A, each written otherwise.
    ("blend", "scope = 1", Fraction(40000)),
    ("gas", "scope = 1", Fraction(14305)),
    ("mixture", "scope = 1", Fraction("0.25") * 677 + Fraction("0.75") * 3170),
    ("switchgear", "scope = 1", Fraction(235000)),
    ("unknown", "true", None),
    # Two of a hundred kilograms leave as NF3, one as CF4, which is PFC-14.
    ("clean", "scope = 1", Fraction(2 * 16100 + 6630)),
    # The default carbon content stands with the own calorific value.
    ("ncv", "scope = 1", 400 * Fraction("0.0153") * Fraction("0.99") * Fraction(44, 12) * 1000),
    # A tenth stays in the cylinder, three tenths of the rest pass (40 CFR Part 98, Table I-7), nine hundredths become
    # CF4.
    ("chamber", "scope = 1", 90 * Fraction("0.3") * 16100 + 90 * Fraction("0.09") * 6630),
    ("digits", "scope = 1", Fraction("0.123456789012") * Fraction("123456.789012345")),
    ("thirds", "scope = 1", 3 * Fraction("0.123456789012") * Fraction("0.333333333333")),
    # A meter is replaced in mid-month; a credit of January belongs to the December that it corrects, and sixteen of 31
    # days to the old year; of a quarter's 910 MWh 46 days lie after the opening; ten days of a month and two facilities
    # share 60 MWh as they consume.
    ("swapped", "scope2_method = 'location'", Fraction(310 * 500)),
    ("onbills", "scope2_method = 'location'", Fraction(100 * 500)),
    ("newyear", "scope2_method = 'location' and year(period) = 2024", Fraction(70 * 500)),
    ("newyear", "scope2_method = 'location' and year(period) = 2025", Fraction(50 * 500)),
    ("overyear", "scope2_method = 'location' and year(period) = 2024", Fraction(144 * 500)),
    ("overyear", "scope2_method = 'location' and year(period) = 2025", Fraction(135 * 500)),
    ("opened", "scope2_method = 'location'", Fraction((460 + 920) * 500)),
    ("bangkok", "scope2_method = 'market'", Fraction((310 - 40) * 800)),
    ("rayong", "scope2_method = 'market'", Fraction((155 - 20) * 800)),
    # A share that changes on 16 March: 15 days of ten MWh at 0.3, 16 at 0.6; a certificate serves half of each day.
    ("moved", "scope2_method = 'location'", Fraction(45 + 96) * 500),
    ("moved", "scope2_method = 'market'", Fraction(45 + 96, 2) * 800),
    ("leap", "scope2_method = 'location' and month(period) = 2", Fraction(290 * 500)),
    # A supplier's factor in another unit than the ledger's, steam and hot water by mass, coal in two units.
    ("gallons", "scope = 1", 1000 / Fraction("3.785411784") * 10),
    ("perhour", "scope2_method = 'market'", Fraction(1000)),
    ("steam", "scope2_method = 'location'", 100 * (2763 - Fraction("83.74")) / 1000 * 100),
    ("water", "scope2_method = 'location'", Fraction("1000.1234567") * Fraction("75.5") * Fraction("0.41868")),
    ("stocks", "scope = 1", Fraction((40 + 55 + 30 + 10) * 2000)),
    # Factors that end on 14 June: 14 days at one, 16 at the other, or at the residual mix.
    ("midmonth", "scope = 1", Fraction(14 * 1000 + 16 * 2000)),
    ("midsupplier", "scope2_method = 'market'", Fraction(14 * 200 + 16 * 800)),
    # Sold heat takes nothing away from what is bought.
    ("exporter", "scope2_method = 'location'", Fraction(200 * 100)),
    ("milligrams", "scope = 1", Fraction("0.000987654321012345") * Fraction("0.123456789012")),
    # Three per cent of 100 kg a year, of half R-32 (677) and half HFC-125 (3,170), in 184 days of 366.
    ("charged", "scope = 1", Fraction(3 * 184, 366) * Fraction("1923.5")),
    # Ten of a hundred kilograms pass, and nine become CF4 by the default of any process; SF6 is abated by 45 %.
    ("etch", "activity_type = 'process_nf3'", Fraction(10 * 16100 + 9 * 6630)),
    ("etch", "activity_type = 'process_sf6'", 50 * (1 - Fraction("0.45")) * 23500),
    ("spend", "scope = 3", Fraction(7123) / Fraction("7.123") * Fraction("0.215")),
]


@pytest.mark.parametrize(("facility", "lines", "kilograms"), KILOGRAMS)
def test_kilograms(edges: Company, facility: str, lines: str, kilograms: Fraction | None) -> None:
    found = edges.value(
        f"select sum(co2e_kg) from emissions where facility_id = ? and stage = 'direct' and {lines}", facility
    )
    if kilograms is None:
        assert found is None
    else:
        # Twelve decimals of a factor, and every digit of a quantity.
        assert abs(Fraction(found) - kilograms) <= max(Fraction(1, 10**10), kilograms * 2 / 10**11)


def test_own_upstream_and_losses_stand_beside_the_electricity(edges: Company) -> None:
    """100 MWh x 50; of what is generated a fifth is lost: a quarter of what arrives, at 500."""
    assert edges.rows(
        "select stage, sum(co2e_kg) from emissions where facility_id = 'lossy' and scope = 3 group by all order by all"
    ) == [("transmission_losses", Decimal(12500)), ("upstream", Decimal(5000))]


def test_months_that_one_row_speaks_of_are_compared_in_sum(edges: Company) -> None:
    """1,200 MWh of a year and twelve bills of 100; 80 + 120 + 100 MWh read and a bill of 300 for the quarter. In April
    90 were read and 100 billed."""
    compared = (
        "select facility_id, count(*), sum(cast(within_tolerance as integer)), sum(delta) from energy_reconciliation"
    )
    assert edges.rows(f"{compared} where facility_id in ('annual', 'quarterbill') group by all order by all") == [
        ("annual", 12, 12, Decimal(0)),
        ("quarterbill", 4, 3, Decimal(-10)),
    ]


def test_stocks_are_compared_across_units(edges: Company) -> None:
    """March: 25 + 10 - 10 t are not the 30 burnt. April begins with 4,000 kg where March ended with 10 t."""
    said = edges.rows(
        "select rule, month(period) from findings where facility_id = 'stocks' and rule like 'stock%' order by all"
    )
    assert said == [("stock_balance", 3), ("stock_carried_over", 4)]


def test_what_forms_by_default_is_said(edges: Company) -> None:
    """My Etch states the use of NF3 and nothing of CF4; Remote Clean states both."""
    said = edges.rows("select source_value, message_en, message_zh from findings where rule = 'default_by_product'")
    assert [value for value, _, _ in said] == ["PFC-14"]
    assert all("0.09" in message and "NF3" in message for message in said[0][1:])


def test_a_sub_meter_goes_with_the_meter_that_replaces_its_parent(edges: Company) -> None:
    """50 MWh below the old meter and 60 below the new one; 60 in the ledger of 100 on the main meter's invoice."""
    cells = "select facility_id, sum(quantity), sum(co2e_kg) from product_allocation where workshop = 'cells'"
    assert edges.rows(f"{cells} and facility_id in ('swapped', 'onbills') group by all order by all") == [
        ("onbills", Decimal(60), Decimal(48000)),
        ("swapped", Decimal(110), Decimal(88000)),
    ]


def test_a_sub_meter_breaks_down_the_days_in_the_boundary(edges: Company) -> None:
    """leave: 30 of the 60 MWh of June, at the 400 kg of its main meter; of its 10 MW five. workshops: the sub-meter of
    a green main meter is green, the other main meter is not. levels: a meter below a sub-meter is part of it."""
    allocation = edges.rows(
        "select facility_id, workshop, quantity, co2e_kg from product_allocation"
        " where facility_id in ('bought', 'leave', 'levels', 'workshops') and quantity <> 0 order by 1, 2"
    )
    assert allocation == [
        ("bought", "cells", Decimal(40), Decimal(32000)),
        ("bought", "unallocated", Decimal(60), Decimal(48000)),
        ("leave", "cells", Decimal(30), Decimal(12000)),
        ("leave", "unallocated", Decimal(120), Decimal(48000)),
        ("levels", "cells", Decimal(40), Decimal(32000)),
        ("levels", "lab", Decimal(20), Decimal(16000)),
        ("levels", "unallocated", Decimal(40), Decimal(32000)),
        ("workshops", "cells", Decimal(40), Decimal(0)),
        ("workshops", "modules", Decimal(40), Decimal(32000)),
        ("workshops", "wafers", Decimal(60), Decimal(0)),
    ]
    assert edges.value("select co2e_kg_per_unit from product_intensity where facility_id = 'leave'") == Decimal(2400)


def test_certificates_serve_the_days_of_their_claim(edges: Company) -> None:
    """62 MWh over the 160 MWh from 16 January and the 150 to 15 February: 32 and 30; none is left over but the other
    rows of a tracking number."""
    served = edges.rows("select period, allocated from instrument_allocation where instrument_id = 'CROSS' order by 1")
    assert [allocated for _, allocated in served] == [Decimal(32), Decimal(30)]
    served = edges.rows("select allocated from instrument_allocation where instrument_id = 'LASTDAY' order by period")
    assert served == [(Decimal(5),), (Decimal(145),)]
    surplus = edges.rows("select instrument_id from instrument_allocation where surplus <> 0 order by 1")
    assert [name for (name,) in surplus if name not in ("SPELT-1", "SPELT-2")] == ["DUP-1", "DUP-3"]
    assert len(surplus) == 3


def test_a_contract_alone_has_a_quantity_and_no_location_based_figure(edges: Company) -> None:
    figures = (
        "select sum(quantity), sum(co2e_market_t), sum(co2e_location_t) from inventory where facility_id = 'reykjavik'"
    )
    assert edges.rows(figures) == [(Decimal(10), Decimal("0.1"), None)]


@pytest.mark.parametrize(
    ("facility", "rule", "text"),
    [
        ("leave", "facility_not_valid", ""),
        ("bought", "facility_not_valid", ""),
        ("bought", "sub_meter_not_allocated", ""),
        ("lhasa", "no_factor", ""),
        ("reykjavik", "no_location_factor", ""),
        ("akureyri", "no_location_factor", ""),
        ("certified", "no_factor", ""),
        ("coal", "factor_not_applied", ""),
        ("unknown", "no_process_parameters", "etch"),
    ],
)
def test_what_is_said(edges: Company, facility: str, rule: str, text: str) -> None:
    found = edges.rows("select message_en, message_zh from findings where facility_id = ? and rule = ?", facility, rule)
    assert found
    assert all(text in message for row in found for message in row)


def test_what_exceeds_an_invoice_is_said_with_its_stake(edges: Company) -> None:
    """excess: 400 of 500 MWh; at a facility of which every MWh weighs 800 kg by the market-based method."""
    said = edges.rows(
        "select facility_id, rule, co2e_at_stake_t from findings where rule in"
        " ('credit_exceeds_invoice', 'corrected_invoice_not_found') order by all"
    )
    assert said == [
        ("excess", "credit_exceeds_invoice", Decimal(320)),
        ("itself", "corrected_invoice_not_found", Decimal(24)),
        ("several", "credit_exceeds_invoice", Decimal(24)),
        ("several", "credit_exceeds_invoice", Decimal(24)),
        ("stranger", "corrected_invoice_not_found", Decimal(24)),
    ]


def test_a_corrected_sub_meter_is_its_workshop(edges: Company) -> None:
    """pieces: 60 - 20 of 100 MWh at 800 kg, over ten MW."""
    assert edges.value("select co2e_kg_per_unit from product_intensity where facility_id = 'pieces'") == Decimal(3200)
