"""Names to codes: activity types, units, facilities; and which units each activity type accepts.

The vocabulary is the shared seeds with the workspace's own rows over them. It answers for whole columns at once:
every lookup takes a text series and returns a frame of the same length.
"""

from __future__ import annotations

import difflib
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import polars as pl

from data_contracts.declarations.names import BRACKETED, Meaning, NameReader, Word, WordTables

SEEDS = Path(__file__).resolve().parents[2] / "seeds"
SEED_TABLES = (
    "units",
    "activity_types",
    "fuel_properties",
    "fuel_densities",
    "gwp",
    "gas_blends",
    "geographies",
    "emission_factors",
)

# Tables of a workspace that no seed is like.
OWN_TABLES = ("facilities", "submitters", "activity_aliases")

VOLUME_DIMENSIONS = ("volume", "normal_volume")
# Energy by gross calorific value, which is another quantity of a fuel than energy by the net one.
GROSS_ENERGY = "gross_energy"
# What is written behind a unit of energy to say which of the two it is: kWh Hs, kWh (PCS), MMBtu HHV, GJ（高位）.
_VALUE = r"(?:[ -]*(?:cv|calorific value|heating value|basis|发热量|発熱量|發熱量|发热值|热值|熱值|热量))?"
_APART = r"[\s,;/_(（\[-]+(?:on )?"


def _behind_unit(latin: str, chinese: str) -> str:
    return rf"(?i)(?:{_APART}(?:{latin}|{chinese})|(?:{chinese})){_VALUE}[\s)）\]]*$"


GROSS = _behind_unit(
    r"gross|g\.?c\.?v\.?|h\.?[hc]\.?v\.?|p\.?c\.?s\.?|h_?[so](?:[,.]n)?|brennwert|oberer heizwert"
    r"|superior|supérieur|superiore|higher|upper|bovenwaarde|nhiệt trị cao|총발열량|고위발열량",
    "高位|高|总",
)
NET = _behind_unit(
    r"net|n\.?c\.?v\.?|l\.?[hc]\.?v\.?|p\.?c\.?i\.?|h_?[iu](?:[,.]n)?|heizwert|unterer heizwert"
    r"|inferior|inférieur|inferiore|lower|onderwaarde|nhiệt trị thấp|순발열량|저위발열량",
    "低位|低|净",
)
# What says it alone, in a header whose unit stands elsewhere.
GROSS_ALONE = (
    r"(?i)\b(?:gross (?:cv|calorific value|heating value)|gcv|hhv|hcv|pcs|hs|ho|brennwert|bovenwaarde)\b|高位|高热值"
)
NET_ALONE = (
    r"(?i)\b(?:net (?:cv|calorific value|heating value)|ncv|l[hc]v|pci|hi|hu|heizwert|onderwaarde)\b|低位|低热值"
)
# What a message lists of a dimension: these, and what the workspace added; the first of a dimension without any.
COMMON_UNITS = (
    "kWh", "MWh", "GWh", "10^4 kWh", "MJ", "GJ", "TJ", "kBtu", "MMBtu", "therm", "kcal", "tce",
    "g", "kg", "t", "lb", "short ton", "L", "m3", "US gal", "bbl", "ccf", "mcf", "Nm3", "10^4 Nm3", "m3(20C)",
    "km", "m2", "kW", "MW", "unit",
)  # fmt: skip
UNITS_SHOWN_PER_DIMENSION = 8
FACILITIES_SHOWN = 20
SUGGESTED_TEXTS = 100
# Names of a file that are read by words; a file with more unknown ones has its activity types in another column.
READ_TEXTS = 2_000
NAMESAKES_SHOWN = 5

# What makes a unit another one of the same kind when it stands before it, in lower case.
SCALE = (
    r"^(?:10\^?[0-9⁰¹²³⁴-⁹]+|1e[0-9]+|[十百千万亿兆吉太拍毫厘微]+|[kmgtpeµμundch]|mm"
    r"|hundred|thousand|million|billion|kilo|mega|giga|tera|milli|centi|micro)$"
)

# Bottles, drums and bags with what one of them holds: 瓶(15kg), 50公斤瓶, 15kg/瓶, cylinder 50 kg, bottles of 12 kg.
CYLINDERS = r"瓶|钢瓶|气瓶|cylinders?|cyl|bottles?|gas bottles?|gas cylinders?"
CONTAINERS = (
    rf"{CYLINDERS}|桶|油桶|吨桶|罐|袋|包|箱|听|杜瓦|杜瓦罐|杜瓦瓶"
    r"|drums?|cans?|canisters?|jerry ?cans?|bags?|sacks?|boxes|box|totes?|ibcs?|tanks?|dewars?|containers?|kegs?"
)
_FILL = r"([0-9]+(?:\.[0-9]+)?)\s*([^0-9\s()/][^\s()/]*?)"
_BEHIND = rf"(?:每|per )?(?:{CONTAINERS})装?\s*[(\[/,:]?\s*(?:of|each|净重|净含量|约|@|x)?\s*{_FILL}"
_BEFORE = rf"{_FILL}\s*(?:/|per|每|装|的|-)?\s*(?:{CONTAINERS})装?"
FILLED = tuple(re.compile(rf"^{form}\s*(?:装|each)?[)\]]?$", re.I) for form in (_BEHIND, _BEFORE))
FILLED_IN_NAME = tuple(re.compile(form, re.I) for form in (rf"{_BEFORE}(?![a-z])", rf"{_BEHIND}(?![a-z0-9])"))
EMPTY = re.compile(rf"^(?:{CONTAINERS})$", re.I)
CYLINDER = re.compile(CYLINDERS, re.I)
FILL_DIMENSIONS = ("mass", *VOLUME_DIMENSIONS)


