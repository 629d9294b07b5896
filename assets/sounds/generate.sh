#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-only
# Makes every generated clip, index.tsv, src/devices/voice/clips.rs and its tables anew. Needs the Debian packages
# espeak-ng, vorbis-tools and python3-venv, and network for one Python package. What is made is committed,
# so that nobody needs this to build the program.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
for tool in espeak-ng oggenc python3; do
    command -v "$tool" >/dev/null || { echo "missing: $tool (apt-get install espeak-ng vorbis-tools python3-venv)" >&2; exit 1; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
python3 -m venv "$work/venv"
# Pinyin with the reading that fits the word (还 hái or huán) and tone sandhi; MIT.
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pypinyin==0.55.0
exec_status=0
"$work/venv/bin/python" "$here/generate.py" "$@" || exec_status=$?
exit "$exec_status"
