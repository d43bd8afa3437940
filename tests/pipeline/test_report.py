"""The report that people read: every figure is what its query gives, and nothing that is asked goes unsaid."""

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.reporting import page, reading, words
from orchestration.reporting.blocks import NUMBERS, Facts, Figures, Text
from orchestration.reporting.sections import SECTIONS
from orchestration.workspace import REPOSITORY

from .conftest import Company, half_up


class Page(HTMLParser):
    """The figures of a page as its reader finds them: (query, row, column, kind, decimals, text); and the queries."""

    def __init__(self, text: str):
        super().__init__()
        self.queries: dict[int, str] = {}
        self.figures: list[tuple[int, int, str, str, int | None, str]] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._query = self._row = 0
        self._cell: dict[str, str | None] | None = None
        self._said: list[str] = []
        self._item: int | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append((tag, found))
        if "data-query" in found:
            self._query, self._row = int(found["data-query"] or 0), -1
        if tag == "tr":
            self._row += 1
        if tag in ("dl", "strong"):
            self._row = 1
        if "data-column" in found:
            self._cell, self._said = found, []
        if tag == "li" and (found.get("id") or "").startswith("query-"):
            self._item = int((found["id"] or "").removeprefix("query-"))
            self._said = []

    def handle_data(self, data: str) -> None:
        self._said.append(data)

    def handle_endtag(self, tag: str) -> None:
        if self._cell is not None and tag in ("td", "dd", "strong"):
            decimals = self._cell.get("data-decimals")
            column, kind = self._cell["data-column"] or "", self._cell["data-kind"] or ""
            text = "".join(self._said).strip()
            self.figures.append((self._query, self._row, column, kind, int(decimals) if decimals else None, text))
            self._cell = None
        elif tag == "li" and self._item is not None:
            self.queries[self._item] = "".join(self._said).strip()
            self._item = None


@pytest.fixture(scope="module")
def make_report(helioledger) -> Callable[..., tuple[subprocess.CompletedProcess[str], str]]:
    def make(company: Company, folder: Path, *options: str) -> tuple[subprocess.CompletedProcess[str], str]:
        finished = helioledger("report", "--workspace", company.root, "--output", folder, *options)
        pages = list(folder.glob("*.html"))
        return finished, pages[0].read_text(encoding="utf-8") if pages else ""

    return make


@pytest.fixture(scope="module")
def reports(sangle, ja_solar, make_report, tmp_path_factory) -> dict[str, tuple[Company, Path, str]]:
    """One page each: the small company in English, the large one in both languages."""
    made = {}
    for name, company, language in (("sangle", sangle, "en"), ("ja_solar", ja_solar, "both")):
        folder = tmp_path_factory.mktemp(f"report-{name}")
        finished, text = make_report(company, folder, "--language", language)
        assert finished.returncode == 0, finished.stderr
        made[name] = (company, folder, text)
    return made


def number_printed(text: str) -> Decimal:
    """The number in a cell, as somebody reads it."""
    return Decimal(text.replace(",", "").replace("−", "-").replace("+", "").removesuffix("%").strip())


@pytest.mark.parametrize(("name", "at_least"), [("sangle", 150), ("ja_solar", 1000)])
def test_every_printed_number_is_what_its_query_gives(name: str, at_least: int, reports) -> None:
    company, _, text = reports[name]
    read = Page(text)
    answers: dict[int, list[dict[str, Any]]] = {}
    with duckdb.connect(str(company.database), read_only=True) as marts:
        marts.execute("set schema = 'marts'")
        for number, sql in read.queries.items():
            if {figure[0] for figure in read.figures} & {number}:
                cursor = marts.execute(sql)
                names = [column[0] for column in cursor.description]
                answers[number] = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    checked = 0
    for query, row, column, kind, decimals, printed in read.figures:
        value = answers[query][row - 1][column]
        if kind not in NUMBERS:
            continue
        if value is None:
            assert printed == reading.NOTHING, (query, column)
            continue
        expected = Decimal(str(value)) * (100 if kind == "share" else 1)
        assert decimals is not None
        assert number_printed(printed) == half_up(expected, decimals), (query, column, row)
        checked += 1
    assert checked >= at_least


