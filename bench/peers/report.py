"""Makes documents of tables, so that no figure in them is typed.

python3 report.py write DOCS                 peers.md, model-card.md and peers-p.svg into the folder DOCS
python3 report.py show NAME                  one of these on standard output
python3 report.py condense OUTCOMES...       tables/honest.csv and tables/evasion.csv, of what `ringwatch sweep` wrote
python3 report.py platform-change FILE...    the table of docs/published.md, of what `ringwatch gate --json FILE` wrote

Prose stands in NAME.tmpl, where {{name}} is what the function of that name here makes of the tables.
"""

import csv
import json
import math
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TABLES = os.path.join(HERE, "tables")

WHAT = {
    "ringwatch": ("Ringwatch", "`detect` as it comes; found are raters in rings"),
    "postselection": ("post selection similarity", "X's detector, as re-implemented here: the groups of X's own code on the reference data (docs/scoring.md)"),
    "quasiclique": ("quasi-clique detection", "likewise"),
    "ugfraud": ("UGFraud {UGFraud}", "its FRAUDAR (Hooi et al., KDD 2016), as its own `eval_Fraudar.py` runs it: block after block until two in a row are equally dense"),
    "forem": ("forem's reaction rings", "`Spam::ReactionRingDetector` from its description: 50 reactions in three months, 80 % to few authors, two of these shared; items in place of authors"),
    "coordination-network-toolkit": ("coordination-network-toolkit {coordination-network-toolkit}", "co_retweet at its defaults, item and value in place of the message: within 60 s, edges of 2"),
    "coordinationz": ("coordinationz {coordinationz}", "cosine similarity against its null model, {realizations} realizations in place of 10,000; pairs with p up to .05 are edges"),
}
OWNED = ("employees", "fandom")  # who give the best to everything of one owner: rings to the judge, as docs/detection.md says


def rows(name):
    path = os.path.join(TABLES, name)
    if not os.path.exists(path):
        return []
    with open(path, newline="") as f:
        return list(csv.DictReader(f))


def about():
    with open(os.path.join(TABLES, "run.json")) as f:
        return json.load(f)


def name(peer):
    return WHAT[peer][0].format_map(about())


def table(header, lines):
    out = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return "\n".join(out + ["| " + " | ".join(str(x) for x in line) + " |" for line in lines])


def interval(hits, n):
    """Wilson's."""
    if n == 0:
        return "–"
    z, p = 1.959964, hits / n
    middle, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return f"{max(0, (middle - half) / (1 + z * z / n)):.3f}–{min(1, (middle + half) / (1 + z * z / n)):.3f}"


def of(hits, n):
    return f"{hits:,} of {n:,} ({interval(hits, n)})"


def spread(values, digits=2):
    """The mean, and the least and the most where there are several that differ."""
    if not values:
        return "–"
    low, mean, high = (f"{x:.{digits}f}" for x in (min(values), sum(values) / len(values), max(values)))
    return mean if low == high else f"{mean} ({low}–{high})"


def known(rs, column):
    return [float(r[column]) for r in rs if r[column] != ""]


def measure(rs, column):
    """Over seeds: mean, least and most. Of one run: its interval."""
    if len(rs) > 1:
        return spread(known(rs, column))
    r = rs[0]
    return "–" if r[column] == "" else f"{float(r[column]):.2f} ({float(r[column + '_low']):.2f}–{float(r[column + '_high']):.2f})"


def total(rs, column):
    values = known(rs, column)
    return f"{int(sum(values)):,}" if values else "–"


def sets(kind):
    """The rows of each set of a kind, by peer."""
    by = {}
    for r in rows("sets.csv"):
        if r["kind"] == kind:
            by.setdefault(r["set"], {}).setdefault(r["peer"], []).append(r)
    return by


def said(rs):
    failed = [r["failed"] for r in rs if r["failed"]]
    return "; ".join(sorted(set(failed))) + (f" ({len(failed)} of {len(rs)})" if failed and len(rs) > 1 else "")