ACTIVITY_TYPE_COLUMNS = (
    "activity_type",
    "name_en",
    "name_zh",
    "source_class",
    "method",
    "canonical_unit",
    "fuel",
    "gas",
    "carrier_class",
    "aliases",
)

# Full-width forms only: NFKC would also turn 10⁴ into 104.
_FULL_WIDTH = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)} | {
    "。": ".",
    "·": ".",
    "⋅": ".",
    "∙": ".",
    "・": ".",
    "･": ".",
    "*": ".",
}


def name_key(text: pl.Expr) -> pl.Expr:
    """The form in which names are compared: case, width, white space, `_` and `-` do not matter."""
    return text.str.normalize("NFKC").str.to_lowercase().str.replace_all(r"[\s_‐‑–—\-]+", "")


def meter_key(text: pl.Expr) -> pl.Expr:
    """The form in which meters are compared, as the macro `meter_key` has it: 3号表 and Meter 03 are 3."""
    key = text.str.replace_many(_FULL_WIDTH).str.replace_all("[\u3000 ]", "").str.to_lowercase()
    key = key.str.replace_all("№", "no", literal=True).str.replace_all("^['`’]", "")
    key = key.str.replace_all("([^0-9])[-_.#]+", "$1").str.replace_all("([0-9])[-_.]+([^0-9])", "$1$2")
    named = "电表|電表|电能表|表|meter|zähler|compteur|contador"
    key = key.str.replace(f"^({named})(no|nr)?([0-9]+|[a-z])$", "$3")
    key = key.str.replace("^(no|nr|#)([0-9])", "$2")
    key = key.str.replace("^([0-9]+)(#|号|[.]0+)?(电表|電表|电能表|表)?$", "$1")
    return key.str.replace("^0+([0-9])", "$1")


def unit_key(text: pl.Expr) -> pl.Expr:
    """The form in which units are compared: width and white space do not matter, case does."""
    return text.str.replace_many(_FULL_WIDTH).str.replace_all(r"\s+", "")


def gas_slug(gas: pl.Expr) -> pl.Expr:
    """The code of a gas or blend as it stands in activity types: lower case, every other character `_`."""
    return gas.str.to_lowercase().str.replace_all("[^a-z0-9]", "_")


def read_seed(name: str, seeds: Path = SEEDS) -> pl.DataFrame:
    """One seed as text; empty cells are null."""
    return pl.read_csv(seeds / f"{name}.csv", infer_schema=False)


