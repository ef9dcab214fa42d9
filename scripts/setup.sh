#!/usr/bin/env bash
# Makes the environment the other commands run in: .venv (Python 3.13, hashed requirements) and node_modules (Azurite).
# Does nothing, quickly, where both already match their lock files.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() { printf 'unkeyed needs %s\n' "$1" >&2; exit 1; }
fingerprint() { cat "$@" | cksum; }
done_before() { [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]; }

tools() {
  command -v python3.13 >/dev/null && python3.13 -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))' 2>/dev/null \
    || fail "Python 3.13 on the PATH, as python3.13 (https://www.python.org/downloads/)"
  echo "setting up: the package installer"
  python3.13 -m venv .local/tools || fail "the venv module of Python 3.13 (Debian and Ubuntu: apt install python3.13-venv)"
  .local/tools/bin/pip install --quiet --require-hashes --requirement scripts/uv.txt
}

python_packages() {
  want=$(fingerprint requirements-dev.txt scripts/uv.txt .python-version)
  if done_before .venv/.unkeyed "$want"; then return; fi
  tools
  echo "setting up: Python packages"
  .local/tools/bin/uv venv --quiet --clear --python 3.13 .venv
  UV_COMPILE_BYTECODE=1 .local/tools/bin/uv pip sync --quiet --require-hashes --python .venv/bin/python requirements-dev.txt
  echo "$want" > .venv/.unkeyed
}

node_packages() {
  want=$(fingerprint package-lock.json)
  if done_before node_modules/.unkeyed "$want"; then return; fi
  { command -v node && command -v npm; } >/dev/null || fail "Node 18 or later with npm, for the storage emulator (https://nodejs.org)"
  echo "setting up: Azurite, the storage emulator"
  npm ci --silent --no-audit --no-fund
  echo "$want" > node_modules/.unkeyed
}

mkdir -p .local
python_packages &
packages=$!
node_packages
wait "$packages"