def judged(kind):
    out = []
    for s, by in sets(kind).items():
        known_size = next((r for rs in by.values() for r in rs if r["accounts"]), None)
        first = next(iter(by.values()))[0]
        seeds = max(len(rs) for rs in by.values())
        size = f"{int(first['ratings']):,} ratings"
        if known_size:
            size += f", {int(known_size['positive']):,} of {int(known_size['accounts']):,} known accounts positive"
        size += f"; {seeds} seeds, of which the first is this size" if seeds > 1 else ""
        lines = []
        for peer in WHAT:
            rs = by.get(peer)
            if rs:
                rings = f"{total(rs, 'rings')}, {total(rs, 'false_rings')}" if known(rs, "rings") else "–"
                lines.append([name(peer), measure(rs, "ap"), measure(rs, "roc_auc"), total(rs, "found"), measure(rs, "precision"), measure(rs, "recall"),
                              total(rs, "honest_found"), rings, spread(known(rs, "cpu_seconds"), 1), f"{max(known(rs, 'mib')):.0f}", said(rs)])
        header = ["tool", "AP", "ROC-AUC", "found", "precision", "recall", "honest found", "rings, false ones", "CPU s", "MiB", "what it said"]
        out.append(f"### {s}\n\n{size}.\n\n{table(header, lines)}")
    return "\n\n".join(out)


def unlabelled():
    lines = []
    for s, by in sets("unlabelled").items():
        for peer in WHAT:
            if peer in by:
                r = by[peer][0]
                lines.append([s, f"{int(r['ratings']):,}", name(peer), r["rings"] or "–", r["found"] or "–", f"{float(r['cpu_seconds']):.1f}", r["mib"], r["failed"]])
    return table(["set", "ratings", "tool", "groups", "accounts in them", "CPU s", "MiB", "what it said"], lines)


def nulls(peers=tuple(WHAT)):
    by = {}
    for row in rows("nulls.csv"):
        by.setdefault(row["peer"], []).append(row)
    lines = []
    for peer in peers:
        rs = by.get(peer, [])
        done = [r for r in rs if not r["failed"]]
        if done:
            lines.append([name(peer), of(sum(int(r["groups"]) > 0 for r in done), len(done)), total(done, "groups"), total(done, "accounts"), said(rs)])
        elif rs:
            lines.append([name(peer), "–", "–", "–", said(rs)])
    return table(["tool", "worlds with a ring", "rings in all", "accounts in them", "what it said"], lines)


def p_values(of=""):
    lines = [[r["source"], f"{100 * int(r['up_to']) / int(r['of']):.1f} %", f"{int(r['of']):,}"] for r in rows("p_values.csv")
             if float(r["level"]) == 0.05 and r["source"].startswith(of)]
    return table(["p of", "share up to .05", "of"], lines)


def qq():
    """Share of p-values up to a level against the level, both on a scale of powers of ten."""
    by = {}
    for r in rows("p_values.csv"):
        by.setdefault(r["source"], []).append((float(r["level"]), int(r["up_to"]) / int(r["of"])))
    left, top, side, low = 60, 16, 340, -4

    def at(p):
        return side * (1 - max(math.log10(p), low) / low)

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + side + 270} {top + side + 52}" font-family="sans-serif" font-size="12" role="img" '
           'aria-label="Share of p-values up to a level against the level">',
           f'<rect width="100%" height="100%" fill="#fff"/><g transform="translate({left},{top})" stroke="#ccc" fill="#333">']
    for k in range(low, 1):
        x = at(10**k)
        label = f"{10.0**k:g}"
        out.append(f'<path d="M{x:.1f} 0V{side}M0 {side - x:.1f}H{side}"/><text x="{x:.1f}" y="{side + 16}" text-anchor="middle" stroke="none">{label}</text>'
                   f'<text x="-6" y="{side - x + 4:.1f}" text-anchor="end" stroke="none">{label}</text>')
    out.append(f'<path d="M0 {side}L{side} 0" stroke="#333" stroke-dasharray="4 3"/><text x="{side / 2}" y="{side + 38}" text-anchor="middle" stroke="none">level</text>'
               f'<text transform="translate(-46,{side / 2})rotate(-90)" text-anchor="middle" stroke="none">share of p-values up to it</text>')
    for k, (source, points) in enumerate(sorted(by.items())):
        colour, dash = [("#b2182b", ""), ("#2166ac", ""), ("#1b7837", "6 3")][k % 3]
        seen = [(at(level), side - at(share)) for level, share in sorted(points) if share > 0]
        line = "L".join(f"{x:.1f} {y:.1f}" for x, y in seen)
        out.append(f'<g stroke="{colour}" fill="{colour}"><path d="M{line}" fill="none" stroke-width="2" stroke-dasharray="{dash}"/>'
                   + "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" stroke="none"/>' for x, y in seen)
                   + f'<path d="M{side + 14} {20 * k + 20}h22" stroke-width="2" stroke-dasharray="{dash}"/><text x="{side + 42}" y="{20 * k + 24}" stroke="none">{source}</text></g>')
    out.append(f'<text x="{side + 14}" y="{20 * len(by) + 32}" stroke="none">above the broken line: p claims too much</text></g></svg>')
    return "\n".join(out)


