"""Codes of the marts in words, in both languages; a code that is not here is printed as it is."""

import csv

from data_contracts.declarations import vocabulary
from orchestration.reporting.blocks import Text

APPROACHES = {
    "operational_control": Text("Operational control", "运营控制权"),
    "financial_control": Text("Financial control", "财务控制权"),
    "equity_share": Text("Equity share", "股权比例"),
}
BASES = {"reported": Text("reported", "已报告"), "calculated": Text("calculated", "计算值")}
METHODS = {"location": Text("location-based", "基于位置"), "market": Text("market-based", "基于市场")}
COMBUSTION_GASES = {"co2": Text("CO₂", "CO₂"), "co2_ch4_n2o": Text("CO₂, CH₄, N₂O", "CO₂, CH₄, N₂O")}
RESIDUAL_MIX = {
    "residual_mix": Text("residual mix", "剩余组合因子"),
    "grid_average": Text("grid average", "电网平均因子"),
}
TREATMENTS = {
    "zero": Text("counted and found zero", "核算结果为零"),
    "not_applicable": Text("no such activity", "不涉及"),
    "excluded": Text("left out", "未纳入"),
}
STATUSES = {
    "given": Text("given", "已提供"),
    "not_applicable": Text("not applicable", "不适用"),
    "missing": Text("MISSING", "缺失"),
}
SEVERITIES = {
    "error": Text("error", "错误"),
    "warning": Text("warning", "警告"),
    "info": Text("information", "提示"),
}
COMPLETENESS = {
    "complete": Text("complete", "完整"),
    "incomplete": Text("incomplete", "不完整"),
    "missing": Text("missing", "缺失"),
    "estimated": Text("estimated", "估算"),
    "rejected": Text("rejected", "被拒"),
}
SOURCE_CLASSES = {
    "stationary_combustion": Text("Stationary combustion", "固定燃烧"),
    "mobile_combustion": Text("Mobile combustion", "移动燃烧"),
    "process": Text("Processes", "过程排放"),
    "fugitive": Text("Fugitive", "逸散排放"),
    "purchased_electricity": Text("Purchased electricity", "外购电力"),
    "onsite_electricity": Text("Electricity generated on site", "自发自用电力"),
    "exported_electricity": Text("Electricity sold", "外供电力"),
    "purchased_heat": Text("Purchased heat", "外购热力"),
    "exported_heat": Text("Heat sold", "外供热力"),
    "purchased_goods": Text("Purchased goods and services", "外购商品和服务"),
    "capital_goods": Text("Capital goods", "资本商品"),
    "freight": Text("Freight", "货运"),
    "waste": Text("Waste", "废弃物"),
    "business_travel": Text("Business travel", "商务旅行"),
    "commuting": Text("Commuting", "员工通勤"),
    "end_of_life": Text("End of life", "报废处理"),
    "leased_assets": Text("Leased assets", "租赁资产"),
    "investments": Text("Investments", "投资"),
    "processing_of_sold_products": Text("Processing of sold products", "售出产品加工"),
}
CARRIERS = {
    "electricity": Text("Electricity", "电力"),
    "heat": Text("Heat and steam", "热力和蒸汽"),
    "cooling": Text("Cooling", "冷量"),
    "anthracite": Text("Anthracite", "无烟煤"),
    "bituminous_coal": Text("Bituminous coal", "烟煤"),
    "sub_bituminous_coal": Text("Sub-bituminous coal", "次烟煤"),
    "lignite": Text("Lignite", "褐煤"),
    "coking_coal": Text("Coking coal", "炼焦煤"),
    "coke": Text("Coke", "焦炭"),
    "petroleum_coke": Text("Petroleum coke", "石油焦"),
    "crude_oil": Text("Crude oil", "原油"),
    "fuel_oil": Text("Fuel oil", "燃料油"),
    "diesel": Text("Diesel", "柴油"),
    "biodiesel": Text("Biodiesel", "生物柴油"),
    "motor_gasoline": Text("Motor gasoline", "汽油"),
    "kerosene": Text("Kerosene", "煤油"),
    "jet_kerosene": Text("Jet kerosene", "航空煤油"),
    "lpg": Text("LPG", "液化石油气"),
    "lng": Text("LNG", "液化天然气"),
    "natural_gas": Text("Natural gas", "天然气"),
    "coke_oven_gas": Text("Coke oven gas", "焦炉煤气"),
    "blast_furnace_gas": Text("Blast furnace gas", "高炉煤气"),
    "converter_gas": Text("Converter gas", "转炉煤气"),
    "refinery_gas": Text("Refinery gas", "炼厂干气"),
    "other_coal_gas": Text("Other coal gas", "其他煤气"),
    "cleaned_coal": Text("Cleaned coal", "洗精煤"),
    "other_washed_coal": Text("Other washed coal", "其他洗煤"),
    "coal_briquettes": Text("Coal briquettes", "型煤"),
    "naphtha": Text("Naphtha", "石脑油"),
    "other_petroleum_products": Text("Other petroleum products", "其他石油制品"),
    "wood_waste": Text("Wood waste", "木质废料"),
    "charcoal": Text("Charcoal", "木炭"),
}
INSTRUMENTS = {
    "gec": Text("Green electricity certificates (GEC)", "绿色电力证书（GEC）"),
    "green_power_trade": Text("Green power trade", "绿电交易"),
    "i_rec": Text("I-REC", "I-REC"),
    "go": Text("Guarantees of origin", "来源担保（GO）"),
    "rec": Text("REC", "REC"),
    "ppa": Text("Power purchase agreement", "购电协议（PPA）"),
    "green_tariff": Text("Green tariff", "绿色电价"),
    "on_site": Text("On site", "现场"),
    "vcu": Text("Verified carbon units (VCU)", "核证碳单位（VCU）"),
    "ccer": Text("CCER", "国家核证自愿减排量（CCER）"),
    "carbon_credit": Text("Carbon credits", "碳信用"),
}
MARKET_BASES = {
    "instrument": Text("Instruments", "凭证"),
    "supplier": Text("Rates of suppliers", "供应商因子"),
    "residual_mix": Text("Residual mix", "剩余组合"),
    "grid_average": Text("Grid average (no residual mix)", "电网平均（无剩余组合因子）"),
}
with (vocabulary.SEEDS / "metrics.csv").open(encoding="utf-8", newline="") as _metrics:
    METRICS = {row["metric"]: Text(row["name_en"], row["name_zh"]) for row in csv.DictReader(_metrics)}
