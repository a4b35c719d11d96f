"""Makes documents of tables, so that no figure in them is typed.

python3 report.py peers                    > ../../docs/peers.md
python3 report.py model-card               > ../../docs/model-card.md
python3 report.py platform-change FILE...    the table of docs/published.md, of what `ringwatch gate --json FILE` wrote
"""

import csv
import json
import math
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TABLES = os.path.join(HERE, "tables")

WHAT = {
    "ringwatch": ("Ringwatch", "`detect` as it comes; found are raters in rings"),
    "postselection": ("post selection similarity", "X's detector, as re-implemented here: the groups of X's own code on the reference data (docs/scoring.md)"),
    "quasiclique": ("quasi-clique detection", "likewise"),
    "fraudar": ("FRAUDAR", "Hooi et al., KDD 2016, written from the paper: five blocks"),
    "forem": ("forem's reaction rings", "`Spam::ReactionRingDetector` from its description: 50 reactions in three months, 80 % to few authors, two of these shared; items in place of authors"),
    "coordination-network-toolkit": ("coordination-network-toolkit 1.5.2", "co_retweet at its defaults, item and value in place of the message: within 60 s, edges of 2"),
    "coordinationz": ("coordinationz 0.2.2", "cosine similarity against its null model, 200 realizations in place of 10,000; pairs with p up to .05 are edges"),
}


def rows(name):
    path = os.path.join(TABLES, name)
    if not os.path.exists(path):
        return []
    with open(path, newline="") as f:
        return list(csv.DictReader(f))


def share(row, name):
    if row[name] == "":
        return "–"
    return f"{float(row[name]):.2f} ({float(row[name + '_low']):.2f}–{float(row[name + '_high']):.2f})"


def table(header, lines):
    print("| " + " | ".join(header) + " |")
    print("|" + "---|" * len(header))
    for line in lines:
        print("| " + " | ".join(str(x) for x in line) + " |")
    print()


def wilson(hits, n):
    if n == 0:
        return "–"
    z, p = 1.959964, hits / n
    middle, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return f"{max(0, (middle - half) / (1 + z * z / n)):.2f}–{min(1, (middle + half) / (1 + z * z / n)):.2f}"


def nulls():
    by = {}
    for row in rows("nulls.csv"):
        by.setdefault(row["peer"], []).append(row)
    lines = []
    for peer in WHAT:
        done = [r for r in by.get(peer, []) if not r["failed"]]
        failed = {r["failed"] for r in by.get(peer, []) if r["failed"]}
        if not done:
            lines.append([WHAT[peer][0], "–", "–", "–", "–", "; ".join(failed)])
            continue
        worlds = sum(int(r["groups"]) > 0 for r in done)
        ps = sum(int(r["p_values"]) for r in done if r["p_values"])
        low = sum(int(r["p_up_to_05"]) for r in done if r["p_up_to_05"])
        lines.append([WHAT[peer][0], f"{worlds} of {len(done)} ({wilson(worlds, len(done))})", sum(int(r["groups"]) for r in done),
                      sum(int(r["accounts"]) for r in done), f"{100 * low / ps:.0f} % of {ps:,}" if ps else "–", "; ".join(failed)])
    table(["tool", "worlds with a ring", "rings in all", "accounts in them", "p of pairs up to .05", "what it said"], lines)


def peers():
    print("# Peers on the same sets\n")
    print("Made by `python3 bench/peers/report.py peers` from the tables of `sh bench/peers/run.sh`, which installs the peers")
    print("that can be had, runs all of them, Ringwatch included, and judges what they found with `ringwatch evaluate`. Do not edit.\n")
    print("A peer is run as its own documents say; where it fails, its message stands there. Found are the accounts that it")
    print("groups at its default settings. Intervals are 95 %. Processor time and memory are those that the system counted, on a")
    print(f"machine with other work; a peer has 60 s. An interval does not tell how far another set would differ.\n")
    table(["tool", "as run"], [[WHAT[p][0], WHAT[p][1]] for p in WHAT])
    by = {}
    for row in rows("sets.csv"):
        by.setdefault(row["set"], []).append(row)
    for name, of in by.items():
        known = next((r for r in of if r["accounts"]), None)
        size = f": {int(of[0]['ratings']):,} ratings" + (f", {int(known['positive']):,} of {int(known['accounts']):,} known accounts positive" if known else "")
        print(f"## {name}\n\n{size[2:].capitalize()}.\n")
        lines = []
        for r in of:
            lines.append([WHAT[r["peer"]][0], share(r, "ap"), share(r, "roc_auc"), r["found"] or "–", share(r, "precision"), share(r, "recall"), r["honest_found"] or "–",
                          f"{r['rings']}, {r['false_rings']}" if r["rings"] else "–", f"{float(r['cpu_seconds']):.1f}", r["mib"], r["failed"]])
        table(["tool", "AP", "ROC-AUC", "found", "precision", "recall", "honest found", "rings, false ones", "CPU s", "MiB", "what it said"], lines)
    print("## Worlds without any brigade\n\nSmall null worlds of the library (`null`, 300 raters, 120 items), every ring in which is a false one.\n")
    nulls()
    print("## How to read it\n")
    print("- `world *` and `inj_*` hold planted brigades: whoever knows our attacks, as we do, does well there. `bitcoin_alpha` has")
    print("  real labels of single accounts, not of rings.")
    print("- Bitcoin OTC's own users count as honest in `inj_bitcoin_otc`. Nobody knows whether groups among them act together: some of")
    print("  the honest that are found there may.")
    print("- ROC-AUC and AP of a tool that only says found or not are those of two levels.")
    print("- forem's rule is made for reactions to authors; item for author, as here, is not what it was made for.")
    print("- coordinationz gives pairs with p-values and leaves the threshold to its user; 5 % without a correction for the number")
    print("  of pairs joins nearly everybody. The share of its p-values up to .05 in null worlds says how far they are from uniform.")
    print("- Ringwatch was developed with worlds and sets of these kinds at hand, the peers were not.")