@dataclass(frozen=True)
class Vocabulary:
    """What the cells of a workspace may say.

    activity_types  the columns of ACTIVITY_TYPE_COLUMNS, one row per type
    activity_names  key, code (null if ambiguous), candidates (`;`-list)
    units           unit, dimension, to_base (text), name_en, name_zh, position
    unit_names      key, code
    facilities      facility_id, name, name_zh
    submitters      submitter, facility_id (null: all); whose rows a submitter may deliver
    gases           gas, formula (null where several gases have it), number (of refrigerants)
    aliases         name, activity_type: what the workspace has answered
    word_tables     the words of names
    acceptance      activity_type, dimension, enthalpy_only (only rows with a temperature or an enthalpy)
    """

    activity_types: pl.DataFrame
    activity_names: pl.DataFrame
    units: pl.DataFrame
    unit_names: pl.DataFrame
    facilities: pl.DataFrame
    gases: pl.DataFrame
    aliases: pl.DataFrame
    word_tables: WordTables
    acceptance: pl.DataFrame
    submitters: pl.DataFrame

    @classmethod
    def build(cls, reference: Mapping[str, pl.DataFrame], seeds: Path = SEEDS) -> Vocabulary:
        """The vocabulary of a workspace. `reference` holds the workspace's tables (see `load_reference`); absent
        tables count as empty.

        The last one is kept: tables are read by names, and their names seldom turn out to be others than they say.
        """
        own = {name: reference.get(name) for name in (*SEED_TABLES, *OWN_TABLES)}
        files = [(path := seeds / f"{name}.csv", path.stat().st_mtime_ns, path.stat().st_size) for name in SEED_TABLES]
        for known, of, vocabulary in _LAST:
            if files == known and all(_equal(own[name], of[name]) for name in own):
                return vocabulary
        vocabulary = cls._of(own, seeds)
        _LAST[:] = [(files, own, vocabulary)]
        return vocabulary

    @classmethod
    def _of(cls, reference: Mapping[str, pl.DataFrame | None], seeds: Path) -> Vocabulary:
        tables = {name: read_seed(name, seeds) for name in SEED_TABLES}

        def merged(name: str, key: list[str]) -> pl.DataFrame:
            own = _as_text(reference.get(name), tables[name].columns)
            return pl.concat([own, tables[name].join(own, on=key, how="anti", nulls_equal=True)])

        def stacked(name: str) -> pl.DataFrame:
            return pl.concat([_as_text(reference.get(name), tables[name].columns), tables[name]])

        units = merged("units", ["unit"]).with_row_index("position")
        unit_names = _unit_names(units)
        gases = _gases(
            *(
                _with_known_gases(stacked(name), column, tables["gwp"], tables["gas_blends"])
                for name, column in (("gwp", "gas"), ("gas_blends", "blend"))
            )
        )
        activity_types = _activity_types(merged("activity_types", ["activity_type"]), gases, unit_names)
        own = _as_text(reference.get("activity_types"), ["activity_type"])
        facilities = reference.get("facilities")
        if facilities is None:
            facilities = pl.DataFrame(schema={"facility_id": pl.String, "name": pl.String, "name_zh": pl.String})
        submitters = _as_text(reference.get("submitters"), ["submitter", "facilities"])
        names = _activity_names(activity_types, own)
        aliases = _aliases(_as_text(reference.get("activity_aliases"), ["name", "activity_type"]), names)
        return cls(
            submitters=submitters.select("submitter", facility_id=pl.col("facilities").fill_null("").str.split(";"))
            .explode("facility_id")
            .with_columns(pl.col("facility_id").str.strip_chars().replace("", None))
            .sort("submitter", "facility_id"),
            activity_types=activity_types,
            activity_names=_with_aliases(names, aliases, activity_types),
            units=units.select("unit", "dimension", "to_base", "name_en", "name_zh", "position"),
            unit_names=unit_names,
            facilities=facilities.select("facility_id", "name", "name_zh")
            .unique("facility_id", keep="first", maintain_order=True)
            .sort("facility_id"),
            gases=gases,
            aliases=aliases,
            word_tables=WordTables(seeds),
            acceptance=_acceptance(
                activity_types,
                units,
                unit_names,
                factors=stacked("emission_factors"),
                properties=stacked("fuel_properties"),
                densities=stacked("fuel_densities"),
            ),
        )

    def resolve_activity_type(self, text: pl.Series) -> pl.DataFrame:
        """`value`, `fault`, `candidates`, `hint_en`, `hint_zh`, `reason_en`, `reason_zh`, `by_words` for each text:
        first as a name of the catalogue or of the workspace's aliases, then by words."""

        def resolve(unique: pl.DataFrame) -> pl.DataFrame:
            found = unique.with_columns(key=name_key(pl.col("text"))).join(self.activity_names, on="key", how="left")
            found = found.join(self._read(found.filter(pl.col("code").is_null())), on="text", how="left")
            candidates = pl.coalesce("read_candidates", "candidates")
            found = found.with_columns(
                code=pl.coalesce("code", "read"),
                by_words=pl.col("read").is_not_null(),
                candidates=pl.when(pl.coalesce("code", "read", "answer").is_null()).then(candidates),
            )
            unknown = pl.all_horizontal(pl.col("code", "candidates", "answer", "similar").is_null())
            likely = self._suggestions(found.filter(unknown)["text"])
            return (
                found.join(likely, on="text", how="left")
                .with_columns(similar=pl.coalesce("similar", "alike"))
                .with_columns(
                    fault=pl.when(pl.col("code").is_not_null())
                    .then(None)
                    .when(pl.col("candidates").is_not_null())
                    .then(pl.lit("ambiguous_activity_type"))
                    .when(pl.col("answer").is_not_null())
                    .then(pl.lit("activity_type_open"))
                    .otherwise(pl.lit("unknown_activity_type"))
                )
                .select(
                    "text",
                    "fault",
                    "candidates",
                    *_hints("similar"),
                    "reason_en",
                    "reason_zh",
                    "by_words",
                    value="code",
                )
            )

        return _by_unique(text, resolve)

    def _read(self, unresolved: pl.DataFrame) -> pl.DataFrame:
        """text, read (a type), read_candidates, answer (its kind), reason_en, reason_zh, similar, of texts that the
        catalogue does not settle. Its candidates are narrowed and never replaced."""
        rows = []
        for text, candidates in unresolved.select("text", "candidates").head(READ_TEXTS).iter_rows():
            reading = self.reader.read(text)
            types, answer = reading.types, reading.answer
            if candidates is not None:
                listed = candidates.split(", ")
                if not types or not set(types) <= set(listed):
                    continue
                answer = None
            rows.append(
                (
                    text,
                    types[0] if len(types) == 1 else None,
                    ", ".join(types) if len(types) > 1 else None,
                    answer and answer.kind,
                    answer and answer.reason_en,
                    answer and answer.reason_zh,
                    ", ".join(reading.similar) or None,
                )
            )
        columns = ("text", "read", "read_candidates", "answer", "reason_en", "reason_zh", "similar")
        return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")

    def no_activities(self, text: pl.Series) -> pl.DataFrame:
        """reason_en, reason_zh for each text: why it is no activity, null for what may be one."""
        unique = pl.DataFrame({"text": text.unique()}, schema={"text": pl.String}).drop_nulls()
        unknown = unique.with_columns(key=name_key(pl.col("text"))).join(self.activity_names, on="key", how="anti")
        read = self._read(unknown.with_columns(candidates=pl.lit(None, dtype=pl.String)))
        read = read.filter(pl.col("answer") == "not_counted").select("text", "reason_en", "reason_zh")
        if read.is_empty():
            nothing = pl.Series([None], dtype=pl.String).new_from_index(0, len(text))
            return pl.DataFrame({"reason_en": nothing, "reason_zh": nothing})
        return pl.DataFrame({"text": text}).join(read, on="text", how="left", maintain_order="left").drop("text")

    @cached_property
    def reader(self) -> NameReader:
        """What reads names by words. The words of the catalogue stand behind those of the seeds."""
        tables = self.word_tables
        known = set(self.activity_types["activity_type"])
        derived, meanings = _derived_words(
            self.activity_types, self.gases, [*self.facilities.iter_rows(), *tables.places]
        )
        # A workspace may take a type out of use by its own row, but none of the catalogue is ever absent.
        shipped = [one for one in tables.meanings if set(one.types) <= known]
        words = tables.words | {word: what for word, what in derived.items() if word not in tables.words}
        return NameReader(words, [*shipped, *meanings], tables.answers, tables.simplify)

    def resolve_measure(self, text: pl.Series) -> pl.DataFrame:
        """As `resolve_unit`, and of bottles, drums and bags (瓶(15kg)) the unit of what they hold, with `fill`: how
        much one holds, as text. The litres of a cylinder are its size and no fill of gas."""
        found = self.resolve_unit(text)
        unknown = text.filter(found["fault"] == "unknown_unit").unique()
        held = [one for one in map(self._held, unknown) if one]
        if not held:
            return found.with_columns(fill=pl.lit(None, dtype=pl.String))
        schema = dict.fromkeys(("text", "fill", "held", "held_dimension"), pl.String)
        holds = pl.DataFrame(held, schema=schema, orient="row")
        joined = pl.concat([pl.DataFrame({"text": text}), found], how="horizontal")
        joined = joined.join(holds, on="text", how="left", maintain_order="left")
        return joined.with_columns(
            value=pl.coalesce("held", "value"),
            dimension=pl.coalesce("held_dimension", "dimension"),
            fault=pl.when(pl.col("held").is_not_null())
            .then(None)
            .when(pl.col("text").is_in(holds["text"].implode()))
            .then(pl.lit("fill_not_stated"))
            .otherwise("fault"),
        ).select(*found.columns, "fill")

    def _held(self, text: str) -> tuple[str, str | None, str | None, str | None] | None:
        """text, fill, unit and dimension of a container; the last three are None where it does not say its fill."""
        plain = unicodedata.normalize("NFKC", text).strip()
        return (text, None, None, None) if EMPTY.match(plain) else self._fill(text, FILLED)

    def _fill(self, text: str, forms: Sequence[re.Pattern]) -> tuple[str, str | None, str | None, str | None] | None:
        plain = unicodedata.normalize("NFKC", text).strip()
        for form in forms:
            match = form.search(plain)
            code, dimension = self._measures.get(match[2], (None, None)) if match else (None, None)
            if code:
                is_size = dimension == "volume" and code != "m3" and CYLINDER.search(match[0])
                return (text, None, None, None) if is_size else (text, match[1], code, dimension)
        return None

    def fills_in(self, names: pl.Series) -> pl.DataFrame:
        """name, fill, held, held_dimension of the names that say what a bottle holds: LPG 50公斤瓶."""
        found = [self._fill(name, FILLED_IN_NAME) for name in names.drop_nulls().unique()]
        schema = dict.fromkeys(("name", "fill", "held", "held_dimension"), pl.String)
        return pl.DataFrame([one for one in found if one and one[1]], schema=schema, orient="row")

    @cached_property
    def _measures(self) -> dict[str, tuple[str, str]]:
        """What a fill may be measured in: the key of a unit to its code and dimension."""
        dimensions = self.units.filter(pl.col("dimension").is_in(FILL_DIMENSIONS)).select("unit", "dimension")
        named = self.unit_names.join(dimensions, left_on="code", right_on="unit")
        return {key: (code, dimension) for key, code, dimension in named.select("key", "code", "dimension").iter_rows()}

    def resolve_unit(self, text: pl.Series) -> pl.DataFrame:
        """`value`, `fault`, `dimension`, `hint_en`, `hint_zh` for each text."""
        keys = self.unit_names.with_columns(folded=pl.col("key").str.to_lowercase())
        folded = keys.group_by("folded").agg(pl.col("code").unique().sort().str.join(", ").alias("similar"))

        def namesakes(unknown: pl.Series) -> pl.DataFrame:
            """What is written without saying whose it is: gallons, tons; not a multiple of it, which is another."""
            found = [
                keys.filter(
                    pl.col("folded").str.ends_with(text) & ~pl.col("folded").str.head(-len(text)).str.contains(SCALE)
                )["code"]
                .unique()
                .sort()
                .head(NAMESAKES_SHOWN)
                for text in unknown
            ]
            return pl.DataFrame(
                {"folded": unknown, "namesakes": [", ".join(codes) or None for codes in found]},
                schema={"folded": pl.String, "namesakes": pl.String},
            )

        def resolve(unique: pl.DataFrame) -> pl.DataFrame:
            found = (
                unique.with_columns(key=unit_key(pl.col("text")))
                .join(self.unit_names, on="key", how="left")
                .join(self.units.select("unit", "dimension"), left_on="code", right_on="unit", how="left")
            )
            found = (
                found.join(self._by_calorific_value(found.filter(pl.col("code").is_null())), on="text", how="left")
                .with_columns(pl.coalesce("code", "stated"), pl.coalesce("dimension", "stated_dimension"))
                .drop("stated", "stated_dimension")
                .with_columns(folded=pl.col("key").str.to_lowercase())
                .join(folded, on="folded", how="left")
                .with_columns(fault=pl.when(pl.col("code").is_null()).then(pl.lit("unknown_unit")))
                .with_columns(similar=pl.when(pl.col("fault").is_not_null()).then("similar"))
            )
            alone = pl.col("fault").is_not_null() & pl.col("similar").is_null() & pl.col("folded").str.contains("^.{3}")
            unknown = found.filter(alone)["folded"].unique().head(SUGGESTED_TEXTS)
            return (
                found.join(namesakes(unknown), on="folded", how="left")
                .with_columns(similar=pl.coalesce("similar", "namesakes"))
                .select("text", "fault", "dimension", *_hints("similar"), value="code")
            )

        return _by_unique(text, resolve)

    def _by_calorific_value(self, unknown: pl.DataFrame) -> pl.DataFrame:
        """text, stated, stated_dimension: units of energy with the calorific value behind them, `kWh (gross)`."""
        if unknown.is_empty():
            return pl.DataFrame(schema=dict.fromkeys(("text", "stated", "stated_dimension"), pl.String))
        energy = self.unit_names.join(
            self.units.filter(pl.col("dimension") == "energy").select("unit"), left_on="code", right_on="unit"
        )
        text = pl.col("text").str.normalize("NFKC").str.strip_chars()
        forms = [
            unknown.filter(text.str.contains(pattern)).select(
                "text", key=unit_key(text.str.replace(pattern, "")), basis=pl.lit(basis), place=pl.lit(dimension)
            )
            for pattern, basis, dimension in ((GROSS, "gross", GROSS_ENERGY), (NET, "net", "energy"))
        ]
        return (
            pl.concat(forms)
            .join(energy, on="key", how="inner")
            .unique("text", keep="first", maintain_order=True)
            .select("text", stated=pl.format("{} ({})", "code", "basis"), stated_dimension="place")
        )

    def resolve_currency(self, text: pl.Series) -> pl.DataFrame:
        """`value`, `fault` for each text: ISO 4217 codes and the names of the currencies themselves (元, 人民币)."""

        def resolve(unique: pl.DataFrame) -> pl.DataFrame:
            return (
                unique.with_columns(key=unit_key(pl.col("text")))
                .join(self.unit_names.join(self.currencies, on="code", how="semi"), on="key", how="left")
                .select(
                    "text",
                    value="code",
                    fault=pl.when(pl.col("code").is_null()).then(pl.lit("unknown_currency")),
                )
            )

        return _by_unique(text, resolve)

    def resolve_facility(self, text: pl.Series) -> pl.DataFrame:
        """`value`, `fault`, `hint_en`, `hint_zh` for each text; case matters only between facilities that differ by
        nothing else. A name alone is no facility, because names need not be unique, but it is hinted at."""
        exact = self.facilities.select(exact="facility_id", code="facility_id")
        folded = (
            self.facilities.group_by(folded=pl.col("facility_id").str.normalize("NFKC").str.to_lowercase())
            .agg(pl.col("facility_id").first().alias("similar"), pl.len())
            .filter(pl.col("len") == 1)
            .drop("len")
        )

        def resolve(unique: pl.DataFrame) -> pl.DataFrame:
            found = (
                unique.with_columns(
                    exact=pl.col("text"),
                    folded=pl.col("text").str.normalize("NFKC").str.strip_chars().str.to_lowercase(),
                    key=name_key(pl.col("text")),
                )
                .join(exact, on="exact", how="left")
                .join(folded, on="folded", how="left")
                .join(self.labelled_facilities, on="key", how="left")
                .select("text", value=pl.coalesce("code", "similar", "labelled"))
            )
            unknown = found.filter(pl.col("value").is_null())["text"]
            return found.join(self._similar_facilities(unknown), on="text", how="left").with_columns(
                fault=pl.when(pl.col("value").is_null()).then(pl.lit("unknown_facility"))
            )

        return _by_unique(text, resolve)

    @cached_property
    def currencies(self) -> pl.DataFrame:
        """code: the units that are currencies."""
        is_own_dimension = pl.col("unit") == pl.col("dimension")
        return self.units.filter(is_own_dimension & pl.col("unit").str.contains("^[A-Z]{3}$")).select(code="unit")

    @cached_property
    def spend_types(self) -> pl.DataFrame:
        """activity_type, is_spend: the types that are measured in money."""
        money = self.units.join(self.currencies, left_on="dimension", right_on="code", how="semi").select("unit")
        names = self.unit_names.join(money, left_on="code", right_on="unit", how="semi")
        return (
            self.activity_types.with_columns(key=unit_key(pl.col("canonical_unit")))
            .join(names, on="key", how="semi")
            .select("activity_type", is_spend=pl.lit(True))
        )

    @cached_property
    def labelled_facilities(self) -> pl.DataFrame:
        """key, labelled: facilities written as templates list them, with their name behind the id."""
        return (
            pl.concat(
                [
                    self.facilities.select(key=pl.concat_str("facility_id", name), labelled="facility_id")
                    for name in ("name", "name_zh")
                ]
            )
            .drop_nulls()
            .with_columns(name_key(pl.col("key")))
            .unique("key", keep="first", maintain_order=True)
        )

    @cached_property
    def accepted_units(self) -> pl.DataFrame:
        """activity_type, type_en, type_zh (its names with the code), accepted: the units to name in a message,
        `, `-joined; the one it is kept in comes first."""
        common = pl.col("unit").is_in(COMMON_UNITS) | ~pl.col("unit").is_in(read_seed("units")["unit"].to_list())
        is_shown = pl.when(common.any()).then(common).otherwise(pl.int_range(pl.len()) < UNITS_SHOWN_PER_DIMENSION)
        shown = (
            self.units.sort("position")
            .with_columns(is_shown=is_shown.over("dimension"))
            .group_by("dimension", maintain_order=True)
            .agg(
                pl.col("unit").filter("is_shown"),
                more=pl.when(pl.col("is_shown").all()).then(pl.lit("")).otherwise(pl.lit(" …")).first(),
            )
        )
        kept_in = self.activity_types.select("activity_type", "name_en", "name_zh", kept_in="canonical_unit")
        kept_in = kept_in.join(self.units.select(kept_in="unit", kept_dimension="dimension"), on="kept_in", how="left")
        is_kept = pl.col("dimension") == pl.col("kept_dimension")
        listed = pl.when(is_kept).then(pl.concat_list("kept_in", "unit").list.unique(maintain_order=True))
        always = pl.col("units").filter(~pl.col("enthalpy_only"))
        with_enthalpy = pl.col("units").filter("enthalpy_only").str.join(", ")
        return (
            self.acceptance.join(shown, on="dimension", how="left")
            .join(kept_in, on="activity_type", how="left")
            .with_columns(units=pl.concat_str(listed.otherwise("unit").list.join(", "), "more"))
            .sort("activity_type", is_kept.not_(), "dimension")
            .group_by("activity_type", "name_en", "name_zh", maintain_order=True)
            .agg(always.drop_nulls().str.join(", ").alias("accepted"), with_enthalpy.alias("with_enthalpy"))
            .select(
                "activity_type",
                type_en=pl.format("{} ({})", pl.coalesce("name_en", "activity_type"), "activity_type"),
                type_zh=pl.format("{}（{}）", pl.coalesce("name_zh", "name_en", "activity_type"), "activity_type"),
                accepted=pl.when(pl.col("with_enthalpy") == "")
                .then("accepted")
                .otherwise(
                    pl.format(
                        "{} (temperature_c / enthalpy_kj_per_kg: {})",
                        pl.col("accepted"),
                        pl.col("with_enthalpy"),
                    )
                ),
            )
        )

    @cached_property
    def fuel_types(self) -> list[str]:
        """The activity types that are measured by a calorific value where they are measured by energy."""
        return self.activity_types.filter(pl.col("method") == "fuel_combustion")["activity_type"].to_list()

    @cached_property
    def energy_or_volume(self) -> list[str]:
        """The activity types that are measured by energy as well as by volume."""
        energy, volume = (
            self.acceptance.filter(pl.col("dimension").is_in(dimensions))["activity_type"]
            for dimensions in (["energy"], VOLUME_DIMENSIONS)
        )
        return energy.filter(energy.is_in(volume.implode())).unique().sort().to_list()

    @cached_property
    def facility_list(self) -> str:
        """The facility ids to name in a message."""
        ids = self.facilities["facility_id"].to_list()
        return ", ".join(ids[:FACILITIES_SHOWN]) + (", …" if len(ids) > FACILITIES_SHOWN else "")

    def fingerprint(self) -> str:
        """A hash of everything this vocabulary would answer."""
        digest = hashlib.sha256()
        for frame in (self.activity_names, self.unit_names, self.units, self.acceptance, self.accepted_units):
            digest.update(frame.sort(frame.columns).write_csv().encode())
        digest.update(self.facilities.write_csv().encode())
        if not self.submitters.is_empty():
            digest.update(self.submitters.write_csv().encode())
        digest.update(self.word_tables.bytes())
        return digest.hexdigest()

    def _suggestions(self, unknown: pl.Series) -> pl.DataFrame:
        """text, alike: the types whose names are written alike."""
        if unknown.is_empty():
            return _alike(unknown, {})
        names = self.activity_names.select("key", pl.coalesce("code", "candidates"))
        return _alike(unknown, dict(names.iter_rows()))

    def _similar_facilities(self, unknown: pl.Series) -> pl.DataFrame:
        """Those of that name, else those that are written alike."""
        if unknown.is_empty():
            return _similar(unknown, {})
        columns = [pl.col(name) for name in ("facility_id", "name", "name_zh")]
        names = pl.concat([self.facilities.select("facility_id", key=name_key(column)) for column in columns])
        listed = pl.col("facility_id").unique(maintain_order=True).head(3).str.join(", ")
        by_key = dict(names.drop_nulls().group_by("key", maintain_order=True).agg(listed).iter_rows())
        return _similar(unknown, by_key)


