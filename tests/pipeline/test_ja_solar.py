"""The published 2023 inventory of JA Solar comes back from illustrative activities, and its targets become a trend."""

import importlib.util
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from types import ModuleType

import pytest

from orchestration import closing, warehouse
from orchestration.workspace import Workspace

from .conftest import EXAMPLES, Company, half_up

PAGE = EXAMPLES.parent / "docs" / "time.md"
HALF_A_TONNE = Decimal("0.5")


def test_every_published_figure_comes_back_within_half_a_tonne(ja_solar: Company) -> None:
    compared = ja_solar.rows("select kind, item, difference from inventory_comparison where year = 2023")
    counts = {kind: sum(1 for k, *_ in compared if k == kind) for kind in {k for k, *_ in compared}}
    assert counts["scope"] == 3
    assert counts["source_class"] == 4
    assert counts["ghg_protocol_category"] == 15
    missed = {
        (kind, item): difference
        for kind, item, difference in compared
        if difference is not None and abs(difference) > HALF_A_TONNE
    }
    # The verification statement rounds the sum of these categories, the report its parts.
    assert {key: half_up(difference, 0) for key, difference in missed.items()} == {
        ("iso_14064_category", "3"): Decimal(1),
        ("iso_14064_category", "4"): Decimal(-1),
    }


def test_iso_residues_are_shown_and_explained(ja_solar: Company) -> None:
    assert ja_solar.rows(
        "select iso_14064_category, co2e_t::bigint, published::bigint, residue::bigint, residue_explanation"
        " from iso_14064_statement where year = 2023 and basis = 'reported' order by 1"
    ) == [
        (1, 109178, 109178, 0, "parts sum to the published figure"),
        (2, 2762785, 2762785, 0, "parts sum to the published figure"),
        (3, 771077, 771076, -1, "rounding of 4 part(s), at most 0.5 t each"),
        (4, 22895694, 22895695, 1, "rounding of 5 part(s), at most 0.5 t each"),
        (5, 685084, 685084, 0, "parts sum to the published figure"),
        (6, 0, 0, 0, "parts sum to the published figure"),
    ]


@pytest.mark.parametrize("basis", ["reported", "calculated"])
def test_shares_of_the_scopes(ja_solar: Company, basis: str) -> None:
    shares = ja_solar.rows(
        "select scope, share_of_total * 100 from annual_inventory where year = 2023 and basis = ?"
        " and coalesce(scope2_method, 'market') = 'market' order by scope",
        basis,
    )
    assert [(scope, half_up(share, 2)) for scope, share in shares] == [
        (1, Decimal("0.40")),
        (2, Decimal("10.15")),
        (3, Decimal("89.45")),
    ]


@pytest.mark.parametrize("basis", ["reported", "calculated"])
def test_intensity_per_revenue(ja_solar: Company, basis: str) -> None:
    ((value, unit),) = ja_solar.rows(
        "select value, unit from intensity where year = 2023 and basis = ? and numerator = 'scope_1_and_2'"
        " and denominator = 'revenue'",
        basis,
    )
    assert half_up(value, 2) == Decimal("3521.45")
    assert unit == "tCO2e/10^8 CNY"


def test_green_electricity(ja_solar: Company) -> None:
    assert half_up(ja_solar.value("select green_share * 100 from green_electricity where year = 2023"), 2) == 28


def test_published_sites_keep_their_figures(ja_solar: Company) -> None:
    total = (
        "select sum(co2e_t) from facility_emissions where facility_id = ? and period between date '2023-01-01'"
        " and date '2023-12-01' and scope in (1, 2) and coalesce(scope2_method, 'market') = 'market'"
    )
    assert half_up(ja_solar.value(total, "yangzhou_jingshan"), 0) == 75323
    assert half_up(ja_solar.value(total, "qujing_phase_3"), 2) == Decimal("12211.65")