@pytest.mark.parametrize("name", ["sangle", "ja_solar"])
def test_a_table_has_every_row_of_its_query(name: str, reports) -> None:
    company, _, text = reports[name]
    read = Page(text)
    rows = {query: max(f[1] for f in read.figures if f[0] == query) for query in {f[0] for f in read.figures}}
    with duckdb.connect(str(company.database), read_only=True) as marts:
        marts.execute("set schema = 'marts'")
        for query, printed in rows.items():
            assert len(marts.execute(read.queries[query]).fetchall()) == printed, read.queries[query]


def test_the_published_figures_stand_on_the_page(reports) -> None:
    """As the reports of the two companies print them."""
    for name, figures in {
        "ja_solar": ["2,871,963", "109,178", "2,762,785", "24,351,855", "3,521.45", "28.0 %", "89.45 %", "85.31 %"],
        "sangle": ["28.25", "623.24", "651.49", "5.4431", "22.8053", "2.78", "1.63", "0.02020", "704.788"],
    }.items():
        printed = {figure[5] for figure in Page(reports[name][2]).figures}
        assert set(figures) <= printed, name


@pytest.fixture
def with_items(sangle, tmp_path) -> Callable[[str], Company]:
    """The published Sangle company, its report items changed by SQL."""

    def change(sql: str) -> Company:
        root = tmp_path / "changed"
        (root / "warehouse").mkdir(parents=True)
        shutil.copy(sangle.root / "organization.yml", root)
        shutil.copytree(sangle.root / "warehouse" / "published", root / "warehouse" / "published")
        changed = Company(root)
        changed.database.chmod(0o644)
        with duckdb.connect(str(changed.database)) as marts:
            marts.execute(f"update marts.report_items set {sql}")
        return changed

    return change


def test_a_missing_item_is_printed_and_strict_fails(with_items, make_report, tmp_path) -> None:
    company = with_items("status = 'missing' where framework = 'ISO 14064-1' and item in ('i', 'q', 'r')")
    finished, text = make_report(company, tmp_path / "out", "--strict", "--language", "en")
    assert finished.returncode == 1
    assert "ISO 14064-1, 2018 r Sentence of conformity" in finished.stderr
    assert "3 required items are missing" in text
    assert '<span class="status missing"><span lang="en">MISSING</span></span>' in text


def test_strict_is_satisfied_when_nothing_required_is_missing(sangle, make_report, tmp_path) -> None:
    finished, text = make_report(sangle, tmp_path / "out", "--strict", "--language", "zh")
    assert finished.returncode == 0, finished.stderr
    assert "项必需内容" not in text


@pytest.mark.parametrize(("year", "said"), [("2018", "2019"), ("2020", "2019")])
def test_a_year_that_is_not_known_whole_is_refused(year: str, said: str, sangle, make_report, tmp_path) -> None:
    finished, _ = make_report(sangle, tmp_path, "--year", year)
    assert finished.returncode == 2
    assert said in finished.stderr
    assert not list(tmp_path.iterdir())


def test_the_page_needs_nothing_else(reports) -> None:
    for _, _, text in reports.values():
        read = Page(text)
        assert not [tag for tag, _ in read.tags if tag in ("script", "link", "iframe", "img", "object")]
        for _, attributes in read.tags:
            for name in ("src", "href", "xlink:href"):
                assert not (attributes.get(name) or "#").startswith(("http", "//", "file")), attributes
        assert "url(http" not in text
        assert "@import" not in text


def test_links_and_ids_hold(reports) -> None:
    for _, _, text in reports.values():
        tags = Page(text).tags
        ids = [attributes["id"] for _, attributes in tags if attributes.get("id")]
        assert len(ids) == len(set(ids))
        for _, attributes in tags:
            href = attributes.get("href") or ""
            assert not href.startswith("#") or href[1:] in ids, href