# The vocabulary that was built last: the state of its seeds, the tables of its workspace, and itself.
_LAST: list[tuple[list, dict[str, pl.DataFrame | None], Vocabulary]] = []


def _equal(one: pl.DataFrame | None, other: pl.DataFrame | None) -> bool:
    return one is other or (one is not None and other is not None and one.equals(other))


def _similar(unknown: pl.Series, by_key: Mapping[str, str]) -> pl.DataFrame:
    """text, hint_en, hint_zh: what each text may have been meant to be."""
    return _alike(unknown, by_key).select("text", *_hints("alike"))


def _alike(unknown: pl.Series, by_key: Mapping[str, str]) -> pl.DataFrame:
    """text, alike: what is written like each text."""
    texts = unknown.head(SUGGESTED_TEXTS)
    similar = []
    for key in pl.DataFrame({"text": texts}).select(name_key(pl.col("text")))["text"]:
        cutoff = 0.75 if key.isascii() else 0.6  # Chinese names are short
        matches = [key] if key in by_key else difflib.get_close_matches(key, by_key, n=3, cutoff=cutoff)
        codes = [code for match in matches for code in by_key[match].split(", ")]
        similar.append(", ".join(dict.fromkeys(codes)) or None)
    return pl.DataFrame({"text": texts, "alike": similar}, schema={"text": pl.String, "alike": pl.String})


