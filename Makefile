# Two commands do everything: `make show` and `make test`. The rest is for those who change the code.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin

.PHONY: show test check bench demo soak lock web clean

show: ; @bash .ci/setup run && exec $(BIN)/houselights show
demo: ; @bash .ci/setup run && exec $(BIN)/houselights demo
test: ; @bash .ci/setup test && bash .ci/test
check: ; @bash .ci/setup check && bash .ci/check
