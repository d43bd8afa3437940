"""What the reference tables and their columns mean, in English and Chinese, with an example: for docs/contracts.md.

A column means the same wherever it stands, unless `table.column` says otherwise.
"""

from __future__ import annotations

from typing import NamedTuple


class TableText(NamedTuple):
    version: str
    zh: str
    description: str
    description_zh: str


class ColumnText(NamedTuple):
    description: str
    description_zh: str
    example: str = ""


TABLE_TEXTS = {
    name: TableText(*texts)
    for name, texts in {
        "facilities": (
            "1.0.0",
            "设施",
            "What belongs to the organisation, with its shares over time.",
            "属于本组织的设施及其随时间变化的股权比例。",
        ),
        "meters": ("1.0.0", "计量表", "Meters and how they hang together.", "计量表及其上下级关系。"),
        "activity_types": (
            "1.0.0",
            "活动类型",
            "Own activity types beside the shared ones.",
            "共享清单之外的自有活动类型。",
        ),
        "emission_factors": (
            "1.0.0",
            "排放因子",
            "Own factors; they go before the shared ones. A row gives single gases or their sum, not both.",
            "自有排放因子，优先于共享因子。每行填写单项气体或合计值之一。",
        ),
        "fuel_properties": (
            "1.0.0",
            "燃料参数",
            "Calorific values, carbon contents and oxidation rates of fuels.",
            "燃料的热值、含碳量和氧化率。",
        ),
        "fuel_densities": ("1.0.0", "燃料密度", "Densities that connect volume and mass.", "连接体积与质量的密度。"),
        "gwp": ("1.0.0", "全球变暖潜势", "Global warming potentials over 100 years.", "百年全球变暖潜势。"),
        "gas_blends": (
            "1.0.0",
            "混合气体",
            "Components of blends; the shares of a blend add up to 1.",
            "混合物的组分，份额之和为 1。",
        ),
        "units": (
            "1.0.0",
            "单位",
            "Units, case-sensitive, each of one dimension.",
            "计量单位，区分大小写，各属一个量纲。",
        ),
        "geographies": (
            "1.0.0",
            "地理",
            "Regions and what they lie in; factors are searched upwards.",
            "地区及其上级，因子逐级向上查找。",
        ),
        "process_gas_parameters": (
            "1.0.0",
            "工艺气体参数",
            "What becomes of process gases in a tool: heel, use, by-products, abatement.",
            "工艺气体在设备中的去向：余气、利用率、副产物、去除率。",
        ),
        "exchange_rates": (
            "1.0.0",
            "汇率",
            "Yearly average exchange rates for spend-based factors.",
            "用于支出法的年平均汇率。",
        ),
        "price_indices": (
            "1.0.0",
            "价格指数",
            "Price indices that carry spend to the year of a factor.",
            "将支出折算到因子年份的价格指数。",
        ),
        "targets": ("1.0.0", "减排目标", "Reduction targets.", "减排目标。"),
        "reported_inventories": (
            "1.0.0",
            "已报告清单",
            "Inventories as published or verified, to compare with.",
            "已发布或经核查的清单，用于比对。",
        ),
        "base_year_events": (
            "1.0.0",
            "基准年事件",
            "Events that may change the base year.",
            "可能引起基准年调整的事件。",
        ),
        "category_notes": (
            "1.0.0",
            "类别说明",
            "Why a category is empty or treated in its own way.",
            "某类别为空或特殊处理的原因。",
        ),
        "neutrality_statements": (
            "1.0.0",
            "碳中和声明",
            "Statements of carbon neutrality. They never reduce the inventory.",
            "碳中和声明，不抵减清单。",
        ),
        "avoided_emissions": (
            "1.0.0",
            "避免排放",
            "Avoided emissions with their assumptions. They never reduce the inventory.",
            "避免的排放量及其假设，不抵减清单。",
        ),
        "data_quality_assessments": (
            "1.0.0",
            "数据质量评价",
            "How good the data of an emission source is: classes of activity data, factor and calibration, or the five "
            "indicators of the Scope 3 Standard, or both.",
            "排放源的数据质量：活动数据、排放因子和校准的类别，或《范围三标准》的五项指标，或两者。",
        ),
    }.items()
}