# Year-by-year values of the joined pathway: -58.8 % by 2034, from there linear to -90 % by 2050.
PATHWAY = {
    2023: 2871963, 2024: 2718444, 2025: 2564924, 2026: 2411405, 2027: 2257885, 2028: 2104366, 2029: 1950846,
    2030: 1797327, 2031: 1643807, 2032: 1490288, 2033: 1336768, 2034: 1183249, 2035: 1127245, 2036: 1071242,
    2037: 1015239, 2038: 959236, 2039: 903232, 2040: 847229, 2041: 791226, 2042: 735223, 2043: 679219, 2044: 623216,
    2045: 567213, 2046: 511209, 2047: 455206, 2048: 399203, 2049: 343200, 2050: 287196,
}  # fmt: skip


def test_trend_runs_from_the_base_year_along_the_pathway(ja_solar: Company) -> None:
    rows = ja_solar.rows("select year, pathway_co2e_t from scope12_trend where month is null order by year")
    assert {year: int(half_up(tonnes, 0)) for year, tonnes in rows} == PATHWAY


def test_every_target_keeps_its_own_pathway(ja_solar: Company) -> None:
    """Index of t per MW: 63.8 % compound is 8.8236 % a year, 97 % is 12.179 %; one straight line to -90 % in 2050."""
    index = "select pathway_index from target_progress where target_id = ? and year = ?"
    for target, year, published in (
        ("near_term_category_1_per_mw", 2024, "91.18"),
        ("near_term_category_1_per_mw", 2030, "52.38"),
        ("near_term_category_1_per_mw", 2034, "36.20"),
        ("long_term_categories_1_to_4_per_mw", 2024, "87.82"),
        ("long_term_categories_1_to_4_per_mw", 2034, "23.96"),
        ("long_term_categories_1_to_4_per_mw", 2050, "3.00"),
    ):
        assert half_up(ja_solar.value(index, target, year), 2) == Decimal(published)
    straight = ja_solar.rows(
        "select year, pathway_value from target_progress"
        " where target_id = 'long_term_scope_1_2' and year in (2024, 2034)"
    )
    assert {year: int(half_up(tonnes, 0)) for year, tonnes in straight} == {2024: 2776231, 2034: 1818910}


def test_submitted_targets_are_judged_and_shown_what_a_new_submission_needs(ja_solar: Company) -> None:
    verdicts = {
        (target, rule): (verdict, required, actual)
        for target, rule, verdict, required, actual in ja_solar.rows(
            "select target_id, rule_id, verdict, round(required * 100, 2), round(actual * 100, 2)"
            " from target_rule_checks"
        )
    }
    own, category_1 = "near_term_scope_1_2", "near_term_category_1_per_mw"
    percent = Decimal
    assert verdicts[own, "v1_near_term_rate"] == ("yes", percent("58.80"), percent("58.80"))
    assert verdicts[own, "contraction_by_net_zero_year"] == ("no", percent("64.00"), percent("58.80"))
    assert verdicts[own, "v2_scopes_apart"][0] == verdicts[own, "v2_scope2_location_based"][0] == "no"
    assert verdicts[own, "v1_near_term_years"][0] == "cannot_determine"
    assert verdicts[category_1, "v1_scope3_coverage_near"] == ("yes", percent("67.00"), percent("78.61"))
    assert verdicts[category_1, "v2_scope3_categories"] == ("no", percent("5.00"), percent("13.18"))
    assert verdicts["long_term_categories_1_to_4_per_mw", "v1_scope3_coverage_long"][2] == percent("96.54")
    sentence = ja_solar.value(
        "select arithmetic_en from target_rule_checks where rule_id = 'contraction_by_net_zero_year' and target_id = ?",
        own,
    )
    assert "Scope 1 46.2 %, Scope 2 64.705882 %" in sentence
    shares = ja_solar.value(
        "select arithmetic_zh from target_rule_checks where rule_id = 'v2_scope3_categories' and target_id = ?",
        category_1,
    )
    assert "1: 79.8842 %; 2: 13.1845 %; 4: 2.9959 %; 3: 2.0441 %" in shares