def planted():
    lines = []
    for kind in ("world", "injected", "labelled"):
        for s, by in sets(kind).items():
            rs = by.get("ringwatch")
            if not rs:
                continue
            honest = sum(int(r["accounts"]) - int(r["positive"]) for r in rs if r["accounts"])
            hit = int(sum(known(rs, "honest_found")))
            lines.append([("world " if kind == "world" else "brigade in " if kind == "injected" else "") + s, len(rs), measure(rs, "recall"), measure(rs, "precision"), measure(rs, "ap"), of(hit, honest)])
    return table(["set", "runs", "found of those who are coordinated or labelled", "precision", "AP", "honest or benign accounts in rings"], lines)


def natural():
    lines = [[s, f"{int(by['ringwatch'][0]['ratings']):,}", by["ringwatch"][0]["rings"], by["ringwatch"][0]["found"]] for s, by in sets("unlabelled").items() if "ringwatch" in by]
    return table(["set", "ratings", "rings", "accounts in them"], lines)


def honest():
    lines = [[r["kind"], r["runs"], r["with_ring"], r["with_group"]] for r in rows("honest.csv")]
    return table(["kind of honest group", "runs", "with a ring", "with a coordinated group, for review"], lines)


def honest_total():
    rs = [r for r in rows("honest.csv") if r["kind"] not in OWNED]
    n = sum(int(r["runs"]) for r in rs)
    ring, group = (sum(int(r[c]) for r in rs) for c in ("with_ring", "with_group"))
    return f"{len(rs)} kinds: a ring in {of(ring, n)} runs, a coordinated group, for review, in {of(group, n)}"


def evasion():
    lines = [[r["option"], f"{float(r['value']):g}", r["runs"], r["recall"], r["either"], r["shift"], r["defended"]] for r in rows("evasion.csv")]
    return table(["what the brigade does", "share", "runs", "members in rings", "in rings or groups for review", "shift of its targets", "shift without the rings found"], lines)


OPTIONS = {"attacks.dissent.contrary": "votes against its own goal", "attacks.burst.participation": "takes part in this share of the targets"}


def condense(files):
    by = {}
    for file in files:
        with open(file) as f:
            for line in f:
                o = json.loads(line)
                if o["scenario"] == "honest":
                    by.setdefault(("honest", o["point"]["world.honest"]), []).append(o["measures"])
                elif len(o["point"]) == 1:
                    (option, value), = o["point"].items()
                    by.setdefault((OPTIONS.get(option, option), value), []).append(o["measures"])

    def write(file, header, lines):
        with open(os.path.join(TABLES, file), "w", newline="") as f:
            out = csv.writer(f, lineterminator="\n")
            out.writerow(header)
            out.writerows(lines)

    kinds = sorted((k[1], ms) for k, ms in by.items() if k[0] == "honest")
    if kinds:
        write("honest.csv", ["kind", "runs", "with_ring", "with_group"],
              [[kind, len(ms), sum(m["false.rings.per.1000"] > 0 for m in ms), sum(m["false.groups.per.1000"] > 0 for m in ms)] for kind, ms in kinds])
    swept = sorted((k, ms) for k, ms in by.items() if k[0] != "honest")
    if swept:
        write("evasion.csv", ["option", "value", "runs", "recall", "either", "shift", "defended"],
              [[option, value, len(ms)] + [spread([m[c] for m in ms if m.get(c) is not None], d) for c, d in (("recall", 2), ("recall.coordinated", 2), ("shift", 3), ("shift.defended", 3))]
               for (option, value), ms in swept])


