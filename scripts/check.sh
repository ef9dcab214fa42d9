#!/usr/bin/env bash
# What CI runs: format, lint, layers, types, known faults of packages, infrastructure, tests. Stops at the first that fails.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin
step() { printf '\n== %s\n' "$1"; shift; "$@"; }
step "format" $bin/ruff format --check .
step "lint" $bin/ruff check .
step "layers" $bin/lint-imports --no-cache
step "types" $bin/mypy
step "known faults of packages" $bin/python scripts/audit.py
step "infrastructure" scripts/check_infra.sh
step "tests" scripts/test.sh "$@"