def test_measures_stand_beside_the_inventory(ja_solar: Company) -> None:
    """235 t a year. 39 GWh a year from July 2023 are 184 of 365 days, at Yunnan's 123.5 kg per MWh; 23,265.18 MWh were
    generated.
    """
    measures = ja_solar.rows(
        "select measure_id, expected_t, realised_t from abatement_measures where year = 2023 order by 1"
    )
    assert measures == [
        ("compressor_retrofit", Decimal(235), None),
        ("rooftop_30_mw", Decimal("2428.043835616"), Decimal("2873.24973")),
    ]


def test_one_whole_year_explains_and_fourteen_months_project_nothing(ja_solar: Company) -> None:
    assert ja_solar.value("select count(*) from emission_drivers") == 0
    assert ja_solar.rows(
        "select min(period)::varchar, max(period)::varchar, count(*), count(expected_t), min(note_en) from projection"
    ) == [("2024-03-01", "2034-12-01", 130, 0, "Cannot tell: 14 months without a gap, 24 are needed")]
    note = "select note_en from target_probability where target_id = 'near_term_scope_1_2'"
    assert ja_solar.value(note) == "Cannot tell: 14 months without a gap, 24 are needed"
    assert ja_solar.value("select count(*) from target_probability where probability is null and note_zh is null") == 0


def test_the_base_year_is_on_track_and_its_method_is_questioned(ja_solar: Company) -> None:
    assert ja_solar.rows(
        "select actual_co2e_t::bigint, basis, change_from_base, on_track from scope12_trend"
        " where year = 2023 and month is null"
    ) == [(2871963, "reported", Decimal(0), True)]
    assert ja_solar.value("select count(*) from findings where rule = 'scope2_method_not_stated'") == 1


def test_instruments_are_allocated_or_surplus(ja_solar: Company) -> None:
    assert ja_solar.value("select count(*) from instrument_allocation where purchased <> allocated + surplus") == 0
    assert ja_solar.value("select count(*) from emissions where co2e_kg < 0") == 0


def test_certificates_are_listed_gross_first(ja_solar: Company) -> None:
    assert ja_solar.rows(
        "select statement_id, gross_t, is_neutral from neutrality_statements where gross_t is not null order by 1"
    ) == [
        ("qujing_phase_3_2023", Decimal("12211.65"), True),
        ("yangzhou_jingshan_2023", Decimal(75323), True),
    ]


def test_illustrative_data_says_so(ja_solar: Company) -> None:
    assert "illustrative: disaggregated from published totals" in ja_solar.output
    assert ja_solar.value("select min(data_notice) from scope12_trend").startswith("illustrative")


def test_published_totals_keep_their_verification_statements(ja_solar: Company) -> None:
    assert ja_solar.rows(
        "select scope, co2e_t, statement_number, verified_on::varchar from reported_inventories"
        " where statement_number is not null and iso_14064_category is null order by scope"
    ) == [
        (1, Decimal(109178), "CGC-CC&SS-CN20240013", "2024-04-15"),
        (2, Decimal(2762785), "CGC-CC&SS-CN20240013", "2024-04-15"),
        (3, Decimal(24351855), "CGC-CC&SS-CN20240014", "2024-05-13"),
    ]


