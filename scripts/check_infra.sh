#!/usr/bin/env bash
# Has checkov look over infra/, in an environment of its own, and the Bicep compiler where there is one.
set -euo pipefail
cd "$(dirname "$0")/.."
want=$(cksum < scripts/checkov.in)
if ! { [ -f .local/checkov/.unkeyed ] && [ "$(cat .local/checkov/.unkeyed)" = "$want" ]; }; then
  echo "setting up: checkov"
  .local/tools/bin/uv venv --quiet --clear --python 3.13 .local/checkov
  .local/tools/bin/uv pip install --quiet --python .local/checkov/bin/python --requirement scripts/checkov.in
  echo "$want" > .local/checkov/.unkeyed
fi
.local/checkov/bin/checkov --config-file infra/checkov.yaml
if command -v bicep >/dev/null; then
  for file in infra/main.bicep infra/events.bicep infra/for-companies/*.bicep; do
    bicep build --stdout "$file" >/dev/null
    bicep lint "$file"
  done
else
  echo "not compiled: there is no bicep on the PATH"
fi