def test_pictures_say_what_they_show(reports) -> None:
    drawn = {name: re.findall(r"<svg .*?</svg>", text, re.DOTALL) for name, (_, _, text) in reports.items()}
    assert len(drawn["sangle"]) >= 2
    assert len(drawn["ja_solar"]) >= 6
    for svg in (svg for pictures in drawn.values() for svg in pictures):
        title, description = re.findall(r"<(?:title|desc) id=[^>]+>([^<]+)<", svg)
        assert len(title) > 5
        assert "table below" in description or "见下表" in description
        assert re.search(r'role="img" aria-labelledby="(\S+)-title \1-desc"', svg)
        assert "<script" not in svg


def test_the_pdf_has_pages(reports, need_program) -> None:
    need_program("Chromium", "chromium", "chromium-browser", "google-chrome")
    for name, (_, folder, _) in reports.items():
        (pdf,) = folder.glob("*.pdf")
        content = pdf.read_bytes()
        assert content.startswith(b"%PDF-")
        assert len(re.findall(rb"/Type\s*/Page\b", content)) >= 6, name


def test_without_a_browser_the_page_stands_alone(sangle, tmp_path, monkeypatch) -> None:
    from orchestration.reporting import making
    from orchestration.workspace import Workspace

    monkeypatch.setenv("PATH", str(tmp_path))
    made = making.make(Workspace.open(sangle.root), None, "zh", tmp_path / "out")
    assert made.pdf is None
    assert "chromium" in (made.why_no_pdf or "")
    assert made.page.is_file()


# --- both languages ---------------------------------------------------------------------------------------------


def texts() -> Iterator[Text]:
    """Everything that the report says, whatever the marts hold."""
    for section in SECTIONS:
        yield section.title
        yield from filter(None, [section.lead])
        for block in section.blocks:
            yield block.title
            columns = [f[1] for f in block.figures] if isinstance(block, Figures) else list(block.columns)
            yield from (column.title for column in columns)
            yield from (word for column in columns for word in column.words.values())
            if not isinstance(block, Figures):
                yield from filter(None, [block.note])
            if not isinstance(block, Figures | Facts):
                yield from filter(None, [block.empty])
    for name in dir(words):
        if name.isupper():
            yield from getattr(words, name).values()
    yield from (page.NOT_GIVEN, page.UNPUBLISHED)


# Units and formulas that read alike in both.
UNIT = re.compile(r"[A-Za-z0-9₂₄⁸ ./%±()、-]+")


def test_everything_is_said_in_both_languages() -> None:
    for text in texts():
        assert bool(text.en) == bool(text.zh), text
        assert not re.search(r"[\u4e00-\u9fff]", text.en), text
        assert re.search(r"[\u4e00-\u9fff]", text.zh) or text.zh == text.en or UNIT.fullmatch(text.zh), text


def test_a_page_of_one_language_has_no_other(sangle, make_report, reports, tmp_path) -> None:
    _, chinese = make_report(sangle, tmp_path, "--language", "zh")
    assert '<span lang="en">' not in chinese
    assert '<span lang="zh">' not in reports["sangle"][2]
    assert {"en", "zh"} == set(re.findall(r'<span lang="(\w\w)">', reports["ja_solar"][2]))
    # Whatever is asked of one is asked of the other.
    assert Page(chinese).queries == Page(reports["sangle"][2]).queries


# --- what sections and marts say of each other ------------------------------------------------------------------


def test_the_exposure_names_the_marts_that_are_printed() -> None:
    import yaml

    exposures = yaml.safe_load((REPOSITORY / "dbt_project" / "models" / "exposures.yml").read_text(encoding="utf-8"))
    (named,) = (each["depends_on"] for each in exposures["exposures"] if each["name"] == "annual_report")
    printed = {
        mart
        for section in SECTIONS
        for block in section.blocks
        for query in ([figure[0] for figure in block.figures] if isinstance(block, Figures) else [block.query])
        for mart in query.others or (query.mart,)
    }
    assert printed | {"disclosures"} == {name.removeprefix("ref('").removesuffix("')") for name in named}