@pytest.mark.parametrize(
    ("query", "figure", "places"),
    [
        # What the marts hold beside it made 58.3 Mt of the first, 3.4 times the second, 3 times the third.
        ("select sum(co2e_t) from inventory where year = 2023", "27223818", 0),
        ("select sum(co2e_t) from inventory where year = 2023 and scope = 2", "2762785", 0),
        ("select sum(quantity) from inventory where year = 2023 and activity_type = 'grid_electricity'", "6309380", 0),
        ("select co2e_t from headline where year = 2023 and scope = '1+2+3'", "27223818", 0),
        ("select co2e_t from headline where year = 2023 and scope = '2'", "2762785", 0),
        ("select sum(co2e_t) from inventory where year = 2023 and ghg_protocol_category = 1", "19142262", 0),
        ("select sum(co2e_t) from inventory where year = 2023 and activity_type = 'grid_electricity'", "3251762", 0),
        (
            "select max(t) from (select base, sum(co2e_t) as t from inventory where year = 2023 and scope in (1, 2)"
            " group by base)",
            "485034",
            0,
        ),
        ("select sum(co2e_t) from inventory where year = 2023 and month = 1", "2166519", 0),
        ("select avg(value) from organization_ratios where ratio = 'green_share' and year = 2023", "0.280", 3),
        ("select avg(value) from organization_ratios where item = 'Silicon wafer' and year = 2023", "11769", 0),
        # 2,871,963 t over revenue of 81.5562 bn CNY, 55,000 MW made and 38,000 people: one row each.
        ("select value from organization_ratios where year = 2023 and item = 'scope_1_and_2 / revenue'", "3521.45", 2),
        ("select value from organization_ratios where year = 2023 and item = 'scope_1_and_2 / production_mw'",
         "52.218", 3),
        ("select avg(value) from organization_ratios where year = 2023 and item = 'scope_1_and_2 / headcount'",
         "75.578", 3),
        ("select sum(co2e_t) from inventory where year = 2023 and scope in (1, 2)", "2871963", 0),
        ("select actual_co2e_t from scope12_trend where year = 2023 and grain = 'year'", "2871963", 0),
        ("select sum(t) from (select facility_id, sum(co2e_t) as t from inventory where year = 2023 group by all)",
         "27223818", 0),
        ("select sum(co2e_t) from inventory where year = 2023 and ghg_protocol_category is not null", "24351855", 0),
        ("select sum(co2e_market_t) from inventory where year = 2023 and scope = 2", "2762785", 0),
        # Green: 28 % of what was bought and made, by the report's own statement.
        ("select green_mwh / consumption_mwh from green_electricity where year = 2023", "0.28", 4),
        ("select sum(co2e_t) from headline where year = 2023 and scope in ('1', '2', '3')", "27223818", 0),
        # Scope 3 is 89.45 % of all, category 1 78.61 % of Scope 3, fugitive gases 85.31 % of Scope 1.
        ("select sum(co2e_t) filter (where scope = 3) / sum(co2e_t) from inventory where year = 2023", "0.8945", 4),
        ("select sum(co2e_t) filter (where ghg_protocol_category = 1) / sum(co2e_t) filter (where scope = 3)"
         " from inventory where year = 2023", "0.7861", 4),
        ("select sum(co2e_t) filter (where source_class = 'fugitive') / sum(co2e_t) filter (where scope = 1)"
         " from inventory where year = 2023", "0.8531", 4),
        ("select sum(co2e_t) from inventory where year = 2023 and iso_14064_category = 4", "22895694", 0),
        ("select sum(co2e_t) from facility_emissions where year(period) = 2023 and scope = 3", "24351855", 0),
        ("select sum(co2e_t) from inventory where year = 2023 and scope = 2 and source_class = 'purchased_electricity'",
         "2762785", 0),
        ("select count(distinct month) from inventory where year = 2023", "12", 0),
        # What was bought and made, in whichever unit it is asked for.
        ("select sum(gj) / 3.6 from energy_consumption where year(period) = 2023 and carrier = 'electricity'",
         "6457761", 0),
        ("select sum(quantity) from energy_consumption where year(period) = 2023 and carrier = 'electricity'",
         "6457761", 0),
        ("select consumption_mwh from green_electricity where year = 2023", "6457761", 0),
        ("select sum(allocated) from instrument_allocation where year(period) = 2023", "1659793", 0),
        ("select count(*) from headline where year = 2023 and scope = '2'", "1", 0),
        ("select sum(co2e_location_t - co2e_market_t) from inventory where year = 2023 and scope = 2", "1077232", 0),
        ("select sum(quantity) from inventory where year = 2023 and scope = 2 and unit = 'MWh'", "6457761", 0),
        ("select max(q) from (select facility_id, sum(quantity) as q from energy_consumption"
         " where year(period) = 2023 and carrier = 'electricity' group by all)", "959503", 0),
        ("select max(t) / sum(t) from (select facility_id, sum(co2e_t) as t from inventory"
         " where year = 2023 and scope in (1, 2) group by all)", "0.1689", 4),
        ("select sum(t) from (select ghg_protocol_category, sum(co2e_t) as t from inventory"
         " where year = 2023 and scope = 3 group by all)", "24351855", 0),
        ("select count(*) from data_completeness where year(period) = 2023 and status <> 'complete'", "0", 0),
        ("select value from organization_ratios where year = 2023 and unit = 'kg CO2e/MW' and item = 'PV module'",
         "9354", 0),
    ],
)  # fmt: skip
def test_first_queries_are_right(ja_solar: Company, query: str, figure: str, places: int) -> None:
    assert half_up(Decimal(str(ja_solar.value(query))), places) == Decimal(figure)