KINDS = {
    "absolute": Text("absolute", "绝对目标"),
    "intensity": Text("intensity", "强度目标"),
    "low_carbon_share": Text("low-carbon electricity", "低碳电力占比"),
}
TARGET_STATES = {
    "submitted": Text("submitted", "已提交"),
    "validated": Text("validated", "已审定"),
    "committed": Text("committed", "已承诺"),
}
DECISIONS = {
    "waived": Text("waived", "豁免重算"),
    "unknown": Text("effect unknown", "影响未知"),
    "not_yet": Text("still to come", "尚未发生"),
    "withdrawn": Text("withdrawn", "已撤回"),
    "recalculated": Text("recalculated", "已重算"),
    "accumulated": Text("below the threshold, accumulated", "未达阈值，累计中"),
}
EVENTS = {
    "acquisition": Text("Acquisition", "收购"),
    "divestiture": Text("Divestiture", "剥离"),
    "outsourcing": Text("Outsourcing", "外包"),
    "methodology": Text("Methodology", "方法"),
    "error": Text("Error", "错误更正"),
    "boundary": Text("Boundary", "边界"),
}
VERDICTS = {
    "yes": Text("yes", "是"),
    "no": Text("no", "否"),
    "cannot_determine": Text("cannot be determined", "无法判定"),
}
EVIDENCE = {
    "activity_data": Text("activity data", "活动数据"),
    "instrument": Text("certificate or contract", "绿证或合同"),
}
ASSURANCE = {
    "limited": Text("limited", "有限保证"),
    "reasonable": Text("reasonable", "合理保证"),
    "not_stated": Text("not stated", "未说明"),
}
OPINIONS = {
    "unmodified": Text("unmodified", "无保留意见"),
    "qualified": Text("qualified", "保留意见"),
    "adverse": Text("adverse", "否定意见"),
    "disclaimer": Text("disclaimer", "无法表示意见"),
}
CERTAINTIES = {
    "S": Text("text read", "原文"),
    "I": Text("reading of an implementer", "他人解读"),
    "M": Text("well known", "通行理解"),
}
FUEL_SETS = {
    "cn_other_industry_2015": Text(
        "China, guideline for other industries (2015)", "中国《工业其他行业企业核算方法与报告指南》（2015）"
    ),
}
ESTIMATION = {
    "interpolation": Text("interpolation", "插值"),
    "prior_year_scaled_by_output": Text("year before, scaled by output", "上年值按产量折算"),
    "conservative_neighbour": Text("conservative neighbour", "相邻月份保守值"),
}
with (vocabulary.SEEDS / "restatement_causes.csv").open(encoding="utf-8", newline="") as _causes:
    # Causes of a restatement and drivers of a change: those of an event are told by its kind.
    CAUSES = {
        row["cause"]: Text(row["name_en"], row["name_zh"]) for row in csv.DictReader(_causes) if not row["event_kind"]
    }
# The parts of units that a reader would stumble over; others are printed as they are.
UNITS = {
    "CNY": Text("CNY", "元"),
    "10^4 CNY": Text("10⁴ CNY", "万元"),
    "10^8 CNY": Text("10⁸ CNY", "亿元"),
    "10^4 tce": Text("10⁴ tce", "万吨标准煤"),
    "tce": Text("tce", "吨标准煤"),
    "10^4 Nm3": Text("10⁴ Nm³", "万 Nm³"),
    "Nm3": Text("Nm³", "Nm³"),
    "m3": Text("m³", "m³"),
    "m2": Text("m²", "m²"),
    "person": Text("person", "人"),
    "unit": Text("unit", "件"),
    "piece": Text("piece", "件"),
    "room-night": Text("room-night", "间夜"),
    "tCO2e": Text("t CO₂e", "吨 CO₂e"),
    "kgCO2e": Text("kg CO₂e", "kg CO₂e"),
}


def unit(text: str, language: str) -> str:
    """A unit as it is printed: each part of a fraction in words of the language."""
    parts = (UNITS.get(part, Text(part, part)) for part in text.split("/"))
    return "/".join(getattr(part, language) for part in parts)


YES_NO = {True: Text("yes", "是"), False: Text("no", "否")}