def _hints(column: str) -> list[pl.Expr]:
    return [
        pl.format(" Did you mean {}?", pl.col(column)).alias("hint_en"),
        pl.format("是否指 {}？", pl.col(column)).alias("hint_zh"),
    ]


def _by_unique(text: pl.Series, resolve) -> pl.DataFrame:
    frame = pl.DataFrame({"text": text})
    unique = frame.filter(pl.col("text").is_not_null()).unique()
    return frame.join(resolve(unique), on="text", how="left", maintain_order="left").drop("text")


def _as_text(own: pl.DataFrame | None, columns: list[str]) -> pl.DataFrame:
    if own is None:
        return pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
    return own.select(
        (pl.col(name) if name in own.columns else pl.lit(None)).cast(pl.String).alias(name) for name in columns
    )


def _unit_names(units: pl.DataFrame) -> pl.DataFrame:
    codes = units.select(key=unit_key(pl.col("unit")), code="unit", tier=pl.lit(0))
    aliases = (
        units.select(key=pl.col("aliases").str.split(";"), code="unit", tier=pl.lit(1))
        .explode("key")
        .with_columns(key=unit_key(pl.col("key")))
    )
    return _first_tier(pl.concat([codes, aliases])).filter(pl.col("code").is_not_null()).select("key", "code")


