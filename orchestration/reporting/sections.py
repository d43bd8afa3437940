"""What the report prints: sections of tables, facts and figures, each a query on the marts.

A new table is an entry here: its query, its columns with their titles in both languages, and how they are printed. A
block whose mart is not published, or that has no row, is printed as not given.
"""

from orchestration.reporting import words
from orchestration.reporting.blocks import Column, Facts, Figures, Query, Section, Table, Text

TCO2E = Text("t CO₂e", "吨二氧化碳当量")
YEAR_OF_PERIOD = "year(period) = {year}"


def _text(name: str, en: str, zh: str, of_zh: str | None = None) -> Column:
    return Column(name, Text(en, zh), zh=of_zh)


def _code(name: str, en: str, zh: str, of: dict) -> Column:
    return Column(name, Text(en, zh), "code", words=of)


def _tonnes(name: str, en: str = "t CO₂e", zh: str = "吨 CO₂e", decimals: int | None = None) -> Column:
    return Column(name, Text(en, zh), "tonnes", decimals=decimals)


def _difference(name: str, en: str, zh: str, decimals: int | None = None) -> Column:
    return Column(name, Text(en, zh), "tonnes", decimals=decimals, signed=True)


def _number(name: str, en: str, zh: str, decimals: int = 2) -> Column:
    return Column(name, Text(en, zh), "number", decimals=decimals)


def _share(name: str, en: str, zh: str, decimals: int = 2) -> Column:
    return Column(name, Text(en, zh), "share", decimals=decimals)


def _count(name: str, en: str, zh: str) -> Column:
    return Column(name, Text(en, zh), "integer")


def _year(name: str = "year", en: str = "Year", zh: str = "年度") -> Column:
    return Column(name, Text(en, zh), "year")


def _date(name: str, en: str, zh: str) -> Column:
    return Column(name, Text(en, zh), "date")


def _yes(name: str, en: str, zh: str) -> Column:
    return Column(name, Text(en, zh), "yes_no")


def _headline(scope: str, column: str = "co2e_t") -> Query:
    return Query("headline", column, f"year = {{year}} and scope = '{scope}'")


SCOPE = _text("scope", "Scope", "范围")
FACILITY = _text("facility_name", "Facility", "设施", "facility_name_zh")
ACTIVITY = _text("activity_name_en", "Activity", "活动", "activity_name_zh")
METHOD = _code("scope2_method", "Scope 2 method", "范围 2 方法", words.METHODS)
BASIS = _code("basis", "Basis", "数据性质", words.BASES)
UNIT = Column("unit", Text("Unit", "单位"), "unit")
FACILITY_ID = Column("facility_id", Text("Facility", "设施"), "facility")

SUMMARY = Section(
    "summary",
    Text("Key figures", "关键数据"),
    (
        Figures(
            "key_figures",
            Text("Key figures", "关键数据"),
            (
                (_headline("1+2"), _tonnes("co2e_t", "Scope 1 + 2", "范围 1 + 2"), TCO2E),
                (_headline("1"), _tonnes("co2e_t", "Scope 1", "范围 1"), TCO2E),
                (_headline("2"), _tonnes("co2e_t", "Scope 2", "范围 2"), TCO2E),
                (_headline("3"), _tonnes("co2e_t", "Scope 3", "范围 3"), TCO2E),
                (
                    Query("scope12_trend", "change_from_base", "year = {year} and grain = 'year'"),
                    _share("change_from_base", "Scope 1 + 2 against the base year", "范围 1 + 2 较基准年", 1),
                    Text("", ""),
                ),
                (
                    Query("scope12_trend", "gap_t", "year = {year} and grain = 'year'"),
                    _difference("gap_t", "Above (+) or below the pathway", "高于（+）或低于路径"),
                    TCO2E,
                ),
                (
                    Query("green_electricity", "green_share", "year = {year} and months_covered = 12"),
                    _share("green_share", "Green electricity", "绿色电力占比", 1),
                    Text("", ""),
                ),
                (
                    Query(
                        "intensity",
                        "value",
                        "year = {year} and numerator = 'scope_1_and_2' and denominator = 'revenue'",
                        order="basis desc limit 1",
                    ),
                    _number("value", "Scope 1 + 2 per revenue", "单位营收范围 1 + 2"),
                    Text("t CO₂e per 10⁸ CNY", "吨 CO₂e/亿元"),
                ),
            ),
        ),
        Table(
            "figures_of_the_year",
            Text("The figures of the year", "年度数据"),
            Query(
                "headline",
                "scope, co2e_t, basis, other_basis_co2e_t, difference_t, months_covered",
                "year = {year} and (co2e_t is not null or months_covered > 0)",
                order="scope",
            ),
            (
                SCOPE,
                _tonnes("co2e_t"),
                BASIS,
                _tonnes("other_basis_co2e_t", "Calculated beside it", "并列的计算值"),
                _difference("difference_t", "Reported − calculated", "报告值 − 计算值", 3),
                _count("months_covered", "Months covered", "覆盖月数"),
            ),
            picture="scopes",
            note=Text(
                "A reported figure counts before a calculated one; the two are never added. Scope 2 is in the"
                " method of the target.",
                "有报告值时以报告值为准；报告值与计算值不相加。范围 2 采用目标所用方法。",
            ),
        ),
    ),
)

ORGANISATION = Section(
    "organisation",
    Text("The organisation and its boundary", "组织与组织边界"),
    (
        Facts(
            "organization",
            Text("Who reports", "报告组织"),
            Query(
                "organization",
                "name, name_zh, '{year}-01-01 – {year}-12-31' as reporting_period, consolidation_approach, base_year,"
                " responsible_person, responsible_person_zh, conformity_statement, conformity_statement_zh",
            ),
            (
                _text("name", "Organisation", "组织名称", "name_zh"),
                _text("reporting_period", "Period", "报告期"),
                _code("consolidation_approach", "Consolidation approach", "合并方法", words.APPROACHES),
                _year("base_year", "Base year", "基准年"),
                _text("responsible_person", "Responsible", "责任职能", "responsible_person_zh"),
                _text("conformity_statement", "Statement of conformity", "符合性声明", "conformity_statement_zh"),
            ),
        ),
        Table(
            "facilities",
            Text("Facilities inside the boundary", "边界内的设施"),
            Query(
                "facilities",
                "facility_id, facility_name, facility_name_zh, base, legal_entity, country, grid_region, equity_share,"
                " operational_control",
                "valid_from <= date '{year}-12-31' and valid_to >= date '{year}-01-01'",
                order="base, facility_id, valid_from",
            ),
            (
                FACILITY,
                _text("base", "Base", "基地"),
                _text("legal_entity", "Legal entity", "法人实体"),
                _text("country", "Country", "国家"),
                _text("grid_region", "Grid region", "电网区域"),
                _share("equity_share", "Equity share", "股权比例", 0),
                _yes("operational_control", "Operational control", "运营控制权"),
            ),
        ),
    ),
)

BOUNDARY = Section(
    "boundary",
    Text("Reporting boundary", "报告边界"),
    (
        Facts(
            "reporting_boundary",
            Text("In the words of the organisation", "组织的说明"),
            Query("organization", "reporting_boundary, reporting_boundary_zh"),
            (_text("reporting_boundary", "Reporting boundary", "报告边界", "reporting_boundary_zh"),),
        ),
        Table(
            "classification",
            Text("How the two classifications correspond", "两种分类的对应关系"),
            Query(
                "category_emissions",
                "distinct iso_14064_category, scope, ghg_protocol_category, category_name_en, category_name_zh",
                "year = {year} and iso_14064_category is not null",
                order="iso_14064_category, ghg_protocol_category",
            ),
            (
                _text("iso_14064_category", "ISO 14064-1 category", "ISO 14064-1 类别"),
                SCOPE,
                _text("ghg_protocol_category", "Scope 3 category", "范围 3 类别"),
                _text("category_name_en", "Name", "名称", "category_name_zh"),
            ),
        ),
        Table(
            "sources",
            Text("Sources of emissions", "排放源"),
            Query(
                "source_list join activity_names on list_contains(string_split(activity_types, ';'), activity_type)",
                "name_en, name_zh, iso_14064_category, string_agg(distinct activity_name_en, ', ' order by"
                " activity_name_en) as activities_en, string_agg(distinct activity_name_zh, '、' order by"
                " activity_name_zh) as activities_zh, count(distinct facility_id) as facilities",
                "year = {year} and status = 'present'",
                "emission_source, name_en, name_zh, iso_14064_category",
                "iso_14064_category, emission_source",
                ("source_list", "activity_names"),
            ),
            (
                _text("iso_14064_category", "ISO 14064-1 category", "ISO 14064-1 类别"),
                _text("name_en", "Source", "排放源", "name_zh"),
                _text("activities_en", "What was delivered", "已报送活动", "activities_zh"),
                _count("facilities", "Facilities", "设施数"),
            ),
        ),
        Table(
            "absent_sources",
            Text("Sources declared absent", "声明不存在的排放源"),
            Query(
                "source_list",
                "name_en, name_zh, reason_en, reason_zh, count(distinct facility_id) as facilities",
                "year = {year} and status = 'declared_absent'",
                "all",
                "name_en, reason_en",
            ),
            (
                _text("name_en", "Source", "排放源", "name_zh"),
                _text("reason_en", "Reason", "原因", "reason_zh"),
                _count("facilities", "Facilities", "设施数"),
            ),
            empty=Text("None (reference/source_declarations.csv).", "无（reference/source_declarations.csv）。"),
        ),
        Table(
            "treatments",
            Text("Categories without emissions, and why", "无排放的类别及原因"),
            Query(
                "category_emissions",
                "distinct ghg_protocol_category, category_name_en, category_name_zh, treatment, reason_en, reason_zh",
                "year = {year} and treatment is not null",
                order="ghg_protocol_category",
            ),
            (
                _text("ghg_protocol_category", "Category", "类别"),
                _text("category_name_en", "Name", "名称", "category_name_zh"),
                _code("treatment", "Treatment", "处理", words.TREATMENTS),
                _text("reason_en", "Reason", "原因", "reason_zh"),
            ),
            empty=Text(
                "No category is declared zero, not applicable or left out (reference/category_notes.csv).",
                "未声明任何为零、不涉及或未纳入的类别（reference/category_notes.csv）。",
            ),
        ),
    ),
)