def test_every_item_names_a_section_that_there_is(ja_solar) -> None:
    printed_in = {name for (name,) in ja_solar.rows("select distinct printed_in from report_items")}
    assert printed_in <= {section.name for section in SECTIONS}


def test_every_data_point_is_given_or_says_why(ja_solar, sangle) -> None:
    for company in (ja_solar, sangle):
        asked = company.value("select count(distinct (framework, framework_version, item)) from report_items")
        assert asked == 100
        assert company.value("select count(distinct datapoint_order) from disclosures") == 314
        silent = company.rows(
            "select framework, datapoint from disclosures where status = 'given' and value is null and text_en is null"
            " or status <> 'given' and (reason_en is null or reason_zh is null)"
        )
        assert silent == []


def test_the_organisations_own_texts_answer_their_items(sangle) -> None:
    said = dict(
        sangle.rows("select datapoint, text_zh from disclosures where framework = 'ISO 14064-1' and year = 2019")
    )
    assert said["b"] == "生产部"
    assert said["h"] == "未量化直接清除量。"
    missing = sangle.rows("select item from report_items where is_required and status = 'missing' order by item_order")
    assert missing == []
    assert said["r"].startswith("核查报告 HC-SPZX-2020-03")


def test_mart_filter_and_expression_give_a_data_point_again(ja_solar, sangle) -> None:
    for company in (ja_solar, sangle):
        points = company.rows(
            "select framework, datapoint, mart, filter, expression, sign, value from disclosures"
            " where value is not null"
        )
        assert len(points) > 100
        for framework, datapoint, mart, condition, expression, sign, value in points:
            again = company.value(f"select {expression} from {mart} where {condition}")
            assert float(again) * sign == pytest.approx(float(value), rel=1e-12), (framework, datapoint)


def test_data_points_are_the_published_figures(ja_solar) -> None:
    given = dict(
        ja_solar.rows(
            "select framework || ' ' || datapoint, value from disclosures where year = 2023 and value is not null"
        )
    )
    assert given["CDP 7.6"] == 109178
    assert given["CDP 7.7 market"] == 2762785
    assert given["CDP 7.8 category 1"] == 19142262
    assert given["IFRS S2 29(a)(vi) category 15"] == 389335
    assert given["ESRS E1 E1-6 total"] == 27223818
    assert half_up(given["CDP 7.45"], 2) == Decimal("3521.45")


# --- forms and footprints ---------------------------------------------------------------------------------------


def test_the_workbook_has_every_data_point_as_the_form_rounds_it(reports) -> None:
    import openpyxl

    company, folder, _ = reports["ja_solar"]
    book = openpyxl.load_workbook(folder / "disclosures-2023.xlsx", read_only=True)
    rows = {}
    for sheet in book.worksheets:
        header, *lines = list(sheet.iter_rows(min_row=3, values_only=True))
        names = [str(cell).split("\n")[-1] for cell in header]
        for line in lines:
            cells = dict(zip(names, line, strict=True))
            rows[sheet.title, cells["data point"]] = cells
    assert len(rows) == company.value("select count(*) from disclosures where year = 2023")
    assert rows["CDP Module 7 (2024 numbering)", "7.6"]["figure"] == 109178
    assert rows["CDP Module 7 (2024 numbering)", "7.45"]["figure"] == 3521.45
    assert rows["CDP Module 7 (2024 numbering)", "7.29"]["reason"].startswith(
        "The metrics energy_spend and operational_spend"
    )
    assert all(cells["figure"] is not None or cells["answer"] or cells["reason"] for cells in rows.values())


PRODUCT = {
    "power_kw": "0.58",
    "footprint": {
        "companyIds": ["urn:example:company:1"],
        "productDescription": "Module of 580 W",
        "productIds": ["urn:example:product:1"],
        "productNameCompany": "Module 580",
        "pcf": {
            "declaredUnitOfMeasurement": "piece",
            "declaredUnitAmount": "1",
            "productMassPerDeclaredUnit": "28.6",
            "fossilCarbonContent": "1.1",
            "crossSectoralStandards": ["ISO14067"],
            "exemptedEmissionsPercent": "0",
        },
    },
}


