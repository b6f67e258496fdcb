# The only commands to remember. Each does its own set-up.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

WEB_FILES := $(shell find web -type f -not -path '*/node_modules/*' -not -path 'web/dist/*' 2>/dev/null)
DENY := $(shell command -v cargo-deny || echo target/tools/bin/cargo-deny)

.PHONY: help run test check format wire bench soak measuring release

help: ## this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /make \1\t/' | expand -t 16

run: web/dist/.built ## starts the demo hall on http://127.0.0.1:8080; LAN=1: on this machine's own address, with HTTPS (LAN=<address> names one); BUILT=<program> compiles none
	exec $(or $(BUILT),cargo run --bin yunyiban --) serve --demo $(if $(LAN),--lan $(filter-out 1,$(LAN)))

test: web/dist/.built ## every test
	deploy/scripts/set-up-tests
	deploy/scripts/rust-tests
	cd web && npm test
	$(if $(wildcard tests/browser/run),deploy/scripts/browser-tests)

check: web/node_modules/.installed $(DENY) ## format, lints, types, dependencies
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	# As it ships: what the tests compile beside it has features of theirs.
	cargo check --bin yunyiban
	CARGO_TARGET_DIR=target/load cargo clippy --quiet --locked --no-default-features --manifest-path tests/load/Cargo.toml -- -D warnings
	cd web && npm run check
	cd tests/browser && ../../web/node_modules/.bin/eslint .
	CARGO_DENY=$(DENY) deploy/scripts/check-dependencies

format: web/node_modules/.installed ## rewrites the format
	cargo fmt --all
	cd web && npm run format

wire: ## writes web/protocol/generated/wire.ts from server/protocol
	UPDATE_WIRE=1 cargo test -p yunyiban-protocol generated_types_are_current

# Standard output is for the figures alone: what is built before them, and how, stands on standard error.
bench: measuring release ## measures; one JSON object a line
	@tests/load/bench

soak: measuring release ## the long runs; one JSON object a line, each with its budget
	@tests/load/soak

# What is missing is said before anything is built.
measuring:
	@deploy/scripts/set-up-tests measuring >&2

release: web/dist/.built ## one stripped binary with the web inside: target/release/yunyiban
	@cargo build --release --bin yunyiban
	@ls -lh target/release/yunyiban >&2

web/node_modules/.installed: web/package-lock.json
	@cd web && npm ci --no-audit --no-fund >&2
	@touch $@

web/dist/.built: web/node_modules/.installed $(WEB_FILES)
	@cd web && npm run build >&2
	@touch $@

target/tools/bin/cargo-deny:
	cargo install cargo-deny@0.20.2 --locked --debug --root target/tools --target-dir target/tools/build
	@rm -rf target/tools/build
