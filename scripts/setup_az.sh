#!/usr/bin/env bash
# Installs the Azure CLI into an environment of its own, for the tests that drive the local Azure with it.
set -euo pipefail
cd "$(dirname "$0")/.."
want=$(cksum < scripts/az.in)
if [ -f .local/az-cli/.unkeyed ] && [ "$(cat .local/az-cli/.unkeyed)" = "$want" ]; then exit 0; fi
echo "setting up: the Azure CLI"
.local/tools/bin/uv venv --quiet --clear --python 3.13 .local/az-cli
UV_COMPILE_BYTECODE=1 .local/tools/bin/uv pip install --quiet --python .local/az-cli/bin/python --requirement scripts/az.in
echo "$want" > .local/az-cli/.unkeyed