COLUMN_TEXTS = {
    name: ColumnText(*texts)
    for name, texts in {
        "facility_id": ("Facility", "设施编号", "ningjin"),
        "name": ("Name", "名称", "Ningjin plant"),
        "name_zh": ("Chinese name", "中文名称", "宁晋基地"),
        "name_en": ("English name", "英文名称", "Ningjin plant"),
        "base": ("Base it belongs to", "所属基地", "Ningjin"),
        "legal_entity": ("Legal entity", "法人实体", "Example Solar Ningjin Co., Ltd."),
        "country": ("Country, ISO 3166 alpha-3", "国家，ISO 3166 三位代码", "CHN"),
        "grid_region": ("Grid region, a geography", "电网区域，即 geography", "CN-NORTH"),
        "equity_share": ("Share of the organisation", "股权比例", "0.588"),
        "operational_control": ("Under operational control", "是否有运营控制权", "true"),
        "outside_boundary_category": (
            "Scope 3 category of its emissions while it is outside the boundary: 8 or 13 for a leased asset; "
            "15 (the default) for the equity share",
            "不在边界内时计入的范围三类别：租赁资产为 8 或 13；默认 15（按股权比例）",
            "8",
        ),
        "financial_control": ("Under financial control: true, false or joint", "财务控制权：是、否或共同控制", "true"),
        "valid_from": ("First day it is valid", "生效日期", "2024-01-01"),
        "valid_to": ("Last day it is valid; empty is open", "失效日期，空为长期有效", "2024-12-31"),
        "expected_activity_types": (
            "Activity types to be reported every month, `;`-separated",
            "每月应报送的活动类型，用分号分隔",
            "grid_electricity;natural_gas_stationary",
        ),
        "meter_id": ("Meter, unique within its facility", "计量表编号，设施内唯一", "E1"),
        "workshop": ("Workshop it serves", "所服务的车间", "Cell workshop 1"),
        "activity_type": ("Activity type: code or name", "活动类型：代码或名称", "grid_electricity"),
        "parent_meter_id": ("Meter it hangs below", "上级计量表编号", "E0"),
        "model": ("Model", "型号", "DTZ341"),
        "accuracy": ("Accuracy class", "准确度等级", "0.5S"),
        "calibrated_on": ("Day of the last calibration", "最近检定日期", "2023-06-01"),
        "calibration_due": ("Day by which it must be calibrated again", "检定有效期至", "2026-05-31"),
        "source_class": ("Class of source, open text", "排放源类别，自由文本", "purchased_goods"),
        "canonical_unit": ("Unit it is reported in", "规范单位", "t"),
        "fuel": ("Fuel", "燃料", "diesel"),
        "gas": ("Gas or blend", "气体或混合物", "HFC-134a"),
        "carrier_class": ("Solid, liquid or gas; heat; electricity", "固体、液体、气体、热力或电力", "gas"),
        "aliases": ("Other spellings, `;`-separated", "其他写法，用分号分隔", "度;千瓦时"),
        "factor_id": ("Identifier of the factor", "因子编号", "CN-GRID-2023"),
        "stage": ("Which part of the life cycle", "生命周期阶段", "direct"),
        "scope": ("GHG Protocol scope; `outside` for biogenic CO2", "范围；生物源 CO2 为 outside", "2"),
        "ghg_protocol_category": ("Scope 3 category, 1 to 15", "范围 3 类别，1 至 15", "1"),
        "iso_14064_category": ("ISO 14064-1 category, 1 to 6", "ISO 14064-1 类别，1 至 6", "4"),
        "scope2_method": ("location or market; empty serves both", "基于位置或市场；空为两者通用", "location"),
        "geography": (
            "Facility, supplier, grid region, country or WORLD",
            "设施、供应商、电网区域、国家或 WORLD",
            "CHN",
        ),
        "per_unit": ("Unit the factor is for", "因子对应的单位", "kWh"),
        "co2_kg": ("kg CO2 per unit", "每单位 CO2 千克数", "0.5366"),
        "ch4_kg": ("kg CH4 per unit", "每单位 CH4 千克数", "0.000004"),
        "n2o_kg": ("kg N2O per unit", "每单位 N2O 千克数", "0.000008"),
        "co2e_kg": (
            "kg CO2e per unit, where the source gives only the sum",
            "每单位 CO2e 千克数（仅有合计时）",
            "0.5366",
        ),
        "gwp_set": ("Set of global warming potentials", "GWP 版本", "AR5"),
        "biogenic_co2_kg": ("kg biogenic CO2 per unit, reported apart", "每单位生物源 CO2 千克数，单独报告", "0"),
        "uncertainty_share": ("Relative uncertainty (95 %)", "相对不确定度（95%）", "0.05"),
        "loss_share": ("Share lost in transmission", "输配电损失率", "0.045"),
        "loss_basis": ("What the loss is a share of", "损失率的基数", "generated"),
        "data_year": ("Year of the data behind it", "数据年份", "2022"),
        "publication": ("Title of the publication", "出处", "MEE announcement 2024 No. 33"),
        "published_on": ("Day of publication", "发布日期", "2024-12-23"),
        "licence": ("Licence of the source", "来源许可", "CC BY 4.0"),
        "source": ("Where it can be looked up", "来源", "https://www.mee.gov.cn/"),
        "factor_set": ("Set of parameters", "参数集", "cn_2015"),
        "use": ("stationary or mobile; empty serves both", "固定或移动；空为两者通用", "stationary"),
        "ncv": ("Net calorific value", "低位发热量", "42.652"),
        "ncv_unit": ("Its unit: energy per mass or volume", "其单位：能量除以质量或体积", "GJ/t"),
        "carbon_content_tc_per_gj": ("Carbon content, tC/GJ", "单位热值含碳量，tC/GJ", "0.0202"),
        "oxidation_rate": ("Share of the carbon that burns", "碳氧化率", "0.98"),
        "co2_kg_per_tj": ("kg CO2 per TJ", "每 TJ 的 CO2 千克数", "74100"),
        "ch4_kg_per_tj": ("kg CH4 per TJ", "每 TJ 的 CH4 千克数", "3"),
        "n2o_kg_per_tj": ("kg N2O per TJ", "每 TJ 的 N2O 千克数", "0.6"),
        "biogenic": ("Whether the carbon is biogenic", "是否为生物源", "false"),
        "density": ("Density", "密度", "0.84"),
        "density_unit": ("Its unit: mass per volume", "其单位：质量除以体积", "kg/L"),
        "formula": ("Chemical formula", "化学式", "CH2FCF3"),
        "gwp100": ("kg CO2e per kg over 100 years", "百年 GWP", "1300"),
        "gas_group": ("Group it is reported in", "报告分组", "hfcs"),
        "kyoto_basket": ("Whether it belongs to the seven gases", "是否属于七种温室气体", "true"),
        "blend": ("Blend", "混合物", "R-410A"),
        "component": ("Gas it contains", "组分气体", "HFC-32"),
        "mass_share": ("Its share by mass", "质量份额", "0.5"),
        "unit": ("Unit, as written in files", "单位，与文件中写法一致", "MWh"),
        "dimension": ("Dimension", "量纲", "energy"),
        "to_base": ("Size in the base unit of the dimension", "换算到量纲基本单位的系数", "3600"),
        "parent": ("What it lies in", "上级地区", "CN-NORTH"),
        "parameter_set": ("Set of parameters", "参数集", "ipcc_2019_tier2"),
        "process": ("Process or tool", "工序", "PECVD"),
        "parameter": ("Which parameter the value is", "参数名称", "utilisation"),
        "by_product": ("Gas that forms, for a by-product", "副产物气体", "CF4"),
        "value": ("Value", "数值", "0.9"),
        "currency": ("Currency, ISO 4217", "币种，ISO 4217", "CNY"),
        "per_currency": ("Currency it is expressed in", "计价币种", "USD"),
        "year": ("Year", "年份", "2023"),
        "rate": ("Units of `currency` for one of `per_currency`", "每单位 per_currency 兑换的 currency", "7.05"),
        "price_index": ("Name of the index", "指数名称", "CPI"),
        "base_year": ("Base year", "基准年", "2023"),
        "target_id": ("Identifier of the target", "目标编号", "T-2030"),
        "kind": ("Kind", "类型", "absolute"),
        "scopes": ("Scopes it covers, `;`-separated", "涵盖的范围，用分号分隔", "1;2"),
        "ghg_protocol_categories": (
            "Scope 3 categories it covers, `;`-separated; empty is all",
            "涵盖的范围 3 类别，用分号分隔，空为全部",
            "1;4",
        ),
        "denominator": ("Business metric of an intensity target", "强度目标的分母指标", "production_mw"),
        "target_year": ("Year it is to be reached", "目标年", "2030"),
        "reduction": ("Reduction against the base year", "相对基准年的降幅", "0.42"),
        "pathway": ("How it is reached: linear or compound", "路径：线性或复合", "linear"),
        "method_version": ("Version of the method it was set by", "所依据方法的版本", "SBTi 5.1"),
        "status": ("Status", "状态", "approved"),
        "co2e_t": ("t CO2e", "吨 CO2e", "123456.7"),
        "document": ("Document it stands in", "所在文件", "ESG report 2023, p. 41"),
        "verifier": ("Who verified it", "核查机构", "TÜV"),
        "statement_number": ("Number of the statement", "声明编号", "GHGEV-1234"),
        "verified_on": ("Day of the statement", "核查日期", "2024-04-30"),
        "event_id": ("Identifier of the event", "事件编号", "E-2024-1"),
        "effective_on": ("Day it takes effect", "生效日期", "2024-01-01"),
        "delta_base_co2e_t": (
            "Change of the base year in t CO2e; empty: computed",
            "基准年变化量，吨 CO2e；空为自动计算",
            "-1200",
        ),
        "treatment": ("How the category is treated", "处理方式", "not_applicable"),
        "reason_en": ("Reason, in English", "英文原因", "No franchises."),
        "reason_zh": ("Reason, in Chinese", "中文原因", "无特许经营。"),
        "statement_id": ("Identifier of the statement", "声明编号", "N-2023"),
        "subject": ("What is neutral", "声明对象", "Yiwu plant"),
        "subject_zh": ("The same in Chinese", "声明对象（中文）", "义乌基地"),
        "period_start": ("First day", "起始日期", "2023-01-01"),
        "period_end": ("Last day", "结束日期", "2023-12-31"),
        "scope_1_t": ("t CO2e, scope 1", "范围 1，吨 CO2e", "1200"),
        "scope_2_location_t": ("t CO2e, scope 2, location-based", "范围 2（基于位置），吨 CO2e", "5400"),
        "scope_2_market_t": ("t CO2e, scope 2, market-based", "范围 2（基于市场），吨 CO2e", "0"),
        "total_t": ("t CO2e in total", "合计，吨 CO2e", "1200"),
        "energy_instruments": ("Instruments used", "所用电力工具", "GEC"),
        "offset_t": ("t CO2e offset by credits", "以碳信用抵销的吨数", "1200"),
        "offset_share": ("Share of the total that was offset", "抵销比例", "1"),
        "offset_units": ("Kind of credits", "碳信用类型", "VCU"),
        "offset_programme": ("Programme of the credits", "碳信用机制", "VCS"),
        "standard": ("Standard of the statement", "依据标准", "PAS 2060"),
        "issuer": ("Who issued it", "签发机构", "TÜV"),
        "issued_on": ("Day of issue", "签发日期", "2024-04-30"),
        "remark": ("Anything worth knowing", "备注", ""),
        "qualifier": ("What the figure is", "数值性质", "estimated"),
        "basis": ("What it is computed from", "计算依据", "shipments"),
        "capacity_mw": ("Capacity in MW", "装机容量，MW", "1000"),
        "full_load_hours": ("Full-load hours a year", "年等效满发小时", "1200"),
        "baseline_factor_kg_per_kwh": ("Baseline factor, kg CO2/kWh", "基准排放因子，kg CO2/kWh", "0.57"),
        "baseline_source": ("Where the baseline comes from", "基准来源", "MEE"),
        "assumption_en": ("Assumption, in English", "英文假设", "25 years of operation."),
        "assumption_zh": ("Assumption, in Chinese", "中文假设", "运行 25 年。"),
        "activity_data_class": ("How the activity data is obtained", "活动数据的获取方式", "periodic_metering"),
        "factor_class": ("Where the emission factor comes from", "排放因子的来源", "national"),
        "calibration_class": ("Calibration of the instrument", "计量器具的校准情况", "passed"),
        "technology": ("Technological representativeness, 1 (best) to 5", "技术代表性，1（最好）至 5", "1"),
        "time": ("Temporal representativeness, 1 (best) to 5", "时间代表性，1（最好）至 5", "2"),
        "completeness": ("Completeness, 1 (best) to 5", "完整性，1（最好）至 5", "1"),
        "reliability": ("Reliability, 1 (best) to 5", "可靠性，1（最好）至 5", "2"),
        # The same name, another meaning.
        "data_quality_assessments.facility_id": (
            "Facility; empty is every facility without a row of its own",
            "设施编号，空为没有单独评价的各设施",
            "ningjin",
        ),
        "data_quality_assessments.geography": (
            "Geographical representativeness, 1 (best) to 5",
            "地理代表性，1（最好）至 5",
            "1",
        ),
        "activity_types.activity_type": ("Code of the type", "活动类型代码", "solar_glass"),
        "activity_types.method": ("How it becomes tonnes", "核算方法", "emission_factor"),
        "activity_types.name_en": ("English name", "英文名称", "Solar glass"),
        "activity_types.name_zh": ("Chinese name", "中文名称", "光伏玻璃"),
        "units.name_en": ("English name", "英文名称", "megawatt-hour"),
        "units.name_zh": ("Chinese name", "中文名称", "兆瓦时"),
        "geographies.geography": ("Code of the region", "地区代码", "CN-SD"),
        "geographies.name_en": ("English name", "英文名称", "Shandong"),
        "geographies.name_zh": ("Chinese name", "中文名称", "山东"),
        "price_indices.value": ("Value of the index", "指数值", "102.3"),
        "price_indices.base_year": ("Year in which the index is 100", "指数为 100 的年份", "2015"),
        "targets.name_en": ("English name", "英文名称", "Near-term target"),
        "targets.name_zh": ("Chinese name", "中文名称", "近期目标"),
        "base_year_events.kind": ("What happened", "事件类型", "acquisition"),
        "category_notes.year": ("Year; empty is every year", "年份，空为各年", "2023"),
    }.items()
}


def text_of(table: str, column: str) -> ColumnText:
    return COLUMN_TEXTS.get(f"{table}.{column}") or COLUMN_TEXTS[column]