def test_two_months_are_no_year_that_is_on_track(ja_solar: Company) -> None:
    assert ja_solar.rows("select on_track, months_covered from scope12_trend where grain = 'year' and year = 2024") == [
        (None, 2)
    ]
    query = "select co2e_t, months_covered, is_whole_year from headline where year = 2024 and scope = '1+2'"
    assert ja_solar.rows(query) == [(None, 2, False)]


@pytest.fixture
def story() -> ModuleType:
    spec = importlib.util.spec_from_file_location("story", EXAMPLES / "tell_ja_solar_story.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_on_time_tells_what_the_story_gives(
    ja_solar: Company, copied: Callable[..., Path], publish: Callable[..., str], story: ModuleType
) -> None:
    """What of docs/time.md rests on the months of this run: the error of 2023, the late invoice, and the base bought in
    2025, with the figures as the page prints them."""
    company = Company(copied(ja_solar.root, with_warehouse=True))
    workspace = Workspace(company.root)
    with warehouse.open_work(workspace) as connection:
        closing.act(connection, workspace, "close", 2023, "GHG report 2023")
    for chapter in ("an_error_is_found", "an_invoice_comes_late", "a_base_is_bought"):
        story.CHAPTERS[chapter](company.root)
    publish(company.root)
    page = PAGE.read_text(encoding="utf-8")

    pending = "from pending_restatements where year = 2023 and figure = 'scope_1'"
    ((cause, closed, change),) = company.rows(f"select cause, closed_co2e_t, co2e_t {pending}")
    assert f"| 2023 Scope 1 | `{cause}` | {closed:,.3f} | {change:+,.3f} |" in page
    late = company.value(
        "select sum(co2e_t) from facility_emissions where facility_id = 'base_12' and period = date '2024-11-01'"
        " and scope = 1"
    )
    assert f"| 2024 Scope 1 | `new_activity` | 106,278.477 | {late:+,.3f} |" in page
    told = company.rows(
        "select scope, as_reported_t, effect_t, share_of_scope, decision from base_year_recalculation"
        " where event_id = 'base_13_bought' order by scope"
    )
    assert [row[0] for row in told] == ["1", "1;2", "1;2;3", "2", "3"]
    for scope, reported, effect, share, decision in told:
        name = "2, market-based" if scope == "2" else scope
        assert f"| {name} | {reported:,.0f} | {effect:,.3f} | {share:.2%} |".replace("%", " %") in page
        assert decision == "not_yet"
    target = company.value("select target_before_t from base_year_recalculation where scope = '1;2'")
    assert f"in place of {target:,.3f} t" in page
    effect = next(row[2] for row in told if row[0] == "1;2")
    assert f"the trend stands on {2871963 + effect:,.3f} t" in page
    assert f"allows {(2871963 + effect) * Decimal('0.412'):,.3f} t" in page
