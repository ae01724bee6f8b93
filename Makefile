# Two commands on a fresh machine: `make run` and `make test`. The logic lives in ci/*.sh.
SHELL := bash
PROFILE ?= release
FILES ?=

.PHONY: help run test test-slow fuzz mutants bench fmt lint lint-all advisories docs check-docs clean
.DEFAULT_GOAL := help

help: ## Say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## Build, read this machine and FILES="a.csv dir …", say what was found (no account, no network)
	@ci/install.sh run
	@cargo build --locked --profile $(PROFILE) --package countersign
	@PROFILE=$(PROFILE) ci/run.sh $(FILES)

test: ## Install what the tests need and run all of them; what CI runs
	@ci/test.sh

test-slow: ## Tests with programs that are dear to build or install (ignored by `make test`)
	@ci/test.sh install agents slow

fuzz: ## Fuzz every parser of foreign input for FUZZ_SECONDS each (default 600)
	@FUZZ_SECONDS_EACH=$${FUZZ_SECONDS:-600} ci/test.sh install fuzz

mutants: ## Change the judging code line by line and see whether a test notices; ARGS="--shard 0/8"
	@ci/install.sh mutants
	@nice -n 10 cargo mutants --package countersign-posture --output target $(ARGS)

bench: ## Timed comparisons; ARGS="…" goes to the benchmark program
	@cargo run --locked --release --package countersign-benches -- $(ARGS)

fmt: ## Format the code
	@cargo fmt --all

lint: ## The cheap stages: format, rules of the house, clippy, rustdoc
	@ci/test.sh tools fmt tidy clippy rustdoc

lint-all: lint ## `lint` and cargo-deny over all features and targets (builds cargo-deny once)
	@ci/install.sh deny
	@ci/deny.sh check licenses bans sources

advisories: ## Known vulnerabilities in dependencies (needs the network: clones the advisory database)
	@ci/install.sh deny
	@ci/deny.sh check advisories

docs: ## Write the pages made from code
	@ci/docs.sh

check-docs: ## Fail when a generated page differs from the code
	@ci/test.sh docs

clean: ## Remove what was built here; caches outside the checkout stay
	@rm -rf target fuzz/target fuzz/artifacts fuzz/coverage