def model_card():
    print("# Model card of `ringwatch detect`\n")
    print("Figures are made by `python3 bench/peers/report.py model-card` from the tables in `bench/peers/tables`. Do not edit.\n")
    print("## Intended use\n")
    print("Proposing to a person groups of accounts whose ratings agree, in choice or in time, more than those of independent raters")
    print("of the same habits would, with the evidence and the innocent explanations that were tested; and telling what scores would be")
    print("without them.\n")
    print("## Not intended\n")
    print("- Sanctions without a person who looked at the rows, or as proof of intent: what is found is coordination.")
    print("- Single accounts, groups below three members or three common targets, or data where most honest raters act in groups.")
    print("- A claim that there is no coordination: no ring found says nothing about what was not tested.\n")
    print("## Error rates where honest groups are missing\n")
    nulls()
    print("## Error rates with planted brigades and labels\n")
    lines = []
    for r in rows("sets.csv"):
        if r["peer"] != "ringwatch":
            continue
        honest = int(r["accounts"]) - int(r["positive"]) if r["accounts"] else 0
        harm = f"{r['honest_found']} of {honest} ({wilson(int(r['honest_found']), honest)})" if r["honest_found"] else "–"
        lines.append([r["set"], share(r, "precision"), share(r, "recall"), share(r, "ap"), harm])
    table(["set", "precision", "recall", "AP", "honest accounts in rings"], lines)
    print("By kind of honest group and of attack, with more worlds: [detection.md](detection.md) and [worlds.md](worlds.md). On your own data:")
    print("`ringwatch detect --calibrate 20`.\n")
    print("## Data it was measured on\n")
    print("Worlds of `ringwatch simulate`; brigades injected into Bitcoin OTC and FilmTrust; Bitcoin OTC and Alpha, Amazon, Weibo, Polis and")
    print("Birdwatch as they are ([detection.md](detection.md), [published.md](published.md)). No public set has real rings with times and")
    print("ratings of their members, so that recall in the wild is not known.\n")
    print("## Known misses, the cheapest evasion first\n")
    print("- Rings of two, or that share fewer than three targets: the people of *malicious bidding* ([published.md](published.md)).")
    print("- Few common targets among many other ratings; `ringwatch redteam` searches for the cheapest evasion on a scenario and `ringwatch")
    print("  breakpoint` for the smallest brigade that still has an effect.")
    print("- Accounts that never rate twice together: one account per target (`swarm`). Campaigns on items are told, accounts are not.")
    print("- Coordination in what is not a rating: texts, networks, devices.\n")
    print("## What to do with a ring\n")
    print("1. Read its rows and the explanations that were not excluded, and look for one that you know and the tool does not.")
    print("2. Look at its effect on scores before anything else: a ring without an effect can wait.")
    print("3. Take back the effect (`ringwatch score --defend`, or a weight), not the account; it can be given back.")
    print("4. Write down who decided what, and hear those concerned: `ringwatch serve` keeps the decisions.\n")


def platform_change(files):
    checks = [c for f in files for c in json.load(open(f))["checks"]]
    worlds, by = {}, {}
    for c in checks:
        groups = tuple(c["point"]["world.groups"])
        attack = next(iter(c["point"]["attacks"][0]))
        by.setdefault(attack, {})[groups, c["limit"]["Measure"]] = (c.get("baseline"), c.get("candidate"), c["verdict"])
        worlds[groups] = c["seeds"]
    order = sorted(worlds, reverse=True)
    name = {21: "group 21", 0: "an expansion group"}
    lines = []
    for attack in sorted(by):
        line = [f"`{attack}`"]
        for g in order:
            for measure, digits in (("flips", 1), ("collateral.attacked", 3)):
                b, c, _ = by[attack].get((g, measure), (None, None, ""))
                line.append("–" if b is None or c is None else f"{b:.{digits}f} → {c:.{digits}f}")
        lines.append(line)
    total = ["mean difference (95 %)"]
    for g in order:
        for measure, digits in (("flips", 2), ("collateral.attacked", 4)):
            d = [c - b for b, c, _ in (by[a].get((g, measure), (None, None, "")) for a in by) if b is not None and c is not None]
            mean = sum(d) / len(d)
            half = 1.96 * math.sqrt(sum((x - mean) ** 2 for x in d) / (len(d) - 1) / len(d))
            total.append(f"{mean:+.{digits}f} ({mean - half:+.{digits}f} to {mean + half:+.{digits}f})")
    lines.append(total)
    header = ["attack"]
    for g in order:
        header += [f"targets flipped, most raters in {name.get(g[0], g[0])}", "other items changed (share)"]
    table(header, lines)
    count = {}
    for c in checks:
        count[c["verdict"]] = count.get(c["verdict"], 0) + 1
    print(f"Of {len(checks)} limits at {sorted(set(worlds.values()))[0]} seeds: " + ", ".join(f"{count[v]} {v}" for v in sorted(count)) + ".")


if __name__ == "__main__":
    {"peers": peers, "model-card": model_card, "platform-change": lambda: platform_change(sys.argv[2:])}[sys.argv[1]]()
