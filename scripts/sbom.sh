#!/usr/bin/env bash
# Writes the software bill of materials (CycloneDX) of what is deployed: requirements.txt, installed into an environment of its own,
# so that licences and who needs what are in it, too.
#   sbom.sh [FILE]   default: dist/unkeyed.cdx.json
set -euo pipefail
cd "$(dirname "$0")/.."
out=${1:-dist/unkeyed.cdx.json}
uv=.local/tools/bin/uv
place=$(mktemp -d -t unkeyed-sbom-XXXXXX)
trap 'rm -rf "$place"' EXIT
mkdir -p "$(dirname "$out")"
"$uv" venv --quiet --python .venv/bin/python "$place/venv"
"$uv" pip sync --quiet --require-hashes --python "$place/venv/bin/python" requirements.txt
.venv/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible --output-file "$out" "$place/venv/bin/python"
echo "$out: $(grep -c '"purl"' "$out") packages"
