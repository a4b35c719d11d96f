#!/bin/sh
# Installs the peers that can be had, runs them and Ringwatch on the same sets, and makes the documents.
# Further arguments go to run.py, such as --only 'labelled bitcoin_alpha' or --nulls 5. VENV names a folder
# that keeps what was installed; without it, it goes away again.
set -e
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
venv=${VENV:-$work/venv}
[ -d "$venv" ] || python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
(cd "$here/../.." && go build -o "$work/ringwatch" ./cmd/ringwatch)
OMP_NUM_THREADS=1 "$venv/bin/python" "$here/run.py" --ringwatch "$work/ringwatch" "$@"
python3 "$here/report.py" write "$here/../../docs"