METHODS = Section(
    "method",
    Text("How it was quantified", "量化方法"),
    (
        Facts(
            "approach",
            Text("Approach", "方法"),
            Query(
                "organization",
                "quantification_approach, quantification_approach_zh, quantification_changes,"
                " quantification_changes_zh,"
                " gwp_set, combustion_gases, fuel_factor_set, target_scope2_method, residual_mix_policy, materiality,"
                " significance_threshold, estimation_methods, emissions_trading, emissions_trading_zh,"
                " internal_carbon_price, internal_carbon_price_zh",
            ),
            (
                _text("quantification_approach", "Approach and why", "方法及理由", "quantification_approach_zh"),
                _text("quantification_changes", "Changes", "变更", "quantification_changes_zh"),
                _text("gwp_set", "GWP values (IPCC report, 100 years)", "GWP 数值（IPCC 报告，100 年）"),
                _code("combustion_gases", "Gases of combustion", "燃烧所计气体", words.COMBUSTION_GASES),
                _code("fuel_factor_set", "Fuel properties", "燃料参数", words.FUEL_SETS),
                _code("target_scope2_method", "Scope 2 of the target", "目标所用范围 2 方法", words.METHODS),
                _code("residual_mix_policy", "Electricity without instrument", "无凭证电力", words.RESIDUAL_MIX),
                _share("materiality", "Materiality", "重要性水平", 0),
                _share("significance_threshold", "Recalculation threshold", "重算阈值", 0),
                _code("estimation_methods", "Estimation of gaps", "缺失数据估算", words.ESTIMATION),
                _text("emissions_trading", "Emission trading", "碳排放权交易", "emissions_trading_zh"),
                _text("internal_carbon_price", "Internal carbon price", "内部碳价", "internal_carbon_price_zh"),
            ),
        ),
    ),
)

GASES = (
    ("co2_t", "CO₂"), ("ch4_co2e_t", "CH₄"), ("n2o_co2e_t", "N₂O"), ("hfcs_co2e_t", "HFCs"), ("pfcs_co2e_t", "PFCs"),
    ("sf6_co2e_t", "SF₆"), ("nf3_co2e_t", "NF₃"),
)  # fmt: skip

RESULTS = Section(
    "results",
    Text("Emissions by scope, class and gas", "按范围、类别和气体的排放"),
    (
        Table(
            "scopes",
            Text("Scopes, both methods of Scope 2", "各范围排放，范围 2 两种方法"),
            Query(
                "annual_inventory",
                "scope, scope2_method, basis, co2e_t, share_of_total",
                "year = {year}",
                order="scope, scope2_method, basis",
            ),
            (SCOPE, METHOD, BASIS, _tonnes("co2e_t"), _share("share_of_total", "Share of the total", "占总量")),
            note=Text(
                "Location- and market-based figures are alternatives; so are reported and calculated ones. No"
                " line adds them.",
                "基于位置与基于市场的数值二选一，报告值与计算值亦然，均不相加。",
            ),
        ),
        Table(
            "gases",
            Text("ISO 14064-1 categories by gas, calculated", "ISO 14064-1 类别，按气体（计算值）"),
            Query(
                "iso_14064_statement",
                "iso_14064_category, category_name_en, category_name_zh, "
                + ", ".join(column for column, _ in GASES)
                + ", co2e_unspecified_t, co2e_t",
                "year = {year} and basis = 'calculated'",
                order="iso_14064_category",
            ),
            (
                _text("iso_14064_category", "Category", "类别"),
                _text("category_name_en", "Name", "名称", "category_name_zh"),
                *(_tonnes(column, name, name) for column, name in GASES),
                _tonnes("co2e_unspecified_t", "not told apart", "未区分"),
                _tonnes("co2e_t", "Sum", "合计"),
            ),
            note=Text(
                "t CO₂e. Category 2 is in the Scope 2 method of the target. Factors that state CO₂e only do"
                " not tell gases apart.",
                "单位：吨 CO₂e。类别 2 采用目标所用范围 2 方法。仅给出 CO₂e 的因子无法区分气体。",
            ),
            is_wide=True,
        ),
        Table(
            "statement",
            Text("ISO 14064-1 statement beside its published figures", "ISO 14064-1 声明与已发布数值"),
            Query(
                "iso_14064_statement",
                "iso_14064_category, category_name_en, category_name_zh, co2e_t, published, residue,"
                " residue_explanation, residue_explanation_zh",
                "year = {year} and basis = 'reported'",
                order="iso_14064_category",
            ),
            (
                _text("iso_14064_category", "Category", "类别"),
                _text("category_name_en", "Name", "名称", "category_name_zh"),
                _tonnes("co2e_t", "Sum of the parts", "各部分之和"),
                _tonnes("published", "Published", "已发布"),
                _difference("residue", "Residue", "尾差"),
                _text("residue_explanation", "What it means", "说明", "residue_explanation_zh"),
            ),
            empty=Text("No ISO 14064-1 statement was published for this year.", "该年度未发布 ISO 14064-1 声明。"),
        ),
        Table(
            "source_classes",
            Text("Scope 1 and 2 by class of source", "范围 1 和 2 按排放源类别"),
            Query(
                "source_class_emissions",
                "scope, scope2_method, source_class, basis, co2e_t, share_of_scope",
                "year = {year} and scope in (1, 2) and source_class is not null",
                order="scope, scope2_method, basis desc, co2e_t desc",
            ),
            (
                SCOPE,
                METHOD,
                _code("source_class", "Class of source", "排放源类别", words.SOURCE_CLASSES),
                BASIS,
                _tonnes("co2e_t"),
                _share("share_of_scope", "Share of the scope", "占该范围"),
            ),
        ),
        Table(
            "outside_the_scopes",
            Text("Outside the scopes", "范围外单列项"),
            Query(
                "emissions",
                "coalesce(sum(biogenic_co2_kg), 0) * 0.001 as biogenic_co2_t,"
                " coalesce(sum(other_gases_kg_co2e), 0) * 0.001 as other_gases_t",
                YEAR_OF_PERIOD + " and coalesce(scope2_method, 'location') = 'location'",
            ),
            (
                _tonnes("biogenic_co2_t", "Biogenic CO₂, t", "生物成因 CO₂（吨）", 2),
                _tonnes("other_gases_t", "Gases outside the Kyoto basket, t CO₂e", "京都议定书外气体（吨 CO₂e）", 2),
            ),
        ),
        Facts(
            "removals",
            Text("Direct removals", "直接清除量"),
            Query("organization", "direct_removals, direct_removals_zh"),
            (_text("direct_removals", "Direct removals", "直接清除量", "direct_removals_zh"),),
        ),
    ),
)

SCOPE_3 = Section(
    "scope3",
    Text("Scope 3 by category", "范围 3 各类别"),
    (
        Table(
            "categories",
            Text("The fifteen categories", "十五个类别"),
            Query(
                "category_emissions",
                "ghg_protocol_category, category_name_en, category_name_zh, iso_14064_category, basis, co2e_t,"
                " share_of_scope",
                # The reported figures where there are any.
                "year = {year} and scope = 3 and basis = (select max(basis) from category_emissions where year = {year}"
                " and scope = 3 and co2e_t is not null)",
                order="ghg_protocol_category",
            ),
            (
                _text("ghg_protocol_category", "Category", "类别"),
                _text("category_name_en", "Name", "名称", "category_name_zh"),
                _text("iso_14064_category", "ISO category", "ISO 类别"),
                BASIS,
                _tonnes("co2e_t"),
                _share("share_of_scope", "Share of Scope 3", "占范围 3"),
            ),
            picture="categories",
            empty=Text("No Scope 3 emissions are reported for this year.", "该年度未报告范围 3 排放。"),
        ),
        Table(
            "scope_3_sources",
            Text("What is behind the categories", "各类别的构成"),
            Query(
                "inventory join activity_names using (activity_type)",
                "ghg_protocol_category, activity_name_en, activity_name_zh, sum(co2e_t) as co2e_t",
                "year = {year} and scope = 3",
                "all",
                "ghg_protocol_category, co2e_t desc, activity_name_en",
                ("inventory", "activity_names"),
            ),
            (
                _text("ghg_protocol_category", "Category", "类别"),
                ACTIVITY,
                _tonnes("co2e_t", "t CO₂e, calculated", "吨 CO₂e，计算值"),
            ),
            empty=Text("No Scope 3 emissions are calculated for this year.", "该年度未计算范围 3 排放。"),
        ),
    ),
)