def platform_change(files):
    checks = []
    for file in files:
        with open(file) as f:
            checks += json.load(f)["checks"]
    worlds, by = {}, {}
    for c in checks:
        groups = tuple(c["point"]["world.groups"])
        attack = next(iter(c["point"]["attacks"][0]))
        by.setdefault(attack, {})[groups, c["limit"]["Measure"]] = (c.get("baseline"), c.get("candidate"), c["verdict"])
        worlds[groups] = c["seeds"]
    order = sorted(worlds, reverse=True)
    called = {21: "group 21", 0: "an expansion group"}
    lines = []
    for attack in sorted(by):
        line = [f"`{attack}`"]
        for g in order:
            for m, digits in (("flips", 1), ("collateral.attacked", 3)):
                b, c, _ = by[attack].get((g, m), (None, None, ""))
                line.append("–" if b is None or c is None else f"{b:.{digits}f} → {c:.{digits}f}")
        lines.append(line)
    last = ["mean difference (95 %)"]
    for g in order:
        for m, digits in (("flips", 2), ("collateral.attacked", 4)):
            d = [c - b for b, c, _ in (by[a].get((g, m), (None, None, "")) for a in by) if b is not None and c is not None]
            mean = sum(d) / len(d)
            half = 1.96 * math.sqrt(sum((x - mean) ** 2 for x in d) / (len(d) - 1) / len(d))
            last.append(f"{mean:+.{digits}f} ({mean - half:+.{digits}f} to {mean + half:+.{digits}f})")
    header = ["attack"]
    for g in order:
        header += [f"targets flipped, most raters in {called.get(g[0], g[0])}", "other items changed (share)"]
    count = {}
    for c in checks:
        count[c["verdict"]] = count.get(c["verdict"], 0) + 1
    return (table(header, lines + [last]) + f"\n\nOf {len(checks)} limits at {sorted(set(worlds.values()))[0]} seeds: "
            + ", ".join(f"{count[v]} {v}" for v in sorted(count)) + ".")


def filled(document):
    """A template with what its names stand for."""
    made = {
        "tools": lambda: table(["tool", "as run"], [[name(p), WHAT[p][1].format_map(about())] for p in WHAT]),
        "limit": lambda: about()["cpu_limit"], "seeds": lambda: about()["seeds"], "world": lambda: about()["world"], "null": lambda: about()["null"],
        "brigade": lambda: about()["brigade"], "worlds": lambda: judged("world"), "injected": lambda: judged("injected"), "labelled": lambda: judged("labelled"),
        "unlabelled": unlabelled, "nulls": nulls, "our_nulls": lambda: nulls(["ringwatch"]), "p_values": p_values, "our_p_values": lambda: p_values("Ringwatch"), "planted": planted, "natural": natural, "honest": honest, "honest_total": honest_total, "evasion": evasion,
    }
    with open(os.path.join(HERE, document + ".tmpl")) as f:
        return re.sub(r"\{\{(\w+)\}\}", lambda m: str(made[m[1]]()), f.read())


DOCUMENTS = {"peers.md": lambda: filled("peers.md"), "model-card.md": lambda: filled("model-card.md"), "peers-p.svg": lambda: qq() + "\n"}


def write(folder):
    made = {file: make() for file, make in DOCUMENTS.items()}
    for file, text in made.items():
        with open(os.path.join(folder, file), "w") as f:
            f.write(text)


if __name__ == "__main__":
    verb, given = (sys.argv + [""])[1], sys.argv[2:]
    if verb == "write" and len(given) == 1:
        write(given[0])
    elif verb == "show" and len(given) == 1 and given[0] in DOCUMENTS:
        sys.stdout.write(DOCUMENTS[given[0]]())
    elif verb == "condense" and given:
        condense(given)
    elif verb == "platform-change" and given:
        print(platform_change(given))
    else:
        sys.exit(__doc__.strip())
