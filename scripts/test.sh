#!/usr/bin/env bash
# All tests, several local Azures side by side; then what looks at all they did, which has to come last.
#   test.sh [PYTEST OPTIONS]
set -euo pipefail
cd "$(dirname "$0")/.."
pytest=(.venv/bin/python -m pytest)
if [ -z "${TRAFFIC_DIR:-}" ]; then
  TRAFFIC_DIR=$(mktemp -d -t unkeyed-traffic-XXXXXX)
  trap 'rm -rf "$TRAFFIC_DIR"' EXIT
  export TRAFFIC_DIR
fi
last=(tests/infra/test_usage.py tests/e2e/test_conformance.py)
# In the order of their names: sorted by how many tests they have, the slowest files, of one test each, would come last and alone
order=(--dist loadfile --no-loadscope-reorder)
# Most tests wait rather than work: one more at a time than there are cores, each worker with a local Azure of its own
workers=$(($(nproc) < 4 ? $(nproc) + 1 : 4))
"${pytest[@]}" --numprocesses "$workers" "${order[@]}" "${last[@]/#/--ignore=}" "$@"
"${pytest[@]}" "${last[@]}" "$@"