MONTHS = (
    Text("Jan", "1 月"), Text("Feb", "2 月"), Text("Mar", "3 月"), Text("Apr", "4 月"), Text("May", "5 月"),
    Text("Jun", "6 月"), Text("Jul", "7 月"), Text("Aug", "8 月"), Text("Sep", "9 月"), Text("Oct", "10 月"),
    Text("Nov", "11 月"), Text("Dec", "12 月"),
)  # fmt: skip

FACILITIES = Section(
    "bases",
    Text("Bases and months", "各基地与各月份"),
    (
        Table(
            "bases",
            Text("Emissions by base, calculated", "各基地排放（计算值）"),
            Query(
                "inventory",
                "coalesce(base, facility_id) as base, sum(case when scope = 1 then co2e_t end) as scope_1_t,"
                " sum(case when scope = 2 then co2e_location_t end) as location_t,"
                " sum(case when scope = 2 then co2e_market_t end) as market_t,"
                " sum(case when scope = 3 then co2e_t end) as scope_3_t",
                "year = {year}",
                "all",
                "sum(case when scope < 3 then co2e_t end) desc, base",
            ),
            (
                _text("base", "Base", "基地"),
                _tonnes("scope_1_t", "Scope 1", "范围 1"),
                _tonnes("location_t", "Scope 2, location-based", "范围 2（基于位置）"),
                _tonnes("market_t", "Scope 2, market-based", "范围 2（基于市场）"),
                _tonnes("scope_3_t", "Scope 3", "范围 3"),
            ),
        ),
        Table(
            "bases_by_month",
            Text("Scope 1 + 2 by base and month, calculated", "各基地各月范围 1 + 2（计算值）"),
            Query(
                "inventory",
                "coalesce(base, facility_id) as base, "
                + ", ".join(f"sum(case when month = {n} then co2e_t end) as month_{n}" for n in range(1, 13))
                + ", sum(co2e_t) as whole_year_t",
                "year = {year} and scope in (1, 2)",
                "all",
                "whole_year_t desc, base",
            ),
            (
                _text("base", "Base", "基地"),
                *(_tonnes(f"month_{n}", *month) for n, month in enumerate(MONTHS, start=1)),
                _tonnes("whole_year_t", "Year", "全年"),
            ),
            picture="heat_map",
            note=Text("t CO₂e; Scope 2 in the method of the target.", "单位：吨 CO₂e；范围 2 采用目标所用方法。"),
            is_wide=True,
        ),
    ),
)

YEARLY_SCOPES = {"1": "scope_1", "2": "scope_2", "1+2": "scope_1_2", "3": "scope_3", "1+2+3": "all"}
# Of each projected year that no month of data has reached yet.
PROJECTED = (
    "(select cast(extract(year from period) as integer) as year, sum(expected_t) as expected_t,"
    " greatest(sum(expected_t) - 1.96 * max_by(year_deviation_t, period), 0) as lower_t,"
    " sum(expected_t) + 1.96 * max_by(year_deviation_t, period) as upper_t"
    " from projection where scopes = '1;2' and extract(year from period) > {year} group by 1"
    " having count(expected_t) = 12) as projected"
)

TREND = Section(
    "trend",
    Text("Base year, trend and intensity", "基准年、趋势与强度"),
    (
        Facts(
            "base_year",
            Text("Base year", "基准年"),
            Query(
                "organization",
                "base_year, base_as_reported_co2e_t, base_event_delta_co2e_t, base_co2e_t, base_year_changes,"
                " base_year_changes_zh",
            ),
            (
                _year("base_year", "Base year", "基准年"),
                _tonnes("base_as_reported_co2e_t", "Scope 1 + 2 as reported, t CO₂e", "报告的范围 1 + 2（吨 CO₂e）"),
                _difference("base_event_delta_co2e_t", "Changes by events, t CO₂e", "事件引起的变化（吨 CO₂e）"),
                _tonnes("base_co2e_t", "Scope 1 + 2 that counts, t CO₂e", "采用的范围 1 + 2（吨 CO₂e）"),
                _text("base_year_changes", "Changes", "变更说明", "base_year_changes_zh"),
            ),
        ),
        Table(
            "last_years",
            Text("The last three years by scope", "近三年各范围排放"),
            Query(
                "headline",
                "year, "
                + ", ".join(
                    f"max(case when scope = '{scope}' then co2e_t end) as {name}_t"
                    for scope, name in YEARLY_SCOPES.items()
                ),
                "year between {year} - 2 and {year} and co2e_t is not null",
                "year",
                "year",
            ),
            (
                _year(),
                _tonnes("scope_1_t", "Scope 1", "范围 1"),
                _tonnes("scope_2_t", "Scope 2", "范围 2"),
                _tonnes("scope_1_2_t", "Scope 1 + 2", "范围 1 + 2"),
                _tonnes("scope_3_t", "Scope 3", "范围 3"),
                _tonnes("all_t", "All scopes", "合计"),
            ),
            note=Text(
                "t CO₂e; reported figures before calculated ones, years that are known whole only. Scope 2 in the"
                " method of the target.",
                "单位：吨 CO₂e；有报告值时以报告值为准，仅列数据完整的年度。范围 2 采用目标所用方法。",
            ),
        ),
        Table(
            "trend",
            Text("Scope 1 + 2 against the pathway", "范围 1 + 2 与目标路径"),
            Query(
                "scope12_trend left join " + PROJECTED + " using (year)",
                "year, case when year <= {year} then actual_co2e_t end as actual_co2e_t, case when year <="
                " {year} then basis end as basis,"
                " pathway_co2e_t, case when year <= {year} then gap_t end as gap_t,"
                " case when year <= {year} then change_from_base end as change_from_base,"
                " case when year <= {year} then change_from_previous end as change_from_previous,"
                " case when year <= {year} then on_track end as on_track,"
                " cast(expected_t as decimal(38, 6)) as expected_t, cast(lower_t as decimal(38, 6)) as lower_t,"
                " cast(upper_t as decimal(38, 6)) as upper_t",
                "grain = 'year' and (year <= {year} or expected_t is not null or (pathway_co2e_t is not null and"
                " (year % 5 = 0 or year in (select target_year from target_progress))))",
                order="year",
                others=("scope12_trend", "projection", "target_progress"),
            ),
            (
                _year(),
                _tonnes("actual_co2e_t", "Actual", "实际"),
                BASIS,
                _tonnes("pathway_co2e_t", "Pathway", "路径允许值"),
                _difference("gap_t", "Gap", "差距"),
                _share("change_from_base", "Against the base year", "较基准年", 1),
                _share("change_from_previous", "Against the year before", "较上年", 1),
                _yes("on_track", "On track", "达标"),
                Column("expected_t", Text("At the present course", "按目前走势"), "tonnes", is_optional=True),
                Column("lower_t", Text("95 % from", "95 % 下限"), "tonnes", is_optional=True),
                Column("upper_t", Text("to", "上限"), "tonnes", is_optional=True),
            ),
            picture="trend",
            note=Text(
                "t CO₂e; Scope 2 in the method of the target. The present course is the projection of section"
                " “Targets and progress”, with its 95 % interval.",
                "单位：吨 CO₂e；范围 2 采用目标所用方法。“按目前走势”为“目标与进展”一节的推算值及其 95 % 区间。",
            ),
            is_wide=True,
        ),
        Table(
            "changes_by_source",
            Text(
                "From the base year to now, by class of source, calculated",
                "自基准年以来的变化（按排放源类别，计算值）",
            ),
            Query(
                "(select source_class, coalesce(sum(case when year = base_year then co2e_t end), 0) as base_t,"
                " coalesce(sum(case when year = {year} then co2e_t end), 0) as now_t from inventory join"
                " organization on true"
                " where scope in (1, 2) and year in (base_year, {year}) and base_year < {year} and exists"
                " (select 1 from headline"
                " where year = base_year and scope = '1+2' and calculated_co2e_t is not null) group by"
                " source_class) as classes",
                "source_class, base_t, now_t, now_t - base_t as change_t, sum(base_t) over () as whole_base_t,"
                " sum(now_t) over () as whole_now_t, sum(base_t) over () + sum(now_t - base_t)"
                " over (order by abs(now_t - base_t) desc, source_class) as after_t",
                "",
                "",
                "abs(now_t - base_t) desc, source_class",
                ("inventory", "organization", "headline"),
            ),
            (
                _code("source_class", "Class of source", "排放源类别", words.SOURCE_CLASSES),
                _tonnes("base_t", "Base year", "基准年"),
                _tonnes("now_t", "This year", "本年度"),
                _difference("change_t", "Change", "变化"),
            ),
            picture="waterfall",
            empty=Text("This is the base year.", "本年度即为基准年。"),
        ),
        Table(
            "drivers",
            Text("From the base year to now, by driver", "自基准年以来的变化（按驱动因素）"),
            Query(
                "(select driver, sum(effect_t) as change_t from emission_drivers where to_year = {year}"
                " and from_year = (select base_year from organization) group by driver) as effects"
                " cross join (select sum(from_co2e_t) as whole_base_t, sum(to_co2e_t) as whole_now_t"
                " from (select distinct facility_id, from_co2e_t, to_co2e_t from emission_drivers where"
                " to_year = {year}"
                " and from_year = (select base_year from organization))) as totals",
                "driver, change_t, whole_base_t, whole_now_t, whole_base_t + sum(change_t)"
                " over (order by abs(change_t) desc, driver) as after_t",
                "",
                "",
                "abs(change_t) desc, driver",
                ("emission_drivers", "organization"),
            ),
            (
                _code("driver", "Driver", "驱动因素", words.CAUSES),
                _difference("change_t", "Effect", "影响"),
                _tonnes("after_t", "After it", "累计后"),
            ),
            picture="drivers",
            note=Text(
                "Additive logarithmic mean Divisia index, by facility, in no order; calculated Scope 1 + 2.",
                "加法对数平均迪氏指数（LMDI），按设施分解，与顺序无关；范围 1 + 2 计算值。",
            ),
            empty=Text("There is no earlier year to compare with.", "无可比较的较早年度。"),
        ),
        Table(
            "base_year_events",
            Text("Events that touch the base year", "影响基准年的事件"),
            Query(
                "base_year_events",
                "event_id, kind, effective_on, delta_base_co2e_t, share_of_base, is_recalculated, document",
                order="effective_on, event_id",
            ),
            (
                _text("event_id", "Event", "事件"),
                _code("kind", "Kind", "类型", words.EVENTS),
                _date("effective_on", "Effective", "生效日"),
                _difference("delta_base_co2e_t", "t CO₂e", "吨 CO₂e"),
                _share("share_of_base", "Share of the base year", "占基准年"),
                _yes("is_recalculated", "Recalculated", "是否重算"),
                _text("document", "Document", "文件"),
            ),
            empty=Text("No event touches the base year.", "无影响基准年的事件。"),
        ),
        Table(
            "recalculation",
            Text("Recalculation of the base year", "基准年重算"),
            Query(
                "base_year_recalculation",
                "event_id, scope, kind, effective_on, as_reported_t, effect_t, share_of_scope, decision,"
                " recalculated_t,"
                " target_recalculated_t",
                order="effective_on, event_id, scope",
            ),
            (
                _text("event_id", "Event", "事件"),
                SCOPE,
                _code("kind", "Kind", "类型", words.EVENTS),
                _date("effective_on", "Effective", "生效日"),
                _tonnes("as_reported_t", "As reported", "原报告值"),
                _difference("effect_t", "Effect", "影响"),
                _share("share_of_scope", "Share of the scope", "占该范围"),
                _code("decision", "Decision", "决定", words.DECISIONS),
                _tonnes("recalculated_t", "Recalculated", "重算值"),
                _tonnes("target_recalculated_t", "Target that follows", "相应目标值"),
            ),
            is_wide=True,
            empty=Text("No event touches the base year.", "无影响基准年的事件。"),
        ),
        Table(
            "closes",
            Text("Versions of this year that were closed", "本年度已关账版本"),
            Query(
                "closed_inventories",
                "version, reason, closed_at, scope_1_calculated_t, scope_2_location_calculated_t,"
                " scope_2_market_calculated_t,"
                " scope_3_calculated_t, digest",
                "year = {year}",
                order="version",
            ),
            (
                _text("version", "Version", "版本"),
                _text("reason", "Reason", "原因"),
                _date("closed_at", "Closed", "关账时间"),
                _tonnes("scope_1_calculated_t", "Scope 1", "范围 1"),
                _tonnes("scope_2_location_calculated_t", "Scope 2, location", "范围 2（位置）"),
                _tonnes("scope_2_market_calculated_t", "Scope 2, market", "范围 2（市场）"),
                _tonnes("scope_3_calculated_t", "Scope 3", "范围 3"),
                Column("digest", Text("Digest", "摘要"), "hash"),
            ),
            is_wide=True,
            empty=Text("The year was not closed.", "该年度尚未关账。"),
        ),
        Table(
            "restatements",
            Text("What was restated between versions, by cause", "版本间重述（按原因）"),
            Query(
                "restatement_bridge",
                "from_version, to_version, basis, scope, scope2_method, cause, sum(co2e_t) as co2e_t",
                "year = {year}",
                "all",
                "all",
            ),
            (
                _text("from_version", "From", "自"),
                _text("to_version", "To", "至"),
                BASIS,
                SCOPE,
                METHOD,
                _code("cause", "Cause", "原因", words.CAUSES),
                _difference("co2e_t", "t CO₂e", "吨 CO₂e", 3),
            ),
            empty=Text("Nothing was restated.", "无重述。"),
        ),
        Table(
            "intensity",
            Text("Scope 1 + 2 per unit of business", "范围 1 + 2 强度"),
            Query(
                "intensity",
                "denominator, year, basis, numerator_co2e_t, denominator_value, denominator_unit, value, unit",
                "year <= {year} and numerator = 'scope_1_and_2'",
                order="denominator, year, basis desc",
            ),
            (
                _code("denominator", "Per", "分母", words.METRICS),
                _year(),
                BASIS,
                _tonnes("numerator_co2e_t", "t CO₂e", "吨 CO₂e"),
                _number("denominator_value", "Denominator", "分母数值"),
                Column("denominator_unit", Text("Its unit", "分母单位"), "unit"),
                _number("value", "Intensity", "强度", 4),
                UNIT,
            ),
            picture="intensity",
            empty=Text("No metric of the business is delivered for a whole year.", "无完整年度的经营指标。"),
        ),
    ),
)

