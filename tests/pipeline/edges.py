"""A company whose facilities stand where rules meet, one for each case: the boundary and a sub-meter and a certificate,
gases and processes in other spellings, factors of contracts, shares and factors of many digits. All of them are one
workspace, so that one run answers for all; what must come out is worked by hand in test_edges.py.
"""

import csv
from datetime import date, timedelta
from pathlib import Path
from typing import Any

POWER = "grid_electricity"
ORGANIZATION = """\
name: Edges
consolidation_approach: equity_share
gwp_set: AR5
base_year: 2024
currency: CNY
target_scope2_method: market
fuel_factor_set: cn_other_industry_2015
significance_threshold: 0.05
estimation_methods: [interpolation]
"""
Row = dict[str, Any]


def _facility(name: str, country: str = "PHL", **more: Any) -> Row:
    return {"facility_id": name, "name": name, "base": name, "country": country, "valid_from": "2000-01-01"} | more


def _reading(period: str, facility: str, quantity: float, unit: str = "MWh", kind: str = POWER, **more: Any) -> Row:
    return {"period": period, "facility_id": facility, "activity_type": kind, "quantity": quantity, "unit": unit} | more


def _record(facility: str, kind: str, quantity: float | str, unit: str = "kg", **more: Any) -> Row:
    row = {
        "record_id": f"{facility}-{kind}",
        "start_date": "2024-05-05",
        "end_date": "2024-05-05",
        "facility_id": facility,
    }
    return row | {"activity_type": kind, "quantity": quantity, "unit": unit} | more


def _certificate(name: str, facility: str, quantity: float, start: str, end: str, **more: Any) -> Row:
    row = {
        "instrument_id": name,
        "instrument_type": "i_rec",
        "vintage_start": "2024-01-01",
        "vintage_end": "2024-12-31",
    }
    row |= {
        "country": "PHL",
        "quantity": quantity,
        "unit": "MWh",
        "claim_start": start,
        "claim_end": end,
        "retired_on": "2025-01-10",
    }
    return row | {"facility_id": facility} | more


def _invoice(facility: str, number: str, quantity: float, end: str = "2024-01-31", **more: Any) -> Row:
    row = {
        "invoice_number": number,
        "invoice_date": end,
        "supplier": "Grid",
        "facility_id": facility,
        "activity_type": POWER,
    }
    return row | {"service_start": "2024-01-01", "service_end": end, "quantity": quantity, "unit": "MWh"} | more