def test_the_footprint_per_kilowatt_goes_out_and_is_the_inventory_with_the_unallocated(
    ja_solar, helioledger, tmp_path
) -> None:
    import json

    from data_contracts.judging.footprints import problems

    (tmp_path / "module.json").write_text(json.dumps(PRODUCT))
    arguments = ["product-footprint", tmp_path / "module.json", "--workspace", ja_solar.root, "--year", "2023"]
    finished = helioledger(*arguments, "-o", tmp_path / "out.json")
    assert finished.returncode == 0, finished.stderr
    record = json.loads((tmp_path / "out.json").read_text())
    assert problems(record) == []
    release = json.loads((ja_solar.root / "warehouse" / "published" / "release.json").read_text())["release_id"]
    assert record["comment"].endswith(f"release {release}.")
    (per_kw, inside, outside, whole) = ja_solar.rows(
        "select sum(co2e_kg_per_kw), sum(co2e_t) filter (where is_in_footprint),"
        " sum(co2e_t) filter (where not is_in_footprint), sum(co2e_t) from product_footprints where year = 2023"
    )[0]
    assert half_up(per_kw * Decimal("0.58"), 6) == Decimal(record["pcf"]["pcfExcludingBiogenicUptake"])
    assert half_up(inside / 55000, 6) == half_up(per_kw, 6)
    assert inside + outside == whole
    calculated = ja_solar.value("select calculated_co2e_t from headline where year = 2023 and scope = '1+2+3'")
    assert whole == calculated
    # Without the carbon content, which no ledger knows, there is no record.
    del PRODUCT["footprint"]["pcf"]["fossilCarbonContent"]
    (tmp_path / "module.json").write_text(json.dumps(PRODUCT))
    finished = helioledger(*arguments, "-o", tmp_path / "none.json")
    assert finished.returncode == 1
    assert "pcf.fossilCarbonContent: required and missing" in finished.stderr
    assert not (tmp_path / "none.json").exists()


def test_a_suppliers_footprint_comes_in_as_a_factor(helioledger, tmp_path) -> None:
    import json

    import polars as pl

    from data_contracts.declarations.reference_tables import TABLES
    from tests.contracts.test_footprints import BREAKS_ITS_SUM, PUBLISHED, record

    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps({"data": [record(*PUBLISHED["example-3"]), record(*PUBLISHED["example-2"])]}))
    bad.write_text(json.dumps(record(*BREAKS_ITS_SUM)))
    arguments = ("--activity-type", "solar_glass", "--supplier", "GLASS", "-o", tmp_path / "rows.csv")
    finished = helioledger("supplier-footprint", bad, *arguments)
    assert finished.returncode == 1
    assert "1.63 is not" in finished.stderr
    assert not (tmp_path / "rows.csv").exists()
    finished = helioledger("supplier-footprint", good, *arguments)
    assert finished.returncode == 0, finished.stderr
    row, ethanol = pl.read_csv(tmp_path / "rows.csv", infer_schema=False).iter_rows(named=True)
    # 12 litres of it, 9.468 kg, carry 5.14 kg.
    assert (ethanol["per_unit"], ethanol["co2e_kg"]) == ("L", "0.428333333")
    assert (row["per_unit"], row["co2e_kg"], row["gwp_set"], row["geography"]) == ("unit", "77.0", "AR6", "GLASS")
    assert set(row) <= {column.name for column in TABLES["emission_factors"].columns}
    good.write_text(json.dumps({**record(*PUBLISHED["example-3"]), "status": "Deprecated"}))
    finished = helioledger("supplier-footprint", good, *arguments[:-1], tmp_path / "others.csv")
    assert finished.returncode == 1
    assert "deprecated" in finished.stderr


# --- Dagster ----------------------------------------------------------------------------------------------------