ENERGY = Section(
    "energy",
    Text("Energy and green electricity", "能源与绿色电力"),
    (
        Table(
            "carriers",
            Text("Energy consumed", "能源消耗"),
            Query(
                "energy_consumption",
                "carrier, unit, sum(quantity) as quantity, sum(gj) as gj, sum(tce) as tce",
                YEAR_OF_PERIOD,
                "all",
                "gj desc nulls last, carrier",
            ),
            (
                _code("carrier", "Carrier", "能源品种", words.CARRIERS),
                _number("quantity", "Quantity", "数量", 3),
                UNIT,
                _number("gj", "GJ", "吉焦", 0),
                _number("tce", "tce", "吨标准煤", 2),
            ),
            note=Text(
                "Before consolidation; by net calorific value and 29.3076 GJ per tce.",
                "合并前数值；按低位发热量及 29.3076 GJ/tce 折算。",
            ),
            empty=Text("No energy was delivered for this year.", "该年度无能源数据。"),
        ),
        Table(
            "green_electricity",
            Text("Green electricity", "绿色电力"),
            Query(
                "green_electricity",
                "year, consumption_mwh, onsite_mwh, certificates_mwh, contracts_mwh, green_mwh, green_share",
                "year <= {year} and months_covered = 12",
                order="year",
            ),
            (
                _year(),
                _number("consumption_mwh", "Consumed, MWh", "用电量（MWh）", 0),
                _number("onsite_mwh", "On site, MWh", "自发自用（MWh）", 0),
                _number("certificates_mwh", "Certificates, MWh", "绿证（MWh）", 0),
                _number("contracts_mwh", "Contracts, MWh", "绿电合同（MWh）", 0),
                _number("green_mwh", "Green, MWh", "绿色电力（MWh）", 0),
                _share("green_share", "Share", "占比", 1),
            ),
            picture="green_share",
        ),
        Table(
            "instruments",
            Text("Certificates and contracts: purchased and used", "绿证与合同：购入与使用"),
            Query(
                "instrument_allocation",
                "instrument_type, sum(purchased) as purchased, sum(allocated) as allocated, sum(surplus) as surplus,"
                " sum(case when failed_criterion is not null then purchased else 0 end) as failed",
                YEAR_OF_PERIOD,
                "all",
                "purchased desc, instrument_type",
            ),
            (
                _code("instrument_type", "Instrument", "凭证", words.INSTRUMENTS),
                _number("purchased", "Purchased, MWh", "购入（MWh）", 0),
                _number("allocated", "Used, MWh", "使用（MWh）", 0),
                _number("surplus", "Surplus, MWh", "剩余（MWh）", 0),
                _number("failed", "of it failing a Quality Criterion, MWh", "其中不满足质量标准（MWh）", 0),
            ),
            picture="instruments",
            empty=Text("No certificate and no contract was claimed.", "未申报任何绿证或绿电合同。"),
        ),
        Table(
            "market_bases",
            Text("What the market-based figure rests on", "基于市场数值的依据"),
            Query(
                "emissions",
                "market_basis, unit, sum(quantity) as quantity, sum(co2e_kg) * 0.001 as co2e_t",
                YEAR_OF_PERIOD + " and scope2_method = 'market'",
                "all",
                "co2e_t desc, market_basis",
            ),
            (
                _code("market_basis", "Basis", "依据", words.MARKET_BASES),
                _number("quantity", "Quantity", "数量", 3),
                UNIT,
                _tonnes("co2e_t"),
            ),
        ),
    ),
)

