#!/bin/sh
# Synapse into the folder $1: an environment of its own, at the versions of synapse.txt.
set -eu

packages=${0%.sh}.txt
rm -rf "$1/venv"
mkdir -p "$1"
"${PYTHON:-python3}" -m venv "$1/venv"
"$1/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r "$packages"
