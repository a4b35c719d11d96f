# What .ci/walk does once it is there, in the words of docs/first.md.
set -euo pipefail
downloads=$1 page=$2 python=$3
if command -v go; then echo "Go is here; this shows nothing" >&2; exit 1; fi

# A shop's export as it comes: other names, semicolons, days as people write them, and
# twelve customers who give one star to the same eight products within the hour.
"$python" - <<'END' >reviews.csv
import random
random.seed(1)
print("Customer ID;Product;Stars;Review Date")
def row(c, p, stars, day, minute):
    print(f"C-{c:04d};P-{p:03d};{stars};{day % 28 + 1:02d}.{day // 28 + 1:02d}.2026 {minute // 60:02d}:{minute % 60:02d}")
for c in range(400):
    for p in random.sample(range(150), 12):
        row(c, p, random.choice([1, 2, 3, 4, 4, 5, 5, 5]), random.randrange(60), random.randrange(1440))
for c in range(400, 412):
    for p in range(8):
        row(c, 10 + 15 * p, 1, 3 + 7 * p, 600 + random.randrange(60))
END

# look COMMAND CASE: inspect and detect print what the page has, line by line; three dots
# there stand for any lines.
look() {
	"$1" version
	{ "$1" inspect reviews.csv; "$1" detect reviews.csv --out "$2"; } >printed
	"$python" - "$page" <<-'END'
		import re, sys
		blocks = re.findall(r"(?ms)^```console\n(.*?)^```", open(sys.argv[1], encoding="utf-8").read())
		wanted = [line.rstrip() for block in blocks for line in block.splitlines() if line.strip() and not line.startswith(("$", "..."))]
		printed = iter(line.rstrip() for line in open("printed", encoding="utf-8"))
		for line in wanted:
		    if line not in printed:  # looks on from the line before
		        sys.exit(f"docs/first.md has a line that is not printed, or not in this place: {line}")
		assert len(wanted) > 10
	END
	test -s "$2/report.html" -a -s "$2/rings.csv" -a -s "$2/pseudonyms.csv"
	grep -q 'R1' "$2/report.html"
}

for file in "$downloads"/*; do
	echo "$(basename "$file")"
	rm -rf way case && mkdir way
	case $file in
	*.whl)
		"$python" -m venv way/venv
		way/venv/bin/pip install --quiet --no-index --disable-pip-version-check "$file"
		look way/venv/bin/ringwatch case
		way/venv/bin/python -c '
import ringwatch
case = ringwatch.detect("reviews.csv")
assert case.rings[0]["size"] == 12 and len(case["R1"].raters) == 12, case
print(case)'
		;;
	*.tar.gz)
		tar -xzf "$file" -C way
		for part in LICENSE THIRD_PARTY.md README.md docs/first.md; do
			test -s "way/$part" || { echo "$part is not in $file" >&2; exit 1; }
		done
		look way/ringwatch case
		;;
	*) echo "$file is neither a wheel nor an archive" >&2; exit 1 ;;
	esac
done
echo "from a download to a report: as docs/first.md says"