TARGETS = Section(
    "targets",
    Text("Targets and progress", "目标与进展"),
    (
        Table(
            "targets",
            Text("Where each target stands", "各目标进展"),
            Query(
                "target_progress",
                "name_en, name_zh, kind, status, base_year, target_year, base_value, pathway_value,"
                " actual_value, gap, on_track,"
                " required_annual_reduction",
                "year = {year}",
                order="target_year, target_id",
            ),
            (
                _text("name_en", "Target", "目标", "name_zh"),
                _code("kind", "Kind", "类型", words.KINDS),
                _code("status", "State", "状态", words.TARGET_STATES),
                _year("base_year", "Base year", "基准年"),
                _year("target_year", "Target year", "目标年"),
                _number("base_value", "Base value", "基准值"),
                _number("pathway_value", "Allowed this year", "当年允许值"),
                _number("actual_value", "Actual", "实际值"),
                _number("gap", "Gap", "差距"),
                _yes("on_track", "On track", "达标"),
                _share("required_annual_reduction", "Needed a year from here", "此后每年所需降幅", 1),
            ),
            note=Text(
                "Absolute targets in t CO₂e, intensity targets in t CO₂e per unit of their denominator, targets of"
                " low-carbon electricity as the share that is not low-carbon. No"
                " credit and no avoided emission counts.",
                "绝对目标单位为吨 CO₂e，强度目标单位为吨 CO₂e/分母单位，低碳电力目标为非低碳部分的占比。"
                "碳信用与避免排放均不计入。",
            ),
            is_wide=True,
            empty=Text("No target is declared (reference/targets.csv).", "未设定目标（reference/targets.csv）。"),
        ),
        Table(
            "rules",
            Text("The targets held against the rules of their standards", "目标与标准规则的对照"),
            Query(
                "target_rule_checks",
                "target_id, standard, name_en, name_zh, verdict, arithmetic_en, arithmetic_zh, certainty",
                "is_of_its_time or is_for_new_submissions",
                order="target_id, standard, rule_id, valid_from",
            ),
            (
                Column("target_id", Text("Target", "目标"), "target"),
                _text("standard", "Standard", "标准"),
                _text("name_en", "Rule", "规则", "name_zh"),
                _code("verdict", "Holds", "是否满足", words.VERDICTS),
                _text("arithmetic_en", "Arithmetic", "计算", "arithmetic_zh"),
                _code("certainty", "Certainty", "依据", words.CERTAINTIES),
            ),
            is_wide=True,
            empty=Text("There is no target to hold against a rule.", "无可对照的目标。"),
        ),
        Table(
            "projection",
            Text("Scope 1 + 2 at the present course", "按目前走势推算的范围 1 + 2"),
            Query(
                "projection",
                "cast(extract(year from period) as integer) as year, count(expected_t) as months,"
                " cast(sum(expected_t) as decimal(38, 6)) as expected_t,"
                " cast(greatest(sum(expected_t) - 1.96 * max_by(year_deviation_t, period), 0) as decimal(38, 6))"
                " as lower_95_t,"
                " cast(sum(expected_t) + 1.96 * max_by(year_deviation_t, period) as decimal(38, 6)) as upper_95_t,"
                " max(model) as model, max(note_en) as note_en, max(note_zh) as note_zh",
                "scopes = '1;2'",
                "scope2_method, extract(year from period)",
                "year",
            ),
            (
                _year(),
                _count("months", "Months", "月数"),
                _tonnes("expected_t", "Expected, t CO₂e", "期望值（吨 CO₂e）"),
                _tonnes("lower_95_t", "95 % interval from", "95 % 区间下限"),
                _tonnes("upper_95_t", "to", "上限"),
                _text("model", "Model", "模型"),
                Column("note_en", Text("Note", "说明"), zh="note_zh", is_optional=True),
            ),
            picture="projection",
            note=Text(
                "A seasonal model of the calculated months; of the running year only the months that are to come. The"
                " interval is cut at zero.",
                "由各月计算值的季节模型推算；当年仅含尚未到来的月份。区间下限不低于零。",
            ),
            empty=Text(
                "Too few months for a projection: two whole years of calculated months are needed.",
                "月份不足，无法推算：需至少两个完整年度的逐月计算值。",
            ),
        ),
        Table(
            "probability",
            Text("Probability of meeting each target at the present course", "按目前走势实现各目标的概率"),
            Query(
                "target_probability",
                "target_id, target_year, cast(target_value as decimal(38, 6)) as target_value,"
                " cast(expected_t as decimal(38, 6)) as expected_t,"
                " cast(probability as decimal(18, 6)) as probability, pathway_crossed_in, note_en, note_zh",
                order="target_year, target_id",
            ),
            (
                Column("target_id", Text("Target", "目标"), "target"),
                _year("target_year", "Target year", "目标年"),
                _number("target_value", "Allowed then", "届时允许值"),
                _tonnes("expected_t", "Expected, t CO₂e", "期望值（吨 CO₂e）"),
                _share("probability", "Probability", "概率", 1),
                _year("pathway_crossed_in", "Pathway crossed in", "与路径相交年份"),
                Column("note_en", Text("Note", "说明"), zh="note_zh", is_optional=True),
            ),
            is_wide=True,
            empty=Text("There is no target.", "未设定目标。"),
        ),
        Table(
            "measures",
            Text("Measures: expected and realised", "减排措施：预期与实现"),
            Query(
                "abatement_measures",
                "name_en, name_zh, facility_id, expected_t, realised_t, document",
                "year = {year}",
                order="expected_t desc nulls last, measure_id",
            ),
            (
                _text("name_en", "Measure", "措施", "name_zh"),
                FACILITY_ID,
                _tonnes("expected_t", "Expected, t CO₂e", "预期（吨 CO₂e）"),
                _tonnes("realised_t", "Realised, t CO₂e", "实现（吨 CO₂e）"),
                _text("document", "Document", "文件"),
            ),
            empty=Text("No measure is kept (reference/measures.csv).", "未登记减排措施（reference/measures.csv）。"),
        ),
    ),
)

PRODUCTS = Section(
    "products",
    Text("Workshops and products", "车间与产品"),
    (
        Table(
            "footprint",
            Text("What a kilowatt of output carries, cradle to gate", "每千瓦产出的碳足迹（从摇篮到大门）"),
            Query(
                "product_footprints",
                "scope, ghg_protocol_category, name_en, name_zh, co2e_t, is_in_footprint, co2e_kg_per_kw",
                "year = {year}",
                order="is_in_footprint desc, scope, ghg_protocol_category",
            ),
            (
                SCOPE,
                _text("ghg_protocol_category", "Category", "类别"),
                _text("name_en", "Name", "名称", "name_zh"),
                _tonnes("co2e_t"),
                _yes("is_in_footprint", "In the footprint", "计入足迹"),
                _number("co2e_kg_per_kw", "kg CO₂e per kW", "kg CO₂e/kW"),
            ),
            note=Text(
                "An average over all output of the year. What is not in it is unallocated; all lines sum to"
                " the inventory.",
                "按全年产出平均。未计入部分即未分摊；各行之和等于清单总量。",
            ),
            empty=Text("No output in MW is stated (metric production_mw).", "未提供以 MW 计的产量（production_mw）。"),
        ),
        Facts(
            "footprint_sums",
            Text("The footprint and the inventory", "碳足迹与清单的核对"),
            Query(
                "product_footprints",
                "sum(co2e_kg_per_kw) as kg_per_kw, max(output_mw) as output_mw,"
                " sum(co2e_t) filter (where is_in_footprint) as in_footprint_t,"
                " coalesce(sum(co2e_t) filter (where not is_in_footprint), 0) as unallocated_t, sum(co2e_t) as"
                " inventory_t",
                "year = {year}",
                "year",
            ),
            (
                _number("kg_per_kw", "kg CO₂e per kW", "kg CO₂e/kW"),
                _number("output_mw", "Output, MW", "产量（MW）", 0),
                _tonnes("in_footprint_t", "In the footprint, t CO₂e", "计入足迹（吨 CO₂e）"),
                _tonnes("unallocated_t", "Unallocated, t CO₂e", "未分摊（吨 CO₂e）"),
                _tonnes("inventory_t", "Inventory, t CO₂e", "清单（吨 CO₂e）"),
            ),
        ),
        Table(
            "workshops",
            Text("Scope 1 + 2 by workshop", "各车间范围 1 + 2"),
            Query(
                "product_allocation",
                "facility_id, workshop, sum(co2e_kg) * 0.001 as co2e_t",
                "year = {year}",
                "all",
                "facility_id, workshop",
            ),
            (
                FACILITY_ID,
                _code("workshop", "Workshop", "车间", {"unallocated": Text("belongs to no workshop", "未分摊")}),
                _tonnes("co2e_t", decimals=2),
            ),
            note=Text("The lines of a facility sum to its Scope 1 + 2.", "各行之和等于该设施的范围 1 + 2。"),
            empty=Text("No workshop has a meter of its own.", "无单独计量的车间。"),
        ),
        Table(
            "products",
            Text("Emissions per unit of product", "单位产品排放"),
            Query(
                "product_intensity",
                "facility_id, workshop, product, quantity, unit, co2e_kg * 0.001 as co2e_t, co2e_kg_per_unit",
                "year = {year}",
                order="product, facility_id, workshop",
            ),
            (
                _text("product", "Product", "产品"),
                FACILITY_ID,
                _text("workshop", "Workshop", "车间"),
                _number("quantity", "Output", "产量", 0),
                UNIT,
                _tonnes("co2e_t", "t CO₂e", "吨 CO₂e", 2),
                _number("co2e_kg_per_unit", "kg CO₂e per unit", "kg CO₂e/单位"),
            ),
            note=Text(
                "Scope 1 + 2 of the workshop, before consolidation; not a cradle-to-gate footprint.",
                "车间范围 1 + 2，合并前数值；并非从摇篮到大门的碳足迹。",
            ),
            empty=Text("No product has a workshop with meters of its own.", "无单独计量车间的产品。"),
        ),
    ),
)