def _last_day(month: int) -> date:
    return date(2024 + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def _factor(name: str, kind: str, unit: str, co2_kg: float | str, **more: Any) -> Row:
    row = {"factor_id": name, "activity_type": kind, "geography": "WORLD", "valid_from": "2000-01-01", "per_unit": unit}
    row |= {"co2_kg": co2_kg, "data_year": 2023, "publication": "edge", "source": "edge"}
    return row | ({"scope": 2} if kind in (POWER, "purchased_heat") else {"scope": 1}) | more


_MARKET, _LOCATION = {"scope2_method": "market"}, {"scope2_method": "location"}
_JANUARY, _JUNE = ("2024-01-01", "2024-01-31"), ("2024-06-01", "2024-06-30")
_STATED = {"publication": "edge", "source": "edge"}

REFERENCE: dict[str, list[Row]] = {
    "facilities": [
        *map(_facility, ("heat", "cross", "dup", "spelt", "prio", "contract", "workshops", "kwh", "levels", "lastday")),
        *map(
            _facility,
            (
                "excess",
                "several",
                "stranger",
                "itself",
                "belated",
                "metered",
                "half",
                "corrected",
                "suppliers",
                "quarterly",
                "pieces",
                "mixed",
                "credited",
                "swapped",
                "newyear",
                "overyear",
                "gallons",
                "perhour",
                "steam",
                "water",
                "leap",
                "stocks",
                "midmonth",
                "midsupplier",
                "lossy",
                "exporter",
                "milligrams",
                "etch",
                "onbills",
                "unnamed",
                "charged",
                "annual",
                "quarterbill",
            ),
        ),
        _facility("opened", valid_from="2024-05-16"),
        _facility("moved", equity_share="0.3", valid_to="2024-03-15"),
        _facility("moved", equity_share="0.6", valid_from="2024-03-16"),
        _facility("bangkok", "THA"),
        _facility("rayong", "THA"),
        _facility("served", "VNM"),
        _facility("estimated", equity_share="0.5", valid_to="2024-02-09", expected_activity_types=POWER),
        _facility(
            "estimated",
            equity_share="0.25",
            valid_from="2024-02-10",
            valid_to="2024-03-31",
            expected_activity_types=POWER,
        ),
        _facility("leave", valid_to="2024-06-15"),
        _facility("late", valid_from="2024-03-16"),
        _facility("bought", valid_from="2024-03-01"),
        _facility("share", equity_share="0.3"),
        *(
            _facility(name, "CHN")
            for name in (
                "blend",
                "gas",
                "mixture",
                "switchgear",
                "unknown",
                "clean",
                "chamber",
                "ncv",
                "digits",
                "spend",
                "coal",
                "bills",
                "credit",
                "twice",
                "halves",
            )
        ),
        _facility("thirds", "CHN", equity_share="0.333333333333"),
        _facility("lhasa", "CHN", grid_region="CN-XZ"),
        *(_facility(name, "ISL") for name in ("reykjavik", "akureyri", "certified")),
    ],
    "emission_factors": [
        _factor("grid", POWER, "MWh", 500, geography="PHL", **_LOCATION),
        _factor("residual", POWER, "MWh", 800, geography="PHL", **_MARKET),
        _factor("green", POWER, "MWh", 0, geography="GREEN", **_MARKET),
        _factor("utility", POWER, "MWh", 200, geography="Utility", **_MARKET),
        _factor("nordic", POWER, "MWh", 10, geography="Nordic", **_MARKET),
        _factor("changing", POWER, "MWh", 200, geography="Changing", valid_to="2024-06-14", **_MARKET),
        _factor("grid-tha", POWER, "MWh", 500, geography="THA", **_LOCATION),
        _factor("residual-tha", POWER, "MWh", 800, geography="THA", **_MARKET),
        _factor("oil", "diesel_stationary", "US gal", 10, geography="OilCo"),
        _factor("steamco", "purchased_heat", "MWh", 100, geography="SteamCo", licence="Confidential", **_MARKET),
        _factor("coal", "anthracite_stationary", "t", 2000, geography="stocks"),
        _factor("until-june", "made", "t", 1000, valid_to="2024-06-14"),
        _factor("from-june", "made", "t", 2000, valid_from="2024-06-15"),
        _factor("wells", POWER, "MWh", 50, geography="lossy", stage="upstream", scope=3, ghg_protocol_category=3),
        _factor(
            "wires",
            POWER,
            "MWh",
            500,
            geography="lossy",
            stage="transmission_losses",
            scope=3,
            ghg_protocol_category=3,
            loss_share="0.2",
            loss_basis="generated",
        ),
        _factor("grid-vnm", POWER, "MWh", 500, geography="VNM", **_LOCATION),
        _factor("residual-vnm", POWER, "MWh", 800, geography="VNM", **_MARKET),
        _factor("heat", "purchased_heat", "GJ", 100, **_LOCATION),
        _factor("heatco", "purchased_heat", "GJ", 50, geography="HeatCo", **_MARKET),
        _factor("digits", "digits", "t", "0.123456789012"),
        _factor("advice", "advice", "USD", "0.215", scope=3, ghg_protocol_category=1, data_year=""),
        _factor("mining", "anthracite_stationary", "m3", 100, stage="upstream", scope=3, ghg_protocol_category=3),
    ],
    "activity_types": [
        {"activity_type": kind, "source_class": source, "method": "emission_factor", "canonical_unit": unit}
        for kind, source, unit in (
            ("digits", "process", "t"),
            ("made", "process", "t"),
            ("advice", "purchased_goods", "USD"),
        )
    ],
    "meters": [
        {
            "facility_id": facility,
            "meter_id": meter,
            "workshop": workshop,
            "activity_type": POWER,
            "parent_meter_id": parent,
        }
        for facility, meter, workshop, parent in (
            ("leave", "M", "", ""),
            ("leave", "S", "cells", "M"),
            ("bought", "M", "", ""),
            ("bought", "S", "cells", "M"),
            ("workshops", "M", "wafers", ""),
            ("workshops", "M2", "modules", ""),
            ("workshops", "S", "cells", "M"),
            ("metered", "M", "", ""),
            ("metered", "M2", "", ""),
            ("pieces", "M", "", ""),
            ("pieces", "S", "cells", "M"),
            ("levels", "M", "", ""),
            ("levels", "S", "cells", "M"),
            ("levels", "SS", "lab", "s"),
            ("swapped", "OLD", "", ""),
            ("swapped", "NEW", "", ""),
            ("swapped", "S", "cells", "OLD"),
            ("swapped", "T", "cells", "NEW"),
            ("onbills", "M", "", ""),
            ("onbills", "S", "cells", "M"),
            ("bills", "M", "", ""),
            ("bills", "S", "", "M"),
            ("bills", "S2", "", "m"),
        )
    ],
    "gwp": [
        {"gwp_set": "AR5", "gas": gas, "gwp100": gwp, "gas_group": "hfcs", "kyoto_basket": "true"} | _STATED
        for gas, gwp in (("R-404 A", "4000"), ("hfc 134A", "1430.5"))
    ],
    "gas_blends": [
        {"blend": "r407 a", "component": gas, "mass_share": share} | _STATED
        for gas, share in (("HFC-32", "0.25"), ("HFC-125", "0.75"))
    ],
    "process_gas_parameters": [
        {"gas": gas, "process": "Remote Clean", "parameter": parameter, "by_product": formed, "value": value} | _STATED
        for gas, parameter, formed, value in (
            ("nf3", "utilisation", "", "0.98"),
            ("NF3", "heel", "", "0"),
            ("NF3", "by_product", "CF4", "0.01"),
        )
    ]
    + [
        {"gas": gas, "process": "My Etch", "parameter": parameter, "value": value} | _STATED
        for gas, parameter, value in (
            ("NF3", "utilisation", "0.9"),
            ("NF3", "heel", "0"),
            ("SF6", "utilisation", "0.5"),
            ("SF6", "heel", "0"),
            ("SF6", "abatement_share", "0.5"),
            ("SF6", "destruction", "0.9"),
        )
    ],
    "fuel_properties": [{"fuel": "natural_gas", "ncv": "400", "ncv_unit": "GJ/10^4 Nm3"} | _STATED],
    "reported_inventories": [
        {"year": year, "scope": scope, "scope2_method": method, "facility_id": facility, "co2e_t": tonnes}
        for year in (2023, 2024)
        for scope, method, facility, tonnes in (
            (1, "", "", 1000),
            (2, "market", "heat", 400),
            (2, "market", "late", 600),
            (2, "location", "", 900),
        )
    ],
    "targets": [
        {
            "target_id": name,
            "kind": "absolute",
            "scopes": "1;2",
            "base_year": 2024,
            "target_year": year,
            "reduction": reduction,
        }
        for name, year, reduction in (("near", 2034, "0.5"), ("soon", 2030, "0.4"), ("long", 2050, "0.9"))
    ],
    "base_year_events": [
        {
            "event_id": name,
            "kind": kind,
            "facility_id": "heat",
            "effective_on": "2024-03-01",
            "delta_base_co2e_t": tonnes,
        }
        for name, kind, tonnes in (("A", "acquisition", 60), ("B", "divestiture", -60), ("C", "acquisition", 1.5))
    ],
    "exchange_rates": [{"currency": "CNY", "per_currency": "USD", "year": 2024, "rate": "7.123"} | _STATED],
}

LANDING: dict[str, list[Row]] = {
    "2024-12/all/energy_ledger": [
        _reading("2024-01", "heat", 100, "GJ", "purchased_heat", supplier="heatco"),
        _reading("2024-01", "heat", 60, "GJ", "purchased_heat", supplier="Another"),
        _reading("2024-06", "leave", 300, meter_id="M"),
        _reading("2024-06", "leave", 60, meter_id="S"),
        # Of the years before it was bought: what its sub-meters read has no line that it could break down.
        _reading("2022-01", "bought", 30, meter_id="S"),
        _reading("2023-01", "bought", 90, meter_id="M"),
        _reading("2023-01", "bought", 0, meter_id="S"),
        _reading("2024-03", "bought", 100, meter_id="M"),
        _reading("2024-03", "bought", 40, meter_id="S"),
        _reading("2024-01", "cross", 310),
        _reading("2024-02", "cross", 290),
        _reading("2024-01", "dup", 100),
        _reading("2024-01", "spelt", 100),
        _reading("2024-01", "prio", 50, supplier="Utility"),
        _reading("2024-01", "prio", 50, supplier="Another"),
        _reading("2024-07", "workshops", 100, meter_id="M", supplier="Green"),
        _reading("2024-07", "workshops", 40, meter_id="S"),
        _reading("2024-07", "workshops", 40, meter_id="M2"),
        _reading("2024", "annual", 1200),
        *(
            _reading(f"2024-0{month}", "quarterbill", quantity)
            for month, quantity in ((1, 80), (2, 120), (3, 100), (4, 90))
        ),
        _reading("2024-01", "unnamed", 50, supplier="Utility"),
        _reading("2024-01", "unnamed", 50),
        _reading("2024-04", "kwh", 10),
        _reading("2024-03", "late", 310),
        _reading("2024-05", "share", 100),
        _reading("2024-01", "ncv", 1, "10^4 Nm3", "natural_gas_stationary"),
        _reading("2024-01", "coal", 10, "t", "anthracite_stationary"),
        _reading("2024-01", "lhasa", 10),
        _reading("2024-08", "twice", 100),
        _reading("2024-08", "halves", 100),
        _reading("2024-02", "belated", 100),
        _reading("2024-01", "metered", 50, meter_id="M2"),
        _reading("", "half", 50, start_date="2024-01-01", end_date="2024-01-15"),
        _reading("2024-01", "corrected", 310),
        _reading("2024-02", "corrected", -10, data_quality="correction"),
        _reading("2024-01", "estimated", 310),
        _reading("2024-02", "estimated", -29, data_quality="correction"),
        _reading("2024-03", "estimated", 310),
        _reading("2024-01", "suppliers", 100, supplier="Grid Co"),
        _reading("2024-01", "pieces", 100, meter_id="M"),
        _reading("2024-01", "pieces", 60, meter_id="S"),
        _reading("2024-01", "pieces", -20, meter_id="S", data_quality="correction"),
        _reading("2024-01", "levels", 100, meter_id="M"),
        _reading("2024-01", "levels", 60, meter_id="S"),
        _reading("2024-01", "levels", 20, meter_id="SS"),
        _reading("2024-01", "lastday", 310),
        _reading("2024-02", "lastday", 290),
        _reading("2024-01", "mixed", 100),
        _reading("2024-01", "akureyri", 10, supplier="NORDIC"),
        _reading("2024-01", "certified", 10),
        _reading("", "swapped", 150, start_date="2024-01-01", end_date="2024-01-15", meter_id="OLD"),
        _reading("", "swapped", 160, start_date="2024-01-16", end_date="2024-01-31", meter_id="NEW"),
        _reading("", "swapped", 50, start_date="2024-01-01", end_date="2024-01-15", meter_id="S"),
        _reading("", "swapped", 60, start_date="2024-01-16", end_date="2024-01-31", meter_id="T"),
        _reading("2024-01", "onbills", 60, meter_id="S"),
        _reading("2024-01", "bangkok", 310),
        _reading("2024-01", "rayong", 155),
        _reading("2024-01", "gallons", 1000, "L", "diesel_stationary", supplier="OILCO"),
        _reading("2024-01", "perhour", 36, "GJ", "purchased_heat", supplier="SteamCo"),
        _reading("2024-01", "steam", 100, "t", "purchased_heat", enthalpy_kj_per_kg=2763),
        _reading("2024-01", "water", "1000.1234567", "t", "purchased_heat", temperature_c="95.5"),
        _reading("2024-03", "moved", 310, remark="read by Ms Li"),
        _reading("", "leap", 600, start_date="2024-02-01", end_date="2024-03-31"),
        *(
            _reading(period, "stocks", used, unit, "anthracite_stationary")
            | {"opening_stock": opening, "received": received, "closing_stock": closing}
            for period, used, unit, opening, received, closing in (
                ("2024-01", 40, "t", 0, 100, 60),
                ("2024-02", 55000, "kg", 60000, 20000, 25000),
                ("2024-03", 30, "t", 25, 10, 10),
                ("2024-04", 10000, "kg", 4000, 10000, 4000),
            )
        ),
        _reading("2024-06", "midsupplier", 30, supplier="Changing"),
        _reading("2024-05", "lossy", 100),
        _reading("2024-05", "exporter", 200, "GJ", "purchased_heat"),
        _reading("2024-05", "exporter", 50, "GJ", "exported_heat"),
        _reading("2024-01", "credited", 100, supplier="Utility"),
        _reading("2024-01", "credited", -20, data_quality="correction"),
    ],
    # What another file of the same days says.
    "2024-12/all/energy_ledger-2": [
        _reading("2024-08", "twice", "100.5"),
        _reading("2024-08", "halves", 60, start_date="2024-08-01", end_date="2024-08-15"),
        _reading("2024-08", "halves", 40, start_date="2024-08-16", end_date="2024-08-31"),
        _reading("2024-01", "suppliers", 100, supplier="Solar Co"),
    ],
    "2024-12/all/activity_log": [
        _record("contract", POWER, 20, "MWh", factor_kgco2e_per_unit=100),
        _record("mixed", POWER, 40, "MWh", factor_kgco2e_per_unit=100)
        | {"start_date": _JANUARY[0], "end_date": _JANUARY[1]},
        _record("reykjavik", POWER, 10, "MWh", factor_kgco2e_per_unit=10),
        _record("blend", "fugitive_r404a", 10),
        _record("gas", "fugitive_hfc_134a", 10),
        _record("mixture", "fugitive_r407a", 1),
        _record("switchgear", "fugitive_sf6", 10, process="plasma etch"),
        _record("unknown", "process_nf3", 100, process="witchcraft"),
        _record("chamber", "process_nf3", 100, process="CVD chamber-Clean"),
        _record("clean", "process_nf3", 100, process=" remote  CLEAN "),
        _record("digits", "digits", "123456.789012345", "t"),
        _record("thirds", "digits", "3", "t"),
        _record("milligrams", "digits", "987654.321012345", "mg"),
        _record("midmonth", "made", 30, "t") | {"start_date": "2024-06-01", "end_date": "2024-06-30"},
        _record("charged", "fugitive_r410a", 100, process="Split air conditioner")
        | {"start_date": "2024-07-01", "end_date": "2024-12-31"},
        _record("etch", "process_nf3", 100, process="my etch"),
        _record("etch", "process_sf6", 100, process="MY-ETCH"),
    ],
    "2024-12/all/procurement": [
        {
            "document_number": "P1",
            "line_number": 1,
            "posting_date": "2024-05-05",
            "facility_id": "spend",
            "supplier_id": "S1",
            "activity_type": "advice",
            "net_amount": 7123,
            "currency": "CNY",
        }
    ],
    "2024-12/all/energy_instruments": [
        _certificate("LEAVE", "leave", 75, *_JUNE),
        _certificate("CROSS", "cross", 62, "2024-01-16", "2024-02-15"),
        _certificate("DUP-1", "dup", 50, *_JANUARY, tracking_id="T-1", retired_on=""),
        _certificate("DUP-2", "dup", 50, *_JANUARY, tracking_id="T-1"),
        _certificate("DUP-3", "dup", 50, *_JANUARY, tracking_id="T-1"),
        _certificate("SPELT-1", "spelt", 30, *_JANUARY, tracking_id="gec-77 a"),
        _certificate("SPELT-2", "spelt", 30, *_JANUARY, tracking_id="GEC-77 A"),
        _certificate("PRIO", "prio", 70, *_JANUARY),
        _certificate("UNNAMED", "unnamed", 50, *_JANUARY),
        _certificate("KWH", "kwh", 4000, "2024-04-01", "2024-04-30", unit="kWh"),
        _certificate("LATE", "late", 160, "2024-03-01", "2024-03-31"),
        _certificate("SERVED", "served", 70, *_JANUARY, country="VNM"),
        _certificate("LASTDAY", "lastday", 150, "2024-01-31", "2024-02-29"),
        _certificate("MIXED", "mixed", 120, *_JANUARY),
        _certificate("CERTIFIED", "certified", 4, *_JANUARY, country="ISL"),
        _certificate("MOVED", "moved", 155, "2024-03-01", "2024-03-31"),
        _certificate("SIAM", "", 60, "2024-01-01", "2024-01-10", country="THA"),
        _certificate("SHARE", "share", 60, "2024-05-01", "2024-05-31"),
    ],
    "2024-12/all/invoices": [
        _invoice("bills", "M-1", 300, meter_id="M"),
        _invoice("bills", "S-1", 100, meter_id="S"),
        _invoice("bills", "S-2", 50, "2024-01-15", meter_id="S2"),
        *(
            _invoice("annual", f"A-{month}", 100, str(last), service_start=f"2024-{month:02}-01")
            for month, last in ((month, _last_day(month)) for month in range(1, 13))
        ),
        _invoice("quarterbill", "Q-1", 300, "2024-03-31"),
        _invoice("quarterbill", "Q-2", 100, "2024-04-30", service_start="2024-04-01"),
        _invoice("newyear", "N-1", 100, "2024-12-31", service_start="2024-12-01"),
        _invoice("newyear", "N-2", -30, "2025-01-31", service_start="2025-01-01", corrects_invoice_number="N-1"),
        _invoice("newyear", "N-3", 50, "2025-01-31", service_start="2025-01-01"),
        _invoice("overyear", "O-1", 310, "2025-01-15", service_start="2024-12-16"),
        _invoice("overyear", "O-2", -31, "2025-01-15", service_start="2024-12-16", corrects_invoice_number="O-1"),
        _invoice("opened", "P-1", 910, "2024-06-30", service_start="2024-04-01"),
        _invoice("opened", "P-2", 920, "2024-09-30", service_start="2024-07-01"),
        _invoice("onbills", "B-1", 100, meter_id="M"),
        _invoice("excess", "X-1", 100),
        _invoice("excess", "X-2", -500, corrects_invoice_number="X-1"),
        _invoice("several", "V-1", 90),
        _invoice("several", "V-2", -80, corrects_invoice_number="V-1"),
        _invoice("several", "V-3", -40, corrects_invoice_number="v-1"),
        _invoice("several", "V-4", 30),
        _invoice("stranger", "S-1", 100),
        _invoice("stranger", "S-2", -30, corrects_invoice_number="S-1", supplier="Another"),
        _invoice("itself", "I-1", 100),
        _invoice("itself", "I-2", -30, corrects_invoice_number="I-2"),
        _invoice("belated", "B-1", 100),
        _invoice("belated", "B-2", -30, "2024-02-29", corrects_invoice_number="B-1", service_start="2024-02-01"),
        _invoice("metered", "M-1", 100, meter_id="M"),
        _invoice("metered", "M-2", -20, corrects_invoice_number="M-1"),
        _invoice("half", "H-1", 131),
        _invoice("half", "H-2", -31, corrects_invoice_number="H-1"),
        _invoice("served", "D-1", 100),
        _invoice("served", "D-2", -30000, corrects_invoice_number="D-1", unit="kWh"),
        _invoice("corrected", "R-1", 290, "2024-02-29", service_start="2024-02-01"),
        _invoice("quarterly", "Q-1", 30),
        _invoice("quarterly", "Q-2", 30, "2024-02-29", service_start="2024-02-01"),
        _invoice("quarterly", "Q-3", 30, "2024-03-31", service_start="2024-03-01"),
        _invoice("quarterly", "Q-4", 90, "2024-03-31"),
        _invoice("credit", "C-1", 100),
        _invoice("credit", "C-2", -30, corrects_invoice_number="c-1", supplier="GRID"),
    ],
    "2024-12/all/business_metrics": [
        {
            "period": f"2024-{month:02}",
            "metric": "headcount",
            "value": 100 + month,
            "unit": "persons",
            "facility_id": facility,
        }
        for month in range(1, 13)
        for facility in ("heat", "late")
    ],
    "2024-12/all/production": [
        {
            "period": period,
            "facility_id": facility,
            "workshop": "cells",
            "product": "cell",
            "quantity": 10,
            "unit": "MW",
        }
        for period, facility in (("2024-06", "leave"), ("2024-07", "workshops"), ("2024-01", "pieces"))
    ],
}


def _write(path: Path, rows: list[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(column for row in rows for column in row)))
        writer.writeheader()
        writer.writerows(rows)


def make_edges(root: Path) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    (root / "organization.yml").write_text(ORGANIZATION, encoding="utf-8")
    for name, rows in REFERENCE.items():
        _write(root / "reference" / f"{name}.csv", rows)
    for name, rows in LANDING.items():
        _write(root / "landing" / f"{name}.csv", rows)
    return root
