# Each target installs what it needs, from nothing but Node.js (20.19 or newer), npm and make.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo test newest bun check bench build clean

help: ## list the targets
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

demo: build ## see it work
	@if [[ -f scripts/demo.sh ]]; then bash scripts/demo.sh; else echo 'scripts/demo.sh does not exist yet' >&2; exit 1; fi

test: build ## every test; TEST_GROUPS="unit golden" for some of them, NETWRIGHT_FUZZ=full for all generated cases
	bash scripts/setup.sh test
	node scripts/test.mjs $(TEST_GROUPS)

newest: node_modules/.package-lock.json ## the tests of bytes and of system calls, on the newest Node.js
	bash scripts/setup.sh test
	bash scripts/newest.sh $(ARGS)

bun: build ## the tests of bytes, system calls, threads and processes, with Bun (ADR 52)
	bash scripts/setup.sh test
	bash scripts/bun.sh $(ARGS)

check: node_modules/.package-lock.json ## format, lint, types, layers, unused code
	npm run --silent check

bench: build ## the benchmarks; ARGS="..." is passed on
	bash scripts/setup.sh bench
	node_modules/.bin/tsc -p tsconfig.json
	node build/bench/run.js $(ARGS)

build: node_modules/.package-lock.json ## the library and the command line, in dist/
	npm run --silent build

clean: ## remove what the other targets made
	rm -rf dist build bench/build node_modules

node_modules/.package-lock.json: package-lock.json
	npm ci
	@touch $@