FUEL_PARTS = {
    "ncv": "net calorific value",
    "carbon": "carbon content",
    "oxidation": "oxidation rate",
}

GUIDELINE = Section(
    "guideline",
    Text("Tables of the Chinese guideline", "中国指南报告表"),
    (
        Table(
            "fuels",
            Text("Fuel combustion: FC × NCV × CC × OF × 44/12", "化石燃料燃烧：FC × NCV × CC × OF × 44/12"),
            Query(
                "(select activity_type, factor_row_id, unit, sum(quantity * consolidation_share) as fc,"
                " sum(co2_kg) * 0.001 as co2_t"
                " from emissions where year(period) = {year} and scope = 1 and stage = 'direct'"
                " and source_class in ('stationary_combustion', 'mobile_combustion') group by all) as lines"
                " join factor_register using (factor_row_id) join activity_names using (activity_type)",
                "activity_name_en, activity_name_zh, fc, lines.unit, "
                + ", ".join(
                    f"max(case when part = '{part}' then value end) as {name},"
                    f" max(case when part = '{part}' then factor_register.unit end) as {name}_unit"
                    for name, part in FUEL_PARTS.items()
                )
                + ", co2_t",
                "",
                "activity_name_en, activity_name_zh, fc, lines.unit, co2_t, lines.factor_row_id",
                "activity_name_en, lines.factor_row_id",
                ("emissions", "factor_register", "activity_names"),
            ),
            (
                ACTIVITY,
                _number("fc", "FC, consumed", "FC 消耗量", 3),
                UNIT,
                _number("ncv", "NCV", "NCV 低位发热量", 3),
                Column("ncv_unit", Text("its unit", "单位"), "unit"),
                _number("carbon", "CC, tC/GJ", "CC 单位热值含碳量（tC/GJ）", 5),
                _share("oxidation", "OF, %", "OF 碳氧化率（%）", 1),
                Column("co2_t", Text("t CO₂", "吨 CO₂"), "tonnes", decimals=4),
            ),
            note=Text(
                "FC after consolidation. Where FC stands in a volume, the density of the factor register converts it.",
                "FC 为合并后数值；以体积计的燃料按因子登记表中的密度折算。",
            ),
            is_wide=True,
            empty=Text("No fuel was burnt.", "无燃料燃烧。"),
        ),
        Table(
            "electricity",
            Text("Net purchased electricity, location-based", "净购入使用电力（基于位置）"),
            Query(
                "emissions",
                "factor_id, unit, sum(quantity * consolidation_share) as quantity, factor_kgco2e_per_unit,"
                " sum(co2e_kg) * 0.001 as co2e_t",
                YEAR_OF_PERIOD + " and scope2_method = 'location' and source_class in ('purchased_electricity',"
                " 'exported_electricity')",
                "all",
                "factor_id, factor_kgco2e_per_unit",
            ),
            (
                _text("factor_id", "Factor", "因子"),
                _number("quantity", "Net purchased", "净购入量", 3),
                UNIT,
                _number("factor_kgco2e_per_unit", "kg CO₂e per unit", "kg CO₂e/单位", 4),
                _tonnes("co2e_t", "t CO₂e", "吨 CO₂e", 2),
            ),
            empty=Text("No electricity was purchased.", "无外购电力。"),
        ),
        Table(
            "activity_data",
            Text("Activity data of Scope 1 and 2 by month", "范围 1 和 2 活动数据（逐月）"),
            Query(
                "inventory join activity_names using (activity_type)",
                "activity_name_en, activity_name_zh, unit, "
                + ", ".join(f"sum(case when month = {n} then quantity end) as month_{n}" for n in range(1, 13))
                + ", sum(quantity) as whole_year",
                "year = {year} and scope in (1, 2) and quantity is not null",
                "all",
                "activity_name_en, unit",
                ("inventory", "activity_names"),
            ),
            (
                ACTIVITY,
                UNIT,
                *(_number(f"month_{n}", *month) for n, month in enumerate(MONTHS, start=1)),
                _number("whole_year", "Year", "全年", 3),
            ),
            is_wide=True,
        ),
        Table(
            "supplementary",
            Text("Supplementary data", "补充数据"),
            Query(
                "intensity",
                "distinct denominator, denominator_value, denominator_unit",
                "year = {year}",
                order="denominator",
            ),
            (
                _code("denominator", "Parameter", "参数", words.METRICS),
                _number("denominator_value", "Value", "数值"),
                Column("denominator_unit", Text("Unit", "单位"), "unit"),
            ),
            empty=Text("No metric of the business is delivered for the year.", "该年度无经营指标。"),
        ),
    ),
)

NEUTRALITY = Section(
    "neutrality",
    Text("Beside the inventory: statements, credits, avoided emissions", "清单之外：中和声明、碳信用、避免排放"),
    (
        Table(
            "neutrality_statements",
            Text("Carbon-neutral statements", "碳中和声明"),
            Query(
                "neutrality_statements",
                "subject, subject_zh, period_start, period_end, gross_t, offset_t, gross_minus_offset_t,"
                " offset_units, standard, issuer,"
                " statement_number, issued_on",
                "year(period_end) = {year}",
                order="statement_id",
            ),
            (
                _text("subject", "Subject", "主体", "subject_zh"),
                _tonnes("gross_t", "Gross, t CO₂e", "总排放（吨 CO₂e）", 2),
                _tonnes("offset_t", "Credits retired, t CO₂e", "抵消量（吨 CO₂e）", 2),
                _text("standard", "Standard", "标准"),
                _text("issuer", "Issuer", "签发方"),
                _text("statement_number", "Number", "编号"),
                _date("issued_on", "Issued", "签发日"),
            ),
            note=Text(
                "Gross first; nothing here lowers a figure of the inventory.", "先列总排放；本表不减少清单任何数值。"
            ),
            is_wide=True,
            empty=Text("None was made for this year.", "该年度无碳中和声明。"),
        ),
        Table(
            "credits",
            Text("Carbon credits", "碳信用"),
            Query(
                "carbon_credits",
                "instrument_id, instrument_type, registry, quantity_t, is_retired, retired_on, beneficiary",
                "year(claim_end) = {year}",
                order="instrument_id",
            ),
            (
                _text("instrument_id", "Position", "批次"),
                _code("instrument_type", "Kind", "种类", words.INSTRUMENTS),
                _text("registry", "Registry", "登记机构"),
                _tonnes("quantity_t", decimals=2),
                _yes("is_retired", "Retired", "已注销"),
                _date("retired_on", "on", "注销日"),
                _text("beneficiary", "For", "受益方"),
            ),
            empty=Text("No credit was claimed in this year.", "该年度未申报碳信用。"),
        ),
        Table(
            "avoided_emissions",
            Text("Avoided emissions, as stated", "避免排放（按声明）"),
            Query(
                "avoided_emissions",
                "stated_co2e_t, qualifier, full_load_hours, baseline_source, recomputed_co2e_t, assumption_en,"
                " assumption_zh, document",
                "year = {year}",
                order="source_row",
            ),
            (
                _tonnes("stated_co2e_t", "Stated, t CO₂e", "声明值（吨 CO₂e）"),
                _code("qualifier", "", "", {"more_than": Text("more than", "超过"), "about": Text("about", "约")}),
                _number("full_load_hours", "Hours a year", "年利用小时", 0),
                _tonnes("recomputed_co2e_t", "Computed again, t CO₂e", "复算值（吨 CO₂e）"),
                _text("assumption_en", "Assumptions", "假设", "assumption_zh"),
            ),
            note=Text("Outside the inventory and in no total.", "不属于清单，不计入任何总量。"),
            empty=Text("None are stated for this year.", "该年度未声明避免排放。"),
        ),
    ),
)

