#!/bin/sh
# Runs what the model card says of honest groups and of evasion, five seeds each, and makes the documents.
set -e
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$here/../.."
go build -o "$work/ringwatch" ./cmd/ringwatch
for world in honest reader-dissent reader-half; do
    "$work/ringwatch" sweep "scenarios/worlds/$world.yaml" --seeds 5 --out "$work/$world.jsonl"
done
python3 "$here/report.py" condense "$work"/*.jsonl
python3 "$here/report.py" write docs