def _with_known_gases(own: pl.DataFrame, column: str, gwp: pl.DataFrame, blends: pl.DataFrame) -> pl.DataFrame:
    """The table with the shared name of each gas or blend, by another spelling (R410A, R-410a) or by a formula that one
    gas alone has, as the dbt macro `known_gases` has it."""

    def key(name: str) -> pl.Expr:
        return name_key(pl.col(name))

    formulas = gwp.drop_nulls("formula").filter(pl.col("gas").n_unique().over(key("formula")) == 1)
    known = pl.concat(
        [
            pl.concat([gwp.select("gas"), blends.select(gas="blend")]).sort("gas").select(key=key("gas"), known="gas"),
            formulas.select(key=key("formula"), known="gas"),
        ]
    ).unique("key", keep="first", maintain_order=True)
    return (
        own.with_columns(key=key(column))
        .join(known, on="key", how="left", maintain_order="left")
        .with_columns(pl.coalesce("known", column).alias(column))
        .select(own.columns)
    )


def _gases(gwp: pl.DataFrame, blends: pl.DataFrame) -> pl.DataFrame:
    """gas, formula, number: every gas and blend once."""
    formulas = gwp.filter(pl.col("formula").is_not_null()).select("gas", "formula").unique("gas", keep="first")
    formulas = formulas.filter(pl.len().over("formula") == 1)
    # A refrigerant number (R-32, R410A) names what leaks from cooling, never a process gas.
    number = pl.coalesce(
        pl.col("gas").str.extract(r"^(?:HFC|HCFC|CFC|PFC|HFO)-(\d\w*)$"), pl.col("gas").str.extract(r"^R-?(\d\w*)$")
    )
    gases = pl.concat([gwp.select("gas"), blends.select(gas="blend")]).drop_nulls().unique().sort("gas")
    return gases.join(formulas, on="gas", how="left", maintain_order="left").with_columns(number=number)