QUALITY = Section(
    "quality",
    Text("Quality of the data", "数据质量"),
    (
        Table(
            "data_quality",
            Text("Data quality by scope, weighted by emissions", "各范围数据质量（按排放加权）"),
            Query(
                "data_quality_summary",
                "scope, scope2_method, co2e_t, scored_share, excellent_share, good_share, fair_share,"
                " poor_share, score, grade,"
                " scope_3_standard_score, scope_3_standard_scored_share",
                "year = {year} and scope is not null",
                order="scope, scope2_method",
            ),
            (
                SCOPE,
                METHOD,
                _tonnes("co2e_t"),
                _share("scored_share", "Scored", "已评定", 1),
                _share("excellent_share", "Excellent", "优秀", 1),
                _share("good_share", "Good", "良好", 1),
                _share("fair_share", "Fair", "一般", 1),
                _share("poor_share", "Poor", "较差", 1),
                _number("score", "Score, 1–6", "得分（1–6）"),
                _number("scope_3_standard_score", "Scope 3 Standard, 1–5", "范围 3 标准得分（1–5）"),
            ),
            picture="data_quality",
            is_wide=True,
            empty=Text(
                "Nothing is assessed (reference/data_quality_assessments.csv).",
                "未评定（reference/data_quality_assessments.csv）。",
            ),
        ),
        Table(
            "completeness",
            Text("Expected data of the year, in months", "应报数据（按月）"),
            Query(
                "data_completeness join activity_names using (activity_type)",
                "activity_name_en, activity_name_zh, status, count(*) as months",
                YEAR_OF_PERIOD,
                "all",
                "activity_name_en, status",
                ("data_completeness", "activity_names"),
            ),
            (
                ACTIVITY,
                _code("status", "Status", "状态", words.COMPLETENESS),
                _count("months", "Facility-months", "设施·月"),
            ),
        ),
        Table(
            "estimates",
            Text("Estimates that fill gaps", "缺失数据的估算"),
            Query(
                "estimates",
                "facility_id, activity_type, first_day, last_day, method, quantity, unit, co2e_t",
                YEAR_OF_PERIOD,
                order="facility_id, activity_type, first_day",
            ),
            (
                FACILITY_ID,
                Column("activity_type", Text("Activity", "活动"), "activity_type"),
                _date("first_day", "From", "自"),
                _date("last_day", "To", "至"),
                _code("method", "Method", "方法", words.ESTIMATION),
                _number("quantity", "Quantity", "数量", 3),
                UNIT,
                _tonnes("co2e_t", decimals=2),
            ),
            empty=Text("Nothing was estimated.", "无估算数据。"),
        ),
        Table(
            "cross_checks",
            Text("Cross-checks: ledger against documents", "交叉核对：台账与凭证"),
            Query(
                "energy_reconciliation join activity_names using (activity_type)",
                "activity_name_en, activity_name_zh, unit, count(*) as compared, sum(ledger_quantity) as"
                " ledger_quantity,"
                " sum(invoiced_quantity) as invoiced_quantity, sum(delta) as delta, max(tolerance) as tolerance,"
                " count(*) filter (where not within_tolerance) as outside, sum(co2e_at_stake_t) as co2e_at_stake_t",
                YEAR_OF_PERIOD,
                "all",
                "activity_name_en, unit",
                ("energy_reconciliation", "activity_names"),
            ),
            (
                ACTIVITY,
                UNIT,
                _count("compared", "Facility-months", "设施·月"),
                _number("ledger_quantity", "Source A: ledger", "来源 A：台账", 3),
                _number("invoiced_quantity", "Source B: documents", "来源 B：凭证", 3),
                Column("delta", Text("Difference", "差异"), "number", decimals=3, signed=True),
                _share("tolerance", "Tolerance", "容差", 0),
                _count("outside", "Outside it", "超出次数"),
            ),
            note=Text("The ledger counts; differences are findings.", "以台账为准；差异列为发现项。"),
            is_wide=True,
            empty=Text("No document was delivered to compare the ledger with.", "未提交可供核对的凭证。"),
        ),
        Table(
            "misstatements",
            Text("Differences beyond the tolerance against the materiality", "超出容差的差异与重要性水平"),
            Query(
                "misstatements",
                "coalesce(scope::varchar, '1 + 2') as scope, co2e_t, differences, signed_misstatement_t,"
                " absolute_misstatement_t,"
                " absolute_share, materiality, is_material",
                "year = {year}",
                order="scope nulls last",
            ),
            (
                SCOPE,
                _tonnes("co2e_t"),
                _count("differences", "Differences", "差异数"),
                _difference("signed_misstatement_t", "Signed, t CO₂e", "净额（吨 CO₂e）", 2),
                _tonnes("absolute_misstatement_t", "Absolute, t CO₂e", "绝对值（吨 CO₂e）", 2),
                _share("absolute_share", "Share", "占比"),
                _share("materiality", "Materiality", "重要性水平", 0),
                _yes("is_material", "Material", "重要"),
            ),
        ),
        Table(
            "findings",
            Text("Findings", "发现项"),
            Query(
                "findings",
                "severity, rule, count(*) as findings, sum(co2e_at_stake_t) as co2e_at_stake_t,"
                " min(message_en) as message_en, min_by(message_zh, message_en) as message_zh",
                "year(period) = {year} or (period is null and (submission_id is null or submission_id in"
                " (select submission_id from emissions where year(period) = {year})))",
                "severity, rule",
                "case severity when 'error' then 0 when 'warning' then 1 else 2 end, findings desc, rule",
            ),
            (
                _code("severity", "Severity", "级别", words.SEVERITIES),
                _text("rule", "Rule", "规则"),
                _count("findings", "Number", "数量"),
                _tonnes("co2e_at_stake_t", "t CO₂e at stake", "涉及吨 CO₂e", 2),
                _text("message_en", "One of them", "示例", "message_zh"),
            ),
            empty=Text("There is none.", "无。"),
        ),
        Table(
            "meters",
            Text("Meters and their calibration", "计量器具与检定"),
            Query(
                "meters",
                "facility_id, meter_id, workshop, parent_meter_id, model, accuracy, calibrated_on, calibration_due,"
                " is_calibration_overdue",
                "year(first_day_read) <= {year} and year(last_day_read) >= {year}",
                order="facility_id, meter_id",
            ),
            (
                FACILITY_ID,
                _text("meter_id", "Meter", "计量表"),
                _text("workshop", "Workshop", "车间"),
                _text("parent_meter_id", "Below", "上级表"),
                _text("model", "Model", "型号"),
                _text("accuracy", "Accuracy", "精度"),
                _date("calibrated_on", "Calibrated", "检定日期"),
                _date("calibration_due", "until", "有效期至"),
                _yes("is_calibration_overdue", "Overdue", "超期"),
            ),
            is_wide=True,
            empty=Text("No meter is registered (reference/meters.csv).", "未登记计量表（reference/meters.csv）。"),
        ),
        Table(
            "uncertainty",
            Text("Uncertainty, half widths of 95 % intervals", "不确定性（95% 置信区间半宽）"),
            Query(
                "uncertainty",
                "coalesce(cast(scope as varchar), 'all') as scope, scope2_method, co2e_t, half_width_t,"
                " half_width_share,"
                " trend_from_year, trend_share,"
                " trend_half_width_share, stated_factor_share, stated_accuracy_share",
                "year = {year} and group_kind = 'total'",
                order="scope, scope2_method",
            ),
            (
                _code("scope", "Scope", "范围", {"all": Text("all", "合计")}),
                METHOD,
                _tonnes("co2e_t"),
                _tonnes("half_width_t", "± t CO₂e", "± 吨 CO₂e"),
                _share("half_width_share", "± %", "± %", 1),
                Column("trend_from_year", Text("Trend from", "趋势起始年"), "year", is_optional=True),
                Column("trend_share", Text("Trend", "趋势"), "share", decimals=1, is_optional=True),
                Column(
                    "trend_half_width_share", Text("± of the trend", "趋势 ±"), "share", decimals=1, is_optional=True
                ),
                _share("stated_factor_share", "Factors with a statement", "有声明的因子", 0),
                _share("stated_accuracy_share", "Meters with an accuracy", "有精度的计量表", 0),
            ),
            note=Text(
                "IPCC 2006, volume 1, chapter 3; statistics are floating-point numbers.",
                "依据 IPCC 2006 第 1 卷第 3 章；统计量为浮点数。",
            ),
            is_wide=True,
        ),
        Table(
            "uncertainty_categories",
            Text("How far the figure of each category may be off", "各类别数值的不确定性"),
            Query(
                "uncertainty join (select distinct iso_14064_category, category_name_en, category_name_zh from"
                " iso_14064_statement)"
                " on group_id = cast(iso_14064_category as varchar)",
                "iso_14064_category, category_name_en, category_name_zh, scope2_method, co2e_t, half_width_t,"
                " half_width_share",
                "year = {year} and group_kind = 'iso_14064_category' and scope is not null",
                order="iso_14064_category, scope2_method",
                others=("uncertainty", "iso_14064_statement"),
            ),
            (
                _text("iso_14064_category", "ISO 14064-1 category", "ISO 14064-1 类别"),
                _text("category_name_en", "Name", "名称", "category_name_zh"),
                METHOD,
                _tonnes("co2e_t"),
                _tonnes("half_width_t", "± t CO₂e", "± 吨 CO₂e"),
                _share("half_width_share", "± %", "± %", 1),
            ),
            note=Text("Calculated figures, 95 % intervals.", "计算值，95% 区间。"),
        ),
        Facts(
            "uncertainty_assessment",
            Text("Uncertainty in the words of the organisation", "组织对不确定性的说明"),
            Query("organization", "uncertainty_assessment, uncertainty_assessment_zh"),
            (_text("uncertainty_assessment", "Uncertainty", "不确定性", "uncertainty_assessment_zh"),),
        ),
    ),
)

