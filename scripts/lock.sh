#!/usr/bin/env bash
# Compiles the three requirement files from their sources, with hashes and without the address of any registry.
#   lock.sh [DIRECTORY]   writes below DIRECTORY (default: this repository), so that a test can compare
set -euo pipefail
cd "$(dirname "$0")/.."
out=${1:-.}
uv=.local/tools/bin/uv
lock() {
  "$uv" pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.13 "$@"
}
mkdir -p "$out/scripts"
lock scripts/uv.in --output-file "$out/scripts/uv.txt"
lock pyproject.toml --output-file "$out/requirements.txt"
lock pyproject.toml --group dev --output-file "$out/requirements-dev.txt"
