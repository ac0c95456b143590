#!/bin/sh
# A mail server that shows what it took, into the folder $1.
set -eu

command -v npm > /dev/null || { echo "maildev needs node and npm: install them, then run make again" >&2; exit 2; }

rm -rf "$1/node_modules"
mkdir -p "$1"
cp "${0%.sh}/package.json" "${0%.sh}/package-lock.json" "$1/"
npm ci --prefix "$1" --ignore-scripts --no-audit --no-fund
