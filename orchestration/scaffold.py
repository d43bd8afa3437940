"""The workspace that `helioledger init` makes."""

from pathlib import Path

ORGANIZATION = """\
# Who reports, and by which rules. The keys below without a leading # are required.
name: My company
# name_zh: 我的公司

# Which facilities count, and how much of them: operational_control, financial_control or equity_share.
consolidation_approach: operational_control
# Global warming potentials: SAR, AR4, AR5 or AR6.
gwp_set: AR5
# The year that targets and the trend are measured from.
base_year: 2023
# ISO 4217 code of the reporting currency.
currency: CNY
# Scope 2 method of the targets and the trend: location or market. Both are always computed.
target_scope2_method: location

# Combustion: only CO2, or all three gases (co2_ch4_n2o); fuel_factor_set names the rows of the fuel tables, and is
# needed by fuels without a factor of their own.
# combustion_gases: co2
# fuel_factor_set: cn_other_industry_2015   # or cn_provincial_2025, ipcc_2006, or a set of your own

# By which calorific value fuels are measured in units of energy, where neither the unit (therm, kWh Hs, tce) nor
# facilities.csv says it: net or gross; for all, by fuel, or by fuel and unit. docs/heating-values.md.
# heating_value_basis:
#   natural_gas: {kWh: gross, GJ: net}

# Shares as fractions.
# significance_threshold: 0.05
# materiality: 0.05
# estimate_warn: 0.05       # estimated share of a year's emissions that is a warning
# estimate_block: 0.10      # and that stops a publication

# How to fill months that facilities.csv expects and nobody sent; the first method that has the data it needs is used.
# Without the key nothing is estimated: a gap stays a gap and a finding.
# estimation_methods:
#   - interpolation                 # daily mean of the measured months before and after
#   - prior_year_scaled_by_output   # same month a year before x output of the two months (feed production)
#   - conservative_neighbour        # the higher daily mean of the measured months before and after

# A bad row holds back itself (rows) or its whole file (submission).
# acceptance: rows
# Where no residual mix is published: residual_mix, or grid_average (marked).
# residual_mix_policy: residual_mix
# Accepted difference between ledger and invoices, by activity type.
# reconciliation_tolerance:
#   grid_electricity: 0.01

# Whether end dates are the last day covered (inclusive) or the day after (exclusive).
# period_end: inclusive
# First landing folder; by default the earliest there is.
# first_month: 2023-01
# When the scheduled monthly run starts.
# time_zone: Asia/Shanghai
# schedule_day: 5
# schedule_hour: 6

# What a report has to say and no figure can; each as one text, or {en: ..., zh: ...}. It stands in the reports
# of all years. Name functions, not persons.
# responsible_person: Head of the sustainability department
# reporting_boundary: Which sources are reported, and how the significance of indirect ones was judged
# direct_removals: None are quantified.
# base_year_changes: Changes of the base year or of past figures
# quantification_approach: How emissions are quantified, and why so
# quantification_changes: None since the former inventory.
# uncertainty_assessment: How uncertainty was assessed, and with what result
# conformity_statement: This report was prepared in accordance with ISO 14064-1:2018.
# emissions_trading: Schemes that apply, and the share of Scope 1 under them
# internal_carbon_price: Kind, amount, and the decisions that use it

# Operation; docs/deployment.md. The publication is late when none has come this many days after the scheduled run.
# publication_grace_days: 3
# Days that Dagster keeps the history of a run.
# history_days: 400
# Share of the submissions that may vanish from landing/ at once; more stops the run until --confirm-withdrawals.
# withdrawal_limit: 0.2
# Who is told when a run fails or the publication is late. Secrets stand in environment variables, named here.
# alerts:
#   webhook: {url_variable: HELIOLEDGER_WEBHOOK, format: json}   # or feishu 飞书, wecom 企业微信 and DingTalk 钉钉
#   email:
#     server: smtp.example.com
#     port: 587
#     security: starttls                                         # or tls, none
#     user_variable: HELIOLEDGER_SMTP_USER
#     password_variable: HELIOLEDGER_SMTP_PASSWORD
#     sender: helioledger@example.com
#     recipients: [carbon@example.com]
#   ui_address: https://dagster.example.com                      # for links

# Memory and processor threads that the database may take; what does not fit goes to warehouse/spill/ during a run.
# memory_limit: 3GB         # by default two fifths of the machine's, at most 3GB; the process takes about 1 GB besides
# threads: 2                # by default all there are

# What computes the models: duckdb on one machine, or spark on one or on many (docs/scale.md).
# engine: duckdb
# spark_master: local[4]    # or spark://host:7077
# spark_settings: {spark.executor.memory: 8g}

# A line shown wherever the figures are.
# data_notice: illustrative
# data_notice_zh: 说明性数据
"""

FACILITIES = """\
facility_id,name,name_zh,country,grid_region,expected_activity_types
PLANT-1,Example plant,示例工厂,CHN,,grid_electricity
"""


def make_workspace(directory: Path) -> list[Path]:
    """Write the files of a new workspace; the paths written. Raises FileExistsError rather than replace one."""
    files = {directory / "organization.yml": ORGANIZATION, directory / "reference" / "facilities.csv": FACILITIES}
    for path in files:
        if path.exists():
            raise FileExistsError(17, "exists", str(path))
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    landing = directory / "landing"
    landing.mkdir(exist_ok=True)
    return [*files, landing]
