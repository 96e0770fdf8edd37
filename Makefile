# Two commands do everything: `make show` and `make test`. The rest is for those who change the code.
# Options go through: make show ARGS="--port 8080", make test ARGS="-k journal", PYTHON=python3.12 make show.
SHELL := bash
PYTHON ?= python3
ARGS ?=
BIN := .venv/bin
export PYTHON

.PHONY: show demo doctor test check bench soak test-webkit lock web clean

show: ; @bash .ci/setup run && exec $(BIN)/houselights show $(ARGS)
demo: ; @bash .ci/setup run && exec $(BIN)/houselights demo $(ARGS)
doctor: ; @bash .ci/setup run && exec $(BIN)/houselights doctor $(ARGS)
test: ; @bash .ci/setup test && exec bash .ci/test $(ARGS)
check: ; @bash .ci/setup check && exec bash .ci/check
bench: ; @bash .ci/setup bench && exec $(BIN)/python -m tests.benchmarks $(ARGS)
soak: ; @bash .ci/setup test && exec $(BIN)/python -m pytest -m soak $(ARGS)
test-webkit: ; @bash .ci/setup webkit && exec bash .ci/webkit $(ARGS)
lock: ; @bash .ci/lock
web: ; @bash .ci/setup run
clean: ; rm -rf .venv .bench-venv web/node_modules web/static build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
