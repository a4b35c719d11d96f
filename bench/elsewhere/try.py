"""Runs ringwatch on the sets of run.sh and tells what it said of whom, as Markdown."""

import csv
import json
import os
import random
import shutil
import subprocess

ATTACKS = ("burst drip popular camouflage rotate partial dissent jitter frame flock hijack sleeper bandwagon "
           "love-hate segment obfuscated user-shift quorum suppression power-user power-item mimic").split()
SETS = {  # file: what it is, its scale, which brigades are tried, of how many
    "movielens.inter": ("MovieLens 100K, films", "1..5", ATTACKS, (10, 20)),
    "lectures.csv": ("lectures, by students (`InstEval` of lme4)", "1..5", ATTACKS[:8], (20,)),
    "senate.csv": ("roll calls of a senate (`s109` of pscl)", "0..1", ATTACKS[:8], (20,)),
    "questions.csv": ("a questionnaire (`spi` of psychTools)", "1..6", [], ()),
}
SEEDS = 2


def ringwatch(*args):
    return subprocess.run(["./ringwatch", *args, "--quiet"], check=True, capture_output=True, text=True)


def accused(path):
    """How many raters are in rings, and how many in coordinated groups alone."""
    shutil.rmtree("case", ignore_errors=True)
    ringwatch("detect", path, "--scorer", "none", "--out", "case")
    with open("case/raters.csv") as f:
        rows = list(csv.DictReader(f))
    return sum(bool(r["ring"]) for r in rows), sum(bool(r["group"]) and not r["ring"] for r in rows)


def without(path, share, seed):
    """A copy of a file without a share of its rows."""
    draw = random.Random(seed)
    part = "part" + os.path.splitext(path)[1]
    with open(path) as f, open(part, "w") as to:
        to.write(next(f))
        to.writelines(line for line in f if draw.random() >= share)
    return part


def peace(path):
    what = SETS[path][0]
    runs = {0: [accused(path)]}
    for share, n in ((.03, 10), (.2, 5)):
        runs[share] = [accused(without(path, share, seed)) for seed in range(n)]
    cells = [f"{sum(r > 0 for r, _ in v)}, {sum(c > 0 for _, c in v)} of {len(v)}" for v in runs.values()]
    print(f"| {what} | {' | '.join(cells)} |", flush=True)


def brigades(path):
    _, scale, attacks, sizes = SETS[path]
    lists = [[{a: {"accounts": n}}] for n in sizes for a in attacks]
    scenario = {"name": "elsewhere", "world": {"ratings": path, "scale": scale}, "attacks": lists[0],
                "axes": {"attacks": lists}, "scorer": "mean", "seeds": SEEDS}
    with open("elsewhere.yaml", "w") as f:
        json.dump(scenario, f)
    ringwatch("sweep", "elsewhere.yaml", "--force", "--out", "elsewhere.jsonl")
    with open("elsewhere.jsonl") as f:
        return [json.loads(line) for line in f]


def table(path):
    what, _, attacks, sizes = SETS[path]
    got = {}
    for o in brigades(path):
        (name, options), = o["point"]["attacks"][0].items()
        got.setdefault(name, {}).setdefault(options["accounts"], []).append(o["measures"])
    columns = "in a ring, or coordinated | honest in a ring, groups of honest | shift left"
    print(f"\n{what}\n\n| attack | " + " | ".join(f"of {n}: {columns}" for n in sizes) + " |")
    print("|---" * (1 + 3 * len(sizes)) + "|")
    for name in attacks:
        cells = []
        for n in sizes:
            m = got[name][n]
            mean = lambda k: sum(x.get(k, 0) for x in m) / len(m)
            honest = sum(n * x["recall"] * (1 / x["precision"] - 1) for x in m if x.get("precision"))
            groups = sum(x["false.groups.per.1000"] > 0 for x in m)
            cells += [f"{mean('recall'):.2f}, {mean('recall.coordinated'):.2f}", f"{honest:.0f}, {groups}",
                      f"{mean('damage.left'):.2f}"]
        print(f"| `{name}` | {' | '.join(cells)} |")


there = [p for p in SETS if os.path.exists(p)]
print("| runs with a ring, with a coordinated group | as it is | without 3 % | without 20 % |\n|---|---|---|---|")
for p in there:
    peace(p)
for p in there:
    if SETS[p][2]:
        table(p)
