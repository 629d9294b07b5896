# SPDX-License-Identifier: GPL-3.0-only
# Every target does its own setting up: on a fresh Debian 12 machine `make demo` and `make test` are enough.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo test bench fuzz lint fmt setup

help: ## Say what there is
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 10
	@echo
	@echo 'CARGO_TARGET_DIR   where builds go; default: doorstep/target in the cache folder of the user'
	@echo 'FUZZ_SECONDS=600   how long `make fuzz` tries each decoder'

demo: ## Build the program and show it: a window, or without a display one picture of each screen
	@.ci/setup build demo
	@.ci/demo

test: ## Check everything: form, lints, tests, documents, licences, a short fuzz run
	@.ci/setup build test
	@.ci/test

bench: ## Measure the numbers of ARCHITECTURE.md beside Chromium and plain SQLite: table and JSON
	@.ci/setup build bench
	@.ci/bench

fuzz: ## Try every decoder with made-up input, FUZZ_SECONDS each (default 60)
	@.ci/setup build
	@.ci/fuzz $(or $(FUZZ_SECONDS),60)

lint: ## Form and lints only
	@.ci/setup build
	@.ci/lint

fmt: ## Put the Rust files into form
	@. .ci/env && cargo fmt --all && cargo fmt --manifest-path fuzz/Cargo.toml && cargo fmt --manifest-path benches/harness/Cargo.toml

setup: ## Install the system packages and tools that all of the above need
	@.ci/setup build demo test bench
	@.ci/deny --install-only
