#!/usr/bin/env bash
# Makes the environment the other commands run in: .venv (Python 3.13, hashed requirements) and node_modules (Azurite).
# Does nothing, quickly, where both already match their lock files.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() { printf 'unkeyed needs %s\n' "$1" >&2; missing=1; }
fingerprint() { cat "$@" | cksum; }
done_before() { [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]; }
is_python_313() { python3.13 -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))' 2>/dev/null; }
is_node_18() { node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 18 ? 1 : 0)' 2>/dev/null && command -v npm >/dev/null; }

prerequisites() {
  missing=0
  is_python_313 || fail "Python 3.13 on the PATH, as python3.13 (https://www.python.org/downloads/)"
  is_node_18 || fail "Node 18 or later with npm, for the storage emulator (https://nodejs.org)"
  ! is_python_313 || python3.13 -c 'import ensurepip, venv' 2>/dev/null \
    || fail "the venv module of Python 3.13 (Debian and Ubuntu: apt install python3.13-venv)"
  [ "$missing" = 0 ] || exit 1
}

tools() {
  echo "setting up: the package installer"
  python3.13 -m venv .local/tools
  .local/tools/bin/pip install --quiet --require-hashes --requirement scripts/uv.txt
}

python_packages() {
  tools
  echo "setting up: Python packages"
  .local/tools/bin/uv venv --quiet --clear --python 3.13 .venv
  UV_COMPILE_BYTECODE=1 .local/tools/bin/uv pip sync --quiet --require-hashes --python .venv/bin/python requirements-dev.txt
  echo "$want_python" > .venv/.unkeyed
}

node_packages() {
  echo "setting up: Azurite, the storage emulator"
  npm ci --silent --no-audit --no-fund
  echo "$want_node" > node_modules/.unkeyed
}

want_python=$(fingerprint requirements-dev.txt scripts/uv.txt .python-version)
want_node=$(fingerprint package-lock.json)
python_done=1 node_done=1
done_before .venv/.unkeyed "$want_python" || python_done=0
done_before node_modules/.unkeyed "$want_node" || node_done=0
if [ "$python_done$node_done" = 11 ]; then exit 0; fi

prerequisites
mkdir -p .local
packages=
[ "$python_done" = 1 ] || { python_packages & packages=$!; }
[ "$node_done" = 1 ] || node_packages
[ -z "$packages" ] || wait "$packages"
