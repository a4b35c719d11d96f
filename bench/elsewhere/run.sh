#!/bin/sh
# Ratings of people whom nobody here knew, from packages of Python and R: are they left in
# peace, as they are, with a part gone, and with a brigade among them? Writes the tables of
# docs/detection.md to standard output. It needs Python with pip; of R's sets, those whose
# package R has (lme4, pscl, psychTools). WORK names a folder that keeps what was made.
set -e
here=$(cd "$(dirname "$0")" && pwd)
work=${WORK:-$(mktemp -d)}
[ -n "$WORK" ] || trap 'rm -rf "$work"' EXIT
mkdir -p "$work"
(cd "$here/../.." && go build -o "$work/ringwatch" ./cmd/ringwatch)
cd "$work"

if [ ! -f movielens.inter ]; then
	python3 -m pip download --quiet --disable-pip-version-check --no-deps recbole==1.2.1
	python3 -m zipfile -e recbole-1.2.1-py3-none-any.whl wheel
	cp wheel/recbole/dataset_example/ml-100k/ml-100k.inter movielens.inter
fi
if command -v Rscript >/dev/null; then
	Rscript "$here/sets.R"
else
	echo "elsewhere: only MovieLens, as there is no R" >&2
fi
python3 "$here/try.py"