def test_the_asset_makes_the_report_and_shows_its_pictures(sangle, monkeypatch) -> None:
    import dagster as dg

    from orchestration.defs import reporting
    from orchestration.workspace import Workspace

    for name, value in Workspace(sangle.root).environment().items():
        monkeypatch.setenv(name, value)
    job = reporting.definitions().resolve_job_def("report_of_the_year")
    made = job.execute_in_process(instance=dg.DagsterInstance.ephemeral())
    (event,) = made.asset_materializations_for_node("annual_report")
    assert event.metadata["year"].value == 2019
    assert event.metadata["missing_items"].value == 0
    assert Path(str(event.metadata["report"].value)).is_file()
    assert str(event.metadata["picture/scopes"].value).startswith("![scopes](data:image/png;base64,iVBOR")


# --- pictures ---------------------------------------------------------------------------------------------------


def test_what_the_examples_have_no_data_for_is_drawn_too() -> None:
    """Data quality, drivers and surplus certificates, from rows as the marts would have them."""
    from orchestration.reporting import pictures
    from orchestration.reporting.blocks import Table

    tables = {
        block.name: block
        for section in SECTIONS
        for block in section.blocks
        if isinstance(block, Table) and block.picture
    }
    assert set(pictures.PICTURES) == {table.picture for table in tables.values()}
    quality = {
        "scope": 1, "scope2_method": None, "scored_share": Decimal("0.9"), "excellent_share": Decimal("0.5"),
        "good_share": Decimal("0.4"), "fair_share": None, "poor_share": None,
    }  # fmt: skip
    totals = {"whole_base_t": Decimal(100), "whole_now_t": Decimal("90.5")}
    effects = [
        {"driver": "output", "change_t": Decimal("5.25"), "after_t": Decimal("105.25"), **totals},
        {"driver": "instruments", "change_t": Decimal("-14.75"), "after_t": Decimal("90.5"), **totals},
    ]
    certificates = {"instrument_type": "gec", "allocated": Decimal(3), "surplus": Decimal(2)}
    for name, rows, written in (
        ("data_quality", [quality], ["Excellent", "Not scored", "Scope 1"]),
        ("drivers", effects, ["+5.25", "−14.75", "100.00", "90.50", "Energy instruments"]),
        ("instruments", [certificates], ["Used", "Surplus", "Green electricity certificates"]),
    ):
        svg = pictures.draw(tables[name], rows, "en", 2) or ""
        for text in written:
            assert text in svg, (name, text)
    years = [
        {"year": 2023, "actual_co2e_t": Decimal(100), "pathway_co2e_t": Decimal(100)},
        {"year": 2024, "actual_co2e_t": Decimal(97), "pathway_co2e_t": Decimal(95)},
        {"year": 2025, "pathway_co2e_t": Decimal(90), "expected_t": Decimal(94), "lower_t": Decimal(0),
         "upper_t": Decimal(120)},
    ]  # fmt: skip
    of_years = {"actual_co2e_t", "pathway_co2e_t", "expected_t", "lower_t", "upper_t"}
    rows = [dict.fromkeys(of_years) | year for year in years]
    svg = pictures.draw(tables["trend"], rows, "both", 2) or ""
    for text in ("实际 / Actual", "Present course, 95 % interval", "6 values; the table below has them"):
        assert text in svg
    svg = pictures.draw(tables["trend"], rows[:2], "en", 2) or ""
    assert "Present course" not in re.sub("<desc.*?</desc>", "", svg)
    # With nothing to draw there is no picture.
    assert (
        pictures.draw(
            tables["data_quality"],
            [{**quality, "scored_share": None, "excellent_share": None, "good_share": None}],
            "en",
            2,
        )
        is None
    )


