#!/usr/bin/env bash
# Installs Debian's Chromium, for the tests that open the page, and the fonts that its pictures are taken with.
set -euo pipefail
if command -v chromium >/dev/null; then exit 0; fi
[ "$(id -u)" = 0 ] || { echo "run as root: apt-get install chromium fonts-inter fonts-jetbrains-mono" >&2; exit 1; }
echo "setting up: Chromium"
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium fonts-inter fonts-jetbrains-mono >/dev/null
