# SPDX-License-Identifier: Apache-2.0
# The front door: verbs only. What a verb does lives beside its flow (CMake, setup.sh, synth/, ...).
# Options: JOBS=2 (parallel jobs), TEST=name and ARGS=... (sim), PLAN=file and OUT=file (report).

JOBS ?= 2
BUILD := build
PLAN ?= $(BUILD)/demo/plan.json
OUT ?= $(BUILD)/report.html
CXX_FILES = $(shell find golden verif -name '*.cpp' -o -name '*.hpp')

# A verb whose flow is not written yet says so and fails: it never pretends.
flow = @if [ -x $(1) ]; then $(1) $(ARGS); else \
  echo "make $@: no such flow yet ($(1) does not exist)" >&2; exit 1; fi

# On a terminal: steps done, rate and seconds so far; in a log: one line.
ninja = @echo "building $(or $(1),everything) in $(BUILD)/ (minutes the first time)" >&2; \
  [ -t 1 ] || quiet=--quiet; \
  NINJA_STATUS='[%f/%t, %o/s, %e s] ' ninja -C $(BUILD) -j$(JOBS) $$quiet $(1)

.DEFAULT_GOAL := help
.PHONY: help setup setup-train ready configure build lint sim synth energy fpga formal bench test regress \
  report demo clean

help: ## list the verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

setup: ## install what test and demo need; the other verbs install what else they need
	@./setup.sh
	@echo "setup: complete"

setup-train: ## also install PyTorch, to train the networks in golden/models
	@./setup.sh train

# Every verb starts here: a check of 0.3 s that sees a package removed behind a stamp's back.
ready:
	@./setup.sh

configure: ready
	@mkdir -p $(BUILD)
	@cmake -S . -B $(BUILD) -G Ninja $(CMAKE_ARGS) > $(BUILD)/configure.log 2>&1 || \
	  { cat $(BUILD)/configure.log; exit 1; }

build: configure
	$(call ninja,)

test: build ## build everything and run every test; closes with "N passed, N failed"
	@.venv/bin/python cmake/run_tests.py $(BUILD) -j$(JOBS) $(ARGS)

demo: configure ## MNIST: search, run on the Verilated hardware, report in build/demo/
	$(call ninja,tally)
	$(call flow,golden/cli/demo.sh)

report: build ## make OUT=report.html from PLAN=plan.json
	$(BUILD)/tally report $(PLAN) -o $(OUT)

sim: build ## run one testbench: make sim TEST=test_tally_fma ARGS="..."
	@[ -n "$(TEST)" ] || { echo "make sim: name a testbench, TEST=one of:"; ls verif golden/tests \
	  2>/dev/null | sed -n 's/^\(test_.*\)\.cpp$$/  \1/p'; exit 1; } >&2
	@$$(find $(BUILD) -type f -executable -name "$(TEST)" | grep . || echo false) $(ARGS)

lint: ready ## Verilator -Wall, verible, clang-format; TIDY=1 adds clang-tidy (minutes)
	@./setup.sh lint
	@rtl/lint.sh
	@clang-format --dry-run --Werror $(CXX_FILES)
	@[ -z "$(TIDY)" ] || { $(MAKE) --no-print-directory build && \
	  run-clang-tidy -quiet -j$(JOBS) -p $(BUILD) '^$(CURDIR)/(golden|verif)/'; }

synth: ready ## synthesize the RTL with Yosys and slang, compare the netlist with the RTL
	$(call flow,synth/run.sh)

energy: configure ## picojoules of a multiply-equivalent from gate-level simulation
	$(call ninja,tally)
	$(call flow,synth/energy.sh)

fpga: ready ## build a bitstream: BOARD=ulx3s, or another of fpga/boards
	@./setup.sh fpga
	$(call flow,fpga/run.sh)

formal: ready ## prove the properties in verif/formal
	$(call flow,verif/formal/run.sh)

bench: ready ## measure speed
	@./setup.sh bench
	@$(MAKE) --no-print-directory build
	$(call flow,golden/bench/run.sh)

regress: ready ## long tests, coverage and mutation of the RTL
	$(call flow,verif/regress.sh)

clean: ## remove what the build made (.venv and data/ stay)
	rm -rf $(BUILD)
