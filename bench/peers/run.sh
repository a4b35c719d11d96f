#!/bin/sh
# Installs the peers that can be had, runs them and Ringwatch on the same sets, and makes the documents.
# Further arguments go to run.py, such as --only bitcoin_alpha or --nulls 5.
set -e
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
(cd "$here/../.." && go build -o "$work/ringwatch" ./cmd/ringwatch)
"$work/venv/bin/python" "$here/run.py" --ringwatch "$work/ringwatch" "$@"
for document in peers model-card; do
    python3 "$here/report.py" $document > "$work/$document.md"
    mv "$work/$document.md" "$here/../../docs/$document.md"
done
