"""Runs Ringwatch on labelled influence operations, and prints the measures that others publish about them.

python3 run.py FOLDER [--ringwatch BINARY] [--campaign NAME] [--layers repost,hashtags,urls,mentions] [--csv FILE]

FOLDER holds the files of "Labeled Datasets for Research on Information Operations" (Seckin et al., ICWSM
2025, arXiv 2411.10609; doi.org/10.5281/zenodo.14141549), one folder for each campaign: CSV or TSV, plain
or .gz, or Parquet where pyarrow is installed. Of their columns accountid, post_time, is_control, is_repost,
reposted_postid, hashtags, urls and account_mentions are read.

A post is one act at most in each layer: the post that it repeats; or, of a post of one's own, all of its
hashtags, all of its links, all of those whom it names, each as one thing. So what comes along with a choice is
not counted as a choice of its own. Ringwatch reads accounts, things and times, and never the labels.
"""

import argparse
import ast
import contextlib
import csv
import gzip
import json
import math
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter

LAYERS = ["repost", "hashtags", "urls", "mentions"]
NEEDED = ["accountid", "post_time", "is_control"]


def listed(cell):
    """What a cell lists: ["a", "b"], ['a', 'b'], ['a' 'b'] or a,b; in the order of the post."""
    if cell is None:
        return []
    if not isinstance(cell, str):
        return [str(x) for x in cell]
    cell = cell.strip()
    if cell in ("", "[]", "nan", "None"):
        return []
    if cell.startswith("["):
        for parse in (json.loads, ast.literal_eval):
            # Two literals side by side are one string to Python: ['a' 'b'] is numpy's way to write a list.
            if parse is ast.literal_eval and re.search(r"['\"]\s+['\"]", cell):
                break
            try:
                return [str(x) for x in parse(cell) if x not in (None, "")]
            except (ValueError, SyntaxError):
                pass
        return [a or b or c for a, b, c in re.findall(r"'([^']*)'|\"([^\"]*)\"|([^\s,\[\]'\"]+)", cell)]
    return [x.strip() for x in cell.split(",") if x.strip()]


def yes(cell, where):
    word = str(cell).strip().lower()
    if word in ("true", "1", "1.0", "yes"):
        return True
    if word in ("false", "0", "0.0", "no", "", "nan", "none"):
        return False
    sys.exit(f"{where}: {cell!r} is neither true nor false")


def posts(path):
    if path.endswith(".parquet"):
        try:
            import pyarrow.parquet
        except ImportError:
            sys.exit(f"{path} is Parquet: pip install pyarrow reads it")
        for batch in pyarrow.parquet.ParquetFile(path).iter_batches():
            for k, row in enumerate(batch.to_pylist(), 1):
                yield k, row
        return
    csv.field_size_limit(1 << 24)
    with (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="utf-8-sig", newline="") as f:
        first = f.readline()
        f.seek(0)
        rows = csv.DictReader(f, delimiter="\t" if "\t" in first else ",")
        for row in rows:
            yield rows.line_num, row


def campaigns(folder):
    """Folders with files of posts, by name; a folder that holds the files itself is one campaign."""
    def files(at):
        return sorted(os.path.join(at, f) for f in os.listdir(at) if re.search(r"\.(csv|tsv)(\.gz)?$|\.parquet$", f))

    if not os.path.isdir(folder):
        sys.exit(f"{folder} is no folder: give the one that holds a folder for each campaign")
    named = {name: files(os.path.join(folder, name)) for name in sorted(os.listdir(folder)) if os.path.isdir(os.path.join(folder, name))}
    named = {name: of for name, of in named.items() if of} or {os.path.basename(os.path.abspath(folder)): files(folder)}
    if not all(named.values()):
        sys.exit(f"{folder} has no .csv, .tsv, .gz or .parquet files, and none of its folders has")
    return named


def acts(row):
    """The layers of a post, and what it did in each."""
    reposted = str(row.get("reposted_postid") or "").strip()
    if reposted not in ("", "nan", "None"):
        yield "repost", reposted
    elif not yes(row.get("is_repost") or "", "is_repost"):
        for layer, column in (("hashtags", "hashtags"), ("urls", "urls"), ("mentions", "account_mentions")):
            things = listed(row.get(column))
            if things:
                yield layer, " ".join(things)


def split(files, folder, layers):
    """Writes account, thing and time of each layer, of what is repeated the first row, and returns whose posts
    are of the operation, and the layers in which anybody did anything."""
    operation, seen = {}, set()
    with contextlib.ExitStack() as stack:
        out = {layer: csv.writer(stack.enter_context(open(os.path.join(folder, layer + ".csv"), "w", newline="", encoding="utf-8"))) for layer in layers}
        for rows in out.values():
            rows.writerow(["rater", "item", "time"])
        for path in files:
            for line, row in posts(path):
                for column in NEEDED:
                    if row.get(column) in (None, ""):
                        sys.exit(f"{path}:{line}: there is no {column}; the columns of the published files are needed")
                account = str(row["accountid"])
                control = yes(row["is_control"], f"{path}:{line}: is_control")
                if operation.setdefault(account, not control) == control:
                    sys.exit(f"{path}:{line}: account {account} is of the operation in one post and control in another")
                for layer, thing in acts(row):
                    if layer in out and (account, layer, thing) not in seen:
                        seen.add((account, layer, thing))
                        out[layer].writerow([account, thing, row["post_time"]])
    return operation, {layer for _, layer, _ in seen}