def test_figures_are_rounded_half_up_where_they_are_printed() -> None:
    from orchestration.reporting.blocks import Column

    tonnes = Column("t", Text("t", "t"), "tonnes")
    assert reading.printed_number(Decimal("0.5"), tonnes, 0) == "1"
    assert reading.printed_number(Decimal("-2.5"), tonnes, 0) == "−3"
    assert reading.printed_number(Decimal("1234567.125"), tonnes, 2) == "1,234,567.13"
    assert reading.printed_number(Decimal("12345678901234567890.123456789012345678"), tonnes, 2) == (
        "12,345,678,901,234,567,890.12"
    )
    assert reading.printed_number(Decimal("0.00445"), Column("s", Text("s", "s"), "share", decimals=2), 0) == "0.45 %"
    assert (
        reading.printed_number(Decimal("0.4"), Column("d", Text("d", "d"), "number", decimals=1, signed=True), 0)
        == "+0.4"
    )
    assert reading.printed_number(Decimal("-0.001"), tonnes, 0) == "0"


def test_what_would_be_printed_as_nothing_shows_two_of_its_digits() -> None:
    """Quantities and factors; tonnes are rounded as the whole report is, by the size of the company."""
    from orchestration.reporting.blocks import Column

    number = Column("n", Text("n", "n"), "number", decimals=2)
    assert reading.printed_number(Decimal("0.000001"), number, 0) == "0.0000010"
    assert reading.printed_number(Decimal("-0.00449"), number, 0) == "−0.0045"
    assert reading.printed_number(Decimal("0.005"), number, 0) == "0.01"
    assert reading.printed_number(Decimal("0"), number, 0) == "0.00"
    assert reading.printed_number(Decimal("0.3"), Column("t", Text("t", "t"), "tonnes"), 0) == "0"
    sizes = {"2871963": 0, "-2871963": 0, "9999.99": 2, "1": 2, "0.000642": 6, "0": 2}
    assert {total: reading.tonnes_decimals(Decimal(total)) for total in sizes} == sizes
    assert reading.tonnes_decimals(None) == 2


def test_units_and_lists_of_codes_are_said_in_the_readers_language() -> None:
    from orchestration.reporting.blocks import Column

    assert words.unit("tCO2e/10^8 CNY", "zh") == "吨 CO₂e/亿元"
    assert words.unit("tCO2e/10^8 CNY", "en") == "t CO₂e/10⁸ CNY"
    assert words.unit("t.km", "zh") == "t.km"
    methods = Column("m", Text("m", "m"), "code", words=words.ESTIMATION)
    row = {"m": "interpolation;conservative_neighbour"}
    assert reading.printed(row, methods, "zh", 0) == "插值、相邻月份保守值"
    assert reading.printed(row, methods, "en", 0) == "interpolation, conservative neighbour"


def test_every_code_of_the_seeds_is_said() -> None:
    """A metric, a class of source, a fuel or a cause that is added to a seed must not be printed as its code."""
    import csv

    def of(seed: str, column: str, **only: str) -> set[str]:
        with (REPOSITORY / "seeds" / f"{seed}.csv").open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.DictReader(file) if all(row[key] == value for key, value in only.items())]
        return {row[column] for row in rows if row[column]}

    for codes, said in (
        (of("metrics", "metric"), words.METRICS),
        (of("activity_types", "source_class"), words.SOURCE_CLASSES),
        (of("activity_types", "fuel", method="fuel_combustion") | of("fuel_properties", "fuel"), words.CARRIERS),
        (of("restatement_causes", "cause"), words.CAUSES),
        (of("target_rules", "certainty"), words.CERTAINTIES),
    ):
        assert codes
        assert codes <= set(said)


def test_names_of_others_are_text_on_the_page_and_commands_are_code() -> None:
    assert page._coded('<b> & "Sons" `marts`') == "&lt;b&gt; &amp; &#34;Sons&#34; <code>marts</code>"
    assert page._coded("Pipe`s <i>") == "Pipe`s &lt;i&gt;"


def test_a_publication_of_another_version_is_said(tmp_path: Path) -> None:
    """Its marts may lack what this version prints."""
    with duckdb.connect(str(tmp_path / "old.duckdb")) as marts:
        marts.execute("create table headline as select 2023 as year, '1+2' as scope, true as is_whole_year")
        marts.execute("create table organization as select 'A' as name")
        with pytest.raises(reading.NotPublished, match="another version"):
            reading.read(marts, SECTIONS, 2023)
