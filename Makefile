# Targets of everyday work; each installs the locked environment first when it has changed.
#   make run                                     compute the examples and print their results
#   make ui WORKSPACE=examples/ja-solar          the Dagster UI of a workspace
#   make bench ROWS="100000 1000000"             what runs of that many rows cost, into docs/performance.md
#   make test | make lint | make docs | make clean
#   make test-spark | make spark-cluster         the second engine (Java 17): its tests; the examples on a cluster, a worker of which is killed

PYTHON ?= python3
WORKSPACE ?= examples/sangle-2019
ROWS ?= 100000 1000000 10000000
EXAMPLES := examples/sangle-2019 examples/ja-solar

VENV := .venv
BENCH := .venv-bench
SPARK := .venv-spark
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := run
.PHONY: run ui test test-spark spark-cluster lint docs bench clean lock

$(INSTALLED): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q orchestration data_contracts
	touch $@

run: $(INSTALLED)
	$(BIN)/python examples/generate_ja_solar.py
	@set -e; for workspace in $(EXAMPLES); do \
		echo "=== $$workspace"; $(BIN)/helioledger run --workspace $$workspace; echo; \
	done
	$(BIN)/helioledger report --workspace examples/sangle-2019 --year 2019
	$(BIN)/helioledger report --workspace examples/ja-solar --year 2023
	$(BIN)/helioledger report --workspace examples/ja-solar --year 2025

ui: $(INSTALLED)
	$(BIN)/helioledger ui --workspace $(WORKSPACE)

test: $(INSTALLED)
	$(BIN)/python -m pytest --numprocesses 2 --dist loadscope --no-loadscope-reorder

# The environment of requirements-spark.lock: the product's own with Spark beside it.
$(SPARK)/.installed: requirements-spark.lock pyproject.toml
	$(PYTHON) -m venv $(SPARK)
	$(SPARK)/bin/python -m pip install --quiet --requirement requirements-spark.lock
	$(SPARK)/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

# `make test` leaves them out: each starts Java.
test-spark: $(SPARK)/.installed
	HELIOLEDGER_SPARK_IS_TESTED=yes $(SPARK)/bin/python -m pytest -m spark tests/orchestration/test_spark.py tests/pipeline/test_spark.py

spark-cluster: $(SPARK)/.installed
	$(SPARK)/bin/python benchmarks/spark_cluster.py $(EXAMPLES)

# Beside the product's own environment, which is locked and holds neither pandas nor pyarrow.
$(BENCH)/.installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(BENCH)
	$(BENCH)/bin/python -m pip install --quiet --requirement requirements.lock
	$(BENCH)/bin/python -m pip install --quiet --no-build-isolation --editable '.[bench]'
	touch $@

bench: $(BENCH)/.installed
	$(BENCH)/bin/python benchmarks/bench.py --rows $(ROWS) --write

lint: $(INSTALLED)
	$(BIN)/ruff check .

# The pages and the picture of the asset graph that tests compare with the code.
docs: $(INSTALLED)
	$(BIN)/python -m data_contracts.answers.documentation
	$(BIN)/python -m tests.contracts.corpus
	$(BIN)/python -m tests.pipeline.field
	$(BIN)/python -m tests.contracts.seed_values
	$(BIN)/python -m orchestration.dictionary
	PYTHONPATH=. $(BIN)/python -W ignore tests/orchestration/asset_graph.py

# The versions that requirements.lock fixes, for every Python that pyproject.toml allows; and with the same versions those
# of the environment that computes in Spark too.
LOCKED := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
	--no-strip-extras --quiet
lock:
	uv pip compile pyproject.toml --extra test $(LOCKED) --output-file requirements.lock
	uv pip compile pyproject.toml --extra test --extra spark --constraint requirements.lock $(LOCKED) \
		--output-file requirements-spark.lock

clean:
	rm -rf $(VENV) $(BENCH) $(SPARK) *.egg-info .pytest_cache .ruff_cache .hypothesis examples/*/warehouse
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