def _aliases(own: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """name, activity_type: the answers of the workspace that name a type, the first of a name."""
    return (
        own.drop_nulls()
        .with_columns(key=name_key(pl.col("activity_type")))
        .join(names.drop_nulls("code"), on="key", how="inner", maintain_order="left")
        .select("name", activity_type="code")
        .unique("name", keep="first", maintain_order=True)
    )


def _with_aliases(names: pl.DataFrame, aliases: pl.DataFrame, types: pl.DataFrame) -> pl.DataFrame:
    """The names with the answers of the workspace over them; a code always means itself."""
    codes = types.select(key=name_key(pl.col("activity_type")))
    own = (
        aliases.select(key=name_key(pl.col("name")), code="activity_type", candidates="activity_type")
        .unique("key", keep="first", maintain_order=True)
        .join(codes, on="key", how="anti")
    )
    return pl.concat([own, names.join(own, on="key", how="anti")]).sort("key")


def _derived_words(
    types: pl.DataFrame, gases: pl.DataFrame, places: Iterable[Sequence[str | None]]
) -> tuple[dict[str, Word], list[Meaning]]:
    """The words and meanings that the catalogue brings along: fuels by use, gases by how they get out, every other type
    by its names, and facilities and countries, which say nothing about the activity."""
    words: dict[str, Word] = {}
    meanings: list[Meaning] = []

    def mean(tags: set[str], codes: Sequence[str], of_class: str | None = None) -> None:
        if codes:
            meanings.append(Meaning(frozenset(tags), tuple(codes), of_class=of_class))

    def call(spelling: str | None, *tags: str, kind: str = "substance") -> None:
        if spelling:
            words.setdefault(spelling, Word(kind, frozenset(tags)))

    for row in places:
        for name in row:
            call(name, kind="place")
    named = types.select("activity_type", "name_en", "name_zh", "source_class", "method", "fuel", "gas", "aliases")
    by_fuel: dict[str, dict[str, list[str]]] = {}
    for code, en, zh, source_class, method, fuel, gas, aliases in named.iter_rows():
        spellings = [zh, en, *(aliases or "").split(";")]
        if method == "fuel_combustion" and fuel:
            use = "mobile" if "mobile" in (source_class or "") else "stationary"
            by_fuel.setdefault(fuel, {}).setdefault(use, []).append(code)
            call(fuel, fuel)
            call((en or "").split(",")[0], fuel)
            call(BRACKETED.sub("", zh or ""), fuel)
        elif method != "gas_release" or not gas:
            for spelling in (code, *spellings):
                if len(spelling or "") > 1:
                    call(spelling, code)
            mean({code}, [code], f"any_{source_class}")
    for fuel, uses in by_fuel.items():
        every = [code for codes in uses.values() for code in codes]
        mean({fuel}, every, "any_fuel")
        # Diesel of the grade for vehicles in a generator.
        mean({fuel, "mobile", "stationary"}, every)
        for use, codes in uses.items():
            mean({fuel, use}, codes)
    codes = set(types["activity_type"])
    slugs = gases.select("gas", "formula", "number", slug=gas_slug(pl.col("gas")))
    for gas, formula, number, slug in slugs.iter_rows():
        fugitive, process = ([code] if code in codes else [] for code in (f"fugitive_{slug}", f"process_{slug}"))
        call(f"R{number}" if number else None, gas, "release")
        if number and not number.isdigit():
            call(number, gas, "release")
        call(gas, gas)
        call(formula, gas)
        mean({gas}, fugitive + process, "any_ghg")
        mean({gas, "process"}, process)
        mean({gas, "release"}, fugitive)
        mean({gas, "topup"}, fugitive)
        # What goes along with a gas and is none itself does not count; of what carries it in the process, the
        # quantity may be meant.
        mean({gas, "no_greenhouse_gas"}, fugitive + process)
        mean({gas, "no_greenhouse_gas", "process"}, process)
        mean({gas, "oxygen", "process"}, [*process, "oxygen"])
    return words, meanings


def _activity_types(declared: pl.DataFrame, gases: pl.DataFrame, unit_names: pl.DataFrame) -> pl.DataFrame:
    gas = gases.select("gas", "number")
    derived = pl.concat(
        [
            gas.select(
                activity_type=pl.concat_str(pl.lit(f"{source_class}_"), gas_slug(pl.col("gas"))),
                name_en=pl.concat_str(pl.lit(f"{en} "), "gas"),
                name_zh=pl.concat_str(pl.lit(f"{zh} "), "gas"),
                source_class=pl.lit(source_class),
                method=pl.lit("gas_release"),
                canonical_unit=pl.lit("kg"),
                fuel=pl.lit(None, dtype=pl.String),
                gas="gas",
                carrier_class=pl.lit(None, dtype=pl.String),
                aliases=pl.format(
                    "R-{};fugitive_r{};Fugitive R-{};Refrigerant R-{};逸散 R-{};制冷剂 R-{}", *["number"] * 6
                )
                if source_class == "fugitive"
                else pl.lit(None, dtype=pl.String),
            )
            for source_class, en, zh in (("fugitive", "Fugitive", "逸散"), ("process", "Process", "过程"))
        ]
    )
    types = pl.concat([declared.select(ACTIVITY_TYPE_COLUMNS), derived.join(declared, on="activity_type", how="anti")])
    return (
        types.with_columns(key=unit_key(pl.col("canonical_unit")))
        .join(unit_names, on="key", how="left", maintain_order="left")
        .with_columns(canonical_unit=pl.coalesce("code", "canonical_unit"))
        .select(ACTIVITY_TYPE_COLUMNS)
        .unique("activity_type", keep="first", maintain_order=True)
    )


def _activity_names(types: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    code = pl.col("activity_type").alias("code")
    # What the workspace calls its own types comes before what the shared ones are called.
    tier = pl.when(pl.col("activity_type").is_in(own["activity_type"].to_list())).then(1).otherwise(2).alias("tier")
    names = [types.select(pl.col("activity_type").alias("key"), code, tier=pl.lit(0))]
    names += [types.select(pl.col(column).alias("key"), code, tier) for column in ("name_en", "name_zh")]
    names.append(types.select(pl.col("aliases").str.split(";").alias("key"), code, tier).explode("key"))
    # As templates list them: the code with its name behind it.
    labels = [pl.concat_str("activity_type", name).alias("key") for name in ("name_en", "name_zh")]
    names += [types.select(label, code, tier) for label in labels]
    # What people write without saying where it was burnt or how it got out: several types, so that the message can
    # list them.
    fuels = types.filter(pl.col("fuel").is_not_null())
    # The gas of a factor only says whose methane it is.
    gases = types.filter(pl.col("gas").is_not_null() & (pl.col("method") != "emission_factor"))
    bare = [
        fuels.select(pl.col("fuel").alias("key"), code),
        fuels.select(pl.col("name_en").str.split(",").list.first().alias("key"), code),
        fuels.select(pl.col("name_zh").str.replace(r"[（(].*$", "").alias("key"), code),
        gases.select(pl.col("gas").alias("key"), code),
    ]
    names += [frame.with_columns(tier=pl.lit(3)) for frame in bare]
    return _first_tier(pl.concat(names).with_columns(key=name_key(pl.col("key"))))


def _first_tier(names: pl.DataFrame) -> pl.DataFrame:
    """key, code (null where the best tier names several), candidates."""
    return (
        names.filter(pl.col("key").is_not_null() & (pl.col("key") != ""))
        .filter(pl.col("tier") == pl.col("tier").min().over("key"))
        .group_by("key")
        .agg(pl.col("code").unique().sort())
        .select(
            "key",
            code=pl.when(pl.col("code").list.len() == 1).then(pl.col("code").list.first()),
            candidates=pl.col("code").list.join(", "),
        )
        .sort("key")
    )


def _acceptance(
    types: pl.DataFrame,
    units: pl.DataFrame,
    unit_names: pl.DataFrame,
    *,
    factors: pl.DataFrame,
    properties: pl.DataFrame,
    densities: pl.DataFrame,
) -> pl.DataFrame:
    dimension_of = unit_names.join(units.select("unit", "dimension"), left_on="code", right_on="unit").drop("code")

    def dimension(frame: pl.DataFrame, column: str) -> pl.DataFrame:
        return frame.with_columns(key=unit_key(pl.col(column))).join(dimension_of, on="key", how="inner")

    def ratio(frame: pl.DataFrame, column: str) -> pl.DataFrame:
        parts = frame.with_columns(part=pl.col(column).str.split("/")).explode("part")
        return dimension(parts, "part").select("fuel", "dimension").unique()

    fuels = types.filter(pl.col("fuel").is_not_null()).select("activity_type", "fuel")
    own = dimension(types, "canonical_unit").select("activity_type", "dimension")
    direct = pl.concat(
        [
            own,
            dimension(factors, "per_unit")
            .select("activity_type", "dimension")
            .join(types, on="activity_type", how="semi"),
            fuels.join(ratio(properties, "ncv_unit"), on="fuel").select("activity_type", "dimension"),
        ]
    ).unique(maintain_order=True)
    weighed = fuels.join(ratio(densities, "density_unit"), on="fuel").select("activity_type", "dimension")
    bridged = pl.concat(
        [
            direct,
            weighed.join(
                direct.filter(pl.col("dimension").is_in(["mass", *VOLUME_DIMENSIONS])),
                on="activity_type",
                how="semi",
            ),
        ]
    ).unique(maintain_order=True)
    gaseous = types.filter(
        (pl.col("carrier_class") == "gas")
        | pl.col("activity_type").is_in(own.filter(pl.col("dimension") == "normal_volume")["activity_type"].to_list())
    )
    volumes = (
        bridged.filter(pl.col("dimension").is_in(VOLUME_DIMENSIONS))
        .join(gaseous, on="activity_type", how="semi")
        .select("activity_type", dimension=pl.lit(list(VOLUME_DIMENSIONS)))
        .explode("dimension")
    )
    # What a type states in CO2e may be weighed in tonnes or in tonnes of CO2 equivalent.
    stated = types.filter((pl.col("method") == "direct") & pl.col("gas").is_null()).select(
        "activity_type", dimension=pl.lit(["mass", "co2e"])
    )
    always = pl.concat([bridged, volumes, stated.explode("dimension")]).unique(maintain_order=True)
    always = always.with_columns(enthalpy_only=pl.lit(False))
    heat = types.filter(pl.col("method") == "heat").select(
        "activity_type", dimension=pl.lit("mass"), enthalpy_only=pl.lit(True)
    )
    return pl.concat([always, heat.join(always, on=["activity_type", "dimension"], how="anti")])