FACTORS = Section(
    "factors",
    Text("Emission factors and their publications", "排放因子及出处"),
    (
        Table(
            "factors",
            Text("Factors behind the lines of the year", "当年所用因子"),
            Query(
                "emissions join activity_names using (activity_type)"
                " left join (select factor_row_id, coalesce(string_agg(distinct publication, '; ' order by publication)"
                " filter (part not like 'GWP of %'), string_agg(distinct publication, '; ' order by publication)) as"
                " publication, max(geography) as geography, max(data_year) as data_year from factor_register"
                " group by factor_row_id) as register using (factor_row_id)",
                "scope, activity_name_en, activity_name_zh, factor_id, geography, data_year,"
                " factor_kgco2e_per_unit, unit, publication,"
                " sum(co2e_kg) * 0.001 as co2e_t",
                YEAR_OF_PERIOD + " and scope is not null and coalesce(scope2_method, 'location') = 'location'",
                "all",
                "scope, co2e_t desc, factor_id, activity_name_en, factor_kgco2e_per_unit",
                ("emissions", "activity_names", "factor_register"),
            ),
            (
                SCOPE,
                ACTIVITY,
                _code("factor_id", "Factor", "因子", {"row": Text("on the delivered row", "报送行自带")}),
                _code("geography", "Where", "适用地", {"WORLD": Text("World", "全球")}),
                _text("data_year", "Data of", "数据年"),
                _number("factor_kgco2e_per_unit", "kg CO₂e per unit", "kg CO₂e/单位", 6),
                UNIT,
                _text("publication", "Publication", "出处"),
                _tonnes("co2e_t", decimals=2),
            ),
            note=Text(
                "Scope 2 location-based. Every part of every factor stands in the mart `factor_register`.",
                "范围 2 为基于位置方法。各因子的全部组成见数据集 `factor_register`。",
            ),
            is_wide=True,
        ),
    ),
)

VERIFICATION = Section(
    "verification",
    Text("Verification", "核查"),
    (
        Table(
            "statements",
            Text("Figures with a verification statement", "有核查声明的数值"),
            Query(
                "reported_inventories",
                "scopes, scope2_method, ghg_protocol_category, iso_14064_category, co2e_t, verifier,"
                " statement_number, verified_on",
                "year = {year} and verifier is not null",
                order="source_row",
            ),
            (
                _text("scopes", "Scope", "范围"),
                METHOD,
                _text("ghg_protocol_category", "Scope 3 category", "范围 3 类别"),
                _text("iso_14064_category", "ISO category", "ISO 类别"),
                _tonnes("co2e_t", "Verified, t CO₂e", "核查值（吨 CO₂e）"),
                _text("verifier", "Verifier", "核查机构"),
                _text("statement_number", "Statement", "声明编号"),
                _date("verified_on", "Date", "日期"),
            ),
            is_wide=True,
            empty=Text("No figure of this year has a verification statement.", "该年度数值无核查声明。"),
        ),
        Table(
            "verification",
            Text("Verification: criteria, level and opinion", "核查：准则、保证等级与意见"),
            Query(
                "verification",
                "statement_number, scopes, scope2_method, verified_t, calculated_t, difference_t, body,"
                " body_zh, accreditation,"
                " criteria, assurance, materiality, opinion, verified_on, version_verified",
                "year = {year}",
                order="verified_on, statement_number, scopes",
            ),
            (
                _text("statement_number", "Statement", "声明编号"),
                _text("scopes", "Scopes", "范围"),
                METHOD,
                _tonnes("verified_t", "Verified", "核查值"),
                _difference("difference_t", "Against the calculation", "与计算值之差"),
                _text("body", "Body", "机构", "body_zh"),
                _text("criteria", "Criteria", "准则"),
                _code("assurance", "Assurance", "保证等级", words.ASSURANCE),
                _share("materiality", "Materiality", "重要性水平", 0),
                _code("opinion", "Opinion", "意见", words.OPINIONS),
                _date("verified_on", "Date", "日期"),
                Column("version_verified", Text("Version", "版本"), "hash", is_optional=True),
            ),
            is_wide=True,
            empty=Text(
                "No verification is kept for this year (reference/verification.csv).",
                "该年度未登记核查（reference/verification.csv）。",
            ),
        ),
        Table(
            "nonconformities",
            Text("Non-conformities and their closure", "不符合项及关闭情况"),
            Query(
                "nonconformities",
                "nonconformity_id, description_en, description_zh, cause_en, cause_zh, correction_en, correction_zh,"
                " conclusion_en, conclusion_zh, is_closed, closed_on",
                "year = {year}",
                order="raised_on, nonconformity_id",
            ),
            (
                _text("nonconformity_id", "No.", "序号"),
                _text("description_en", "Description", "不符合项描述", "description_zh"),
                _text("cause_en", "Cause", "原因分析", "cause_zh"),
                _text("correction_en", "Correction", "纠正措施", "correction_zh"),
                _text("conclusion_en", "Conclusion", "核查结论", "conclusion_zh"),
                _yes("is_closed", "Closed", "已关闭"),
                _date("closed_on", "on", "关闭日期"),
            ),
            is_wide=True,
            empty=Text("None was raised.", "无不符合项。"),
        ),
        Table(
            "samples",
            Text("Samples that a verifier drew", "核查抽样"),
            Query(
                "verification_samples",
                "sample_id, scope, scope2_method, count(*) as items, count(verified_t) as examined,"
                " sum(recorded_t) as recorded_t, sum(misstatement_t) as misstatement_t, sum(projected_t) as"
                " projected_t",
                "year = {year}",
                "sample_id, scope, scope2_method",
                "sample_id, scope, scope2_method",
            ),
            (
                _text("sample_id", "Sample", "样本"),
                SCOPE,
                METHOD,
                _count("items", "Items", "项数"),
                _count("examined", "Examined", "已检查"),
                _tonnes("recorded_t", "Recorded, t CO₂e", "账面（吨 CO₂e）"),
                _difference("misstatement_t", "Misstated, t CO₂e", "错报（吨 CO₂e）", 2),
                _difference("projected_t", "Projected, t CO₂e", "推断错报（吨 CO₂e）", 2),
            ),
            empty=Text("No sample was drawn.", "未抽样。"),
        ),
        Table(
            "comparison",
            Text("Published figures beside the calculation", "已发布数值与计算值"),
            Query(
                "inventory_comparison",
                "name_en, name_zh, calculated, reported, difference, unit",
                "year = {year}",
                order="line_order, try_cast(item as integer), item, unit",
            ),
            (
                _text("name_en", "Figure", "数值", "name_zh"),
                _number("calculated", "Calculated", "计算值", 3),
                _number("reported", "Published", "发布值", 3),
                Column("difference", Text("Difference", "差异"), "number", decimals=3, signed=True),
                UNIT,
            ),
            empty=Text("Nothing was published for this year.", "该年度无已发布数值。"),
        ),
    ),
)

EVIDENCE = Section(
    "evidence",
    Text("Evidence", "证据清单"),
    (
        Table(
            "evidence",
            Text("Evidence per source", "各排放源的证据"),
            Query(
                "evidence_list join activity_names using (activity_type)",
                "scope, activity_name_en, activity_name_zh, evidence_of, count(distinct facility_id) as facilities,"
                " count(distinct sha256) as files, sum(lines) as lines, sum(co2e_t) as co2e_t",
                "year = {year} and scope is not null and coalesce(scope2_method, 'market') = 'market'",
                "all",
                "scope, activity_name_en, evidence_of",
                ("evidence_list", "activity_names"),
            ),
            (
                SCOPE,
                ACTIVITY,
                _code("evidence_of", "Evidence of", "证据内容", words.EVIDENCE),
                _count("facilities", "Facilities", "设施数"),
                _count("files", "Files", "文件数"),
                _count("lines", "Lines", "排放行数"),
                _tonnes("co2e_t", decimals=2),
            ),
            note=Text(
                "Scope 2 market-based. The mart `evidence_list` has every file per source and facility, with its hash.",
                "范围 2 为基于市场方法。数据集 `evidence_list` 按排放源和设施列出全部文件及其哈希。",
            ),
        ),
        Table(
            "submissions",
            Text("Files behind the lines of the year", "当年排放行所依据的文件"),
            Query(
                "submissions",
                "path, rows_accepted, sha256",
                "submission_id in (select submission_id from emissions where year(period) = {year})",
                order="path, sha256",
                others=("submissions", "emissions"),
            ),
            (
                _text("path", "File", "文件"),
                _count("rows_accepted", "Rows that count", "计入行数"),
                Column("sha256", Text("SHA-256", "SHA-256"), "hash"),
            ),
            is_wide=True,
        ),
    ),
)

ITEMS = Section(
    "items",
    Text("What the standards ask, and where it stands", "标准要求项及所在位置"),
    (
        Table(
            "items",
            Text("Items of the frameworks", "各框架要求项"),
            Query(
                "report_items",
                "framework || ', ' || framework_version as framework, item, name_en, name_zh, is_required, status,"
                " reason_en, reason_zh, printed_in",
                "year = {year}",
                order="item_order",
            ),
            (
                _text("framework", "Framework", "框架"),
                _text("item", "Item", "条款"),
                _text("name_en", "What is asked", "要求内容", "name_zh"),
                _yes("is_required", "Required here", "本报告必需"),
                Column("status", Text("Status", "状态"), "status", words=words.STATUSES),
                _text("reason_en", "Reason", "说明", "reason_zh"),
                _text("printed_in", "Section", "章节"),
            ),
            is_wide=True,
        ),
    ),
    lead=Text(
        "Items in own words. A required item that is missing is said to be missing; `helioledger report"
        " --strict` then fails.",
        "条款以自身表述列出。缺失的必需项均标为缺失；使用 `helioledger report --strict` 时命令以失败结束。",
    ),
)

SECTIONS = (
    SUMMARY, ORGANISATION, BOUNDARY, METHODS, RESULTS, SCOPE_3, FACILITIES, TREND, ENERGY, TARGETS, PRODUCTS, GUIDELINE,
    NEUTRALITY, QUALITY, FACTORS, VERIFICATION, ITEMS, EVIDENCE,
)  # fmt: skip