def rings(binary, path, folder):
    """The rings of a layer, as sets of accounts; what went wrong in one line, or none."""
    case = os.path.join(folder, "case")
    done = subprocess.run([binary, "detect", path, "--columns", "rater=rater,item=item,time=time", "--scorer", "none", "--out", case, "--quiet", "--force"],
                          capture_output=True, text=True)
    if done.returncode != 0:
        return [], (done.stderr.strip().splitlines() or ["exit code %d" % done.returncode])[-1]
    found = {}
    with open(os.path.join(case, "ring_members.csv"), newline="", encoding="utf-8") as f:
        for row in csv.DictReader(f):
            found.setdefault(row["ring"], set()).add(row["rater"])
    return list(found.values()), ""


def joined(groups):
    """Groups that share an account are one."""
    out = []
    for g in map(set, groups):
        apart = []
        for other in out:
            if g & other:
                g |= other
            else:
                apart.append(other)
        out = apart + [g]
    return out


def entropy(counts):
    n = sum(counts)
    return -sum(c / n * math.log(c / n) for c in counts if c)


def measures(groups, operation):
    """Measures of groups, no two of which share an account, against who is of the operation:

    precision, recall, f1   of everybody in a group
    F1*, P*, R*             of the one group with the highest F1 (arXiv 2512.19677)
    WP                      weighted precision, sum n p^2 / sum n p over groups of n accounts, a share p of which
                            is of the operation (the same)
    homogeneity, NMI        of the groups and the two labels (Rosenberg and Hirschberg, EMNLP 2007; NMI by the mean of
                            the entropies); accounts in no group are one group more, so that leaving all
                            out is not rewarded
    """
    total = sum(operation.values())

    def prf(hits, found):
        p, r = (hits / found if found else None), (hits / total if total else None)
        return p, r, 2 * hits / (found + total) if found + total else None

    sizes = [(sum(operation[a] for a in g), len(g)) for g in groups]
    best = max((prf(h, n) for h, n in sizes), key=lambda m: m[2], default=(None, None, None))
    weight = sum(h for h, _ in sizes)
    cells, labels = Counter(), Counter(operation.values())
    group = {a: k for k, g in enumerate(groups) for a in g}
    for a, label in operation.items():
        cells[group.get(a, -1), label] += 1
    of = Counter()
    for (g, _), n in cells.items():
        of[g] += n
    h, k, both = entropy(labels.values()), entropy(of.values()), entropy(cells.values())
    p, r, f1 = prf(weight, sum(n for _, n in sizes))
    return {"groups": len(groups), "found": sum(n for _, n in sizes), "precision": p, "recall": r, "F1": f1,
            "F1*": best[2], "P*": best[0], "R*": best[1], "WP": sum(h * h / n for h, n in sizes) / weight if weight else None,
            "homogeneity": 1 - (both - k) / h if h else 1.0, "NMI": 2 * (h + k - both) / (h + k) if h + k else 1.0}


def shown(x):
    return "–" if x is None else str(x) if isinstance(x, (int, str)) else f"{x:.2f}"


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("folder")
    args.add_argument("--ringwatch", default="ringwatch")
    args.add_argument("--campaign", help="only this one")
    args.add_argument("--layers", default=",".join(LAYERS))
    args.add_argument("--csv", help="write the table to this file, too")
    o = args.parse_args()
    layers = o.layers.split(",")
    if set(layers) - set(LAYERS):
        sys.exit(f"--layers: {', '.join(sorted(set(layers) - set(LAYERS)))} is none of {', '.join(LAYERS)}")
    named = campaigns(o.folder)
    if o.campaign and o.campaign not in named:
        sys.exit(f"there is no campaign {o.campaign} in {o.folder}, but {', '.join(named)}")
    rows, said, header = [], [], []
    for name, files in named.items():
        if o.campaign and name != o.campaign:
            continue
        with tempfile.TemporaryDirectory() as folder:
            operation, acted = split(files, folder, layers)
            about = {"campaign": name, "accounts": len(operation), "operation": sum(operation.values())}
            found = []
            for layer in layers:
                if layer not in acted:
                    said.append(f"{name}: nobody did anything in the layer {layer}")
                    continue
                groups, failed = rings(o.ringwatch, os.path.join(folder, layer + ".csv"), folder)
                if failed:
                    said.append(f"{name}, {layer}: {failed}")
                    continue
                groups = joined(groups)
                found += groups
                rows.append(about | {"layer": layer} | measures(groups, operation))
            rows.append(about | {"layer": "all"} | measures(joined(found), operation))
        if not header:
            header = list(rows[-1])
            print("| " + " | ".join(header) + " |\n|" + "---|" * len(header))
        for row in rows:
            if row["campaign"] == name:
                print("| " + " | ".join(shown(row[h]) for h in header) + " |", flush=True)
    for line in said:
        print(line, file=sys.stderr)
    if o.csv:
        with open(o.csv, "w", newline="") as f:
            out = csv.DictWriter(f, header, lineterminator="\n")
            out.writeheader()
            out.writerows(rows)


if __name__ == "__main__":
    main()
