#!/usr/bin/env bash
# All tests, several local Azures side by side; then the check of all their traffic, which has to come last.
#   test.sh [PYTEST OPTIONS]
set -euo pipefail
cd "$(dirname "$0")/.."
pytest=(.venv/bin/python -m pytest)
if [ -z "${TRAFFIC_DIR:-}" ]; then
  TRAFFIC_DIR=$(mktemp -d -t unkeyed-traffic-XXXXXX)
  trap 'rm -rf "$TRAFFIC_DIR"' EXIT
  export TRAFFIC_DIR
fi
last=tests/e2e/test_conformance.py
"${pytest[@]}" --numprocesses auto --maxprocesses 4 --dist loadfile --ignore "$last" "$@"
"${pytest[@]}" "$last" "$@"
