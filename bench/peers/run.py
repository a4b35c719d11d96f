"""Runs the peers and Ringwatch on the same sets, and writes the tables that report.py makes documents of.

python3 run.py --ringwatch BINARY [--data FOLDER] [--only SET,...] [--peers NAME,...] [--nulls N] [--jobs N]

Every peer is a process of its own: its processor time and memory are those that the system counted.
What it found is judged by `ringwatch evaluate`. Sets that are not there are left out. With --only or
--peers, the rows of other sets and peers stay as they are.
"""

import argparse
import csv
import importlib.metadata
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import adaptors

HERE = os.path.dirname(os.path.abspath(__file__))
LIMIT = 60  # processor seconds that a peer may take on one set
SEEDS = 5  # of worlds and injections
CALIBRATED = 5  # null worlds that p-values are taken from; for those of Ringwatch each is drawn anew as often

PEERS = ["ringwatch", "postselection", "quasiclique", "ugfraud", "forem", "coordination-network-toolkit", "coordinationz"]
OURS = ["ringwatch", "postselection", "quasiclique"]
MEASURES = ["precision", "recall", "f1", "ap", "roc_auc"]

# Smallest first. A world is a scenario of the library, by SEEDS seeds; injected is a brigade of 20 after 12
# items in real ratings, by SEEDS seeds, the data's own accounts taken for honest; the rest are folders of the
# data, with labels or without.
WORLDS = ["burst", "drip", "mimic"]
INJECTED = ["polis/15-per-hour-seattle", "birdwatch_2021"]
LABELLED = ["malicious_bidding", "bitcoin_alpha", "bitcoin_otc", "inj_bitcoin_otc/push", "inj_bitcoin_otc/drip", "inj_filmtrust/push", "amazon_sdlib", "weibo_s"]
UNLABELLED = ["polis/15-per-hour-seattle", "polis/canadian-electoral-reform", "polis/scoop-hivemind.affordable-housing", "birdwatch_2021"]
SIZE = ["--set", "world.raters=600", "--set", "world.items=240", "--set", "world.ratings=9000"]
NULL = ["--set", "world.raters=300", "--set", "world.items=120", "--set", "world.ratings=2500"]
LEVELS = [0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001]  # as in a case's calibration
BRIGADE = "attacks: [{burst: {accounts: 20, targets: 12}}]"


def usage(command):
    """Runs a command: its error in one line, or none; CPU seconds; MiB."""
    with tempfile.TemporaryFile("w+") as err:
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=err,
                                 preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (LIMIT, LIMIT)))
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        err.seek(0)
        lines = [line.strip() for line in err.read().splitlines() if line.strip()]
    cpu = used.ru_utime + used.ru_stime
    failed = ""
    if child.returncode in (-9, -24):
        failed = f"stopped after {LIMIT} s of processor time"
    elif child.returncode != 0:
        failed = lines[-1] if lines else f"exit code {child.returncode}"
    return failed, cpu, used.ru_maxrss / 1024


def run(binary, peer, ratings, folder):
    """What a peer said, CPU seconds, MiB, and the file of what it found."""
    if peer in OURS:
        case = os.path.join(folder, "case-" + peer)
        command = [binary, "detect", ratings, "--scorer", "none", "--out", case, "--quiet", "--force"]
        if peer != "ringwatch":
            command += ["--detectors", peer]
        return usage(command) + (os.path.join(case, "raters.csv" if peer == "ringwatch" else "ring_members.csv"),)
    found = os.path.join(folder, f"found-{peer}.csv")
    return usage([sys.executable, os.path.join(HERE, "adaptors.py"), peer, ratings, found]) + (found,)


def judge(binary, found, truth):
    out = subprocess.run([binary, "evaluate", found, truth, "--format", "json", "--draws", "500"], capture_output=True, text=True)
    if out.returncode != 0:
        return None, out.stderr.strip()
    return json.loads(out.stdout), ""


def named(path):
    """How many groups and accounts a file names."""
    with open(path, newline="") as f:
        rows = list(csv.DictReader(f))
    column = "ring" if rows and "ring" in rows[0] else "group"
    of = [(row.get("rater") or row.get("account"), row[column]) for row in rows if row.get(column)]
    return len({g for _, g in of}), len({a for a, _ in of})


def simulate(binary, scenario, seed, folder, extra=()):
    world = os.path.join(folder, "world")
    subprocess.run([binary, "simulate", scenario, *extra, "--seed", str(seed), "--out", world, "--quiet"], check=True, stdout=subprocess.DEVNULL)
    return os.path.join(world, "ratings.csv"), os.path.join(world, "truth_raters.csv")


def convert(binary, source, folder):
    ratings = os.path.join(folder, "ratings.csv")
    subprocess.run([binary, "convert", os.path.join(source, "ratings.csv.gz"), "--out", ratings, "--quiet"], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return ratings


def sets(binary, data):
    """Kind, name, seed and how the ratings and the truth of each set come to be."""
    def injected(name, seed, to):
        scenario = os.path.join(to, "injected.yaml")
        with open(scenario, "w") as f:
            f.write(f"name: injected\nworld: {{ratings: {json.dumps(convert(binary, os.path.join(data, name), to))}}}\n{BRIGADE}\n")
        return simulate(binary, scenario, seed, to)

    for name in WORLDS:
        for seed in range(1, SEEDS + 1):
            yield "world", name, seed, lambda to, name=name, seed=seed: simulate(binary, name, seed, to, SIZE)
    for kind, names in (("injected", INJECTED), ("labelled", LABELLED), ("unlabelled", UNLABELLED)):
        for name in names:
            source = os.path.join(data, name)
            if not os.path.isdir(source):
                print(f"{name}: not there", file=sys.stderr)
            elif kind == "injected":
                for seed in range(1, SEEDS + 1):
                    yield kind, name, seed, lambda to, name=name, seed=seed: injected(name, seed, to)
            else:
                truth = os.path.join(source, "labels.csv.gz") if kind == "labelled" else None
                yield kind, name, "", lambda to, source=source, truth=truth: (convert(binary, source, to), truth)


HEADER = (["kind", "set", "seed", "ratings", "accounts", "positive", "peer"] + [m + e for m in MEASURES for e in ("", "_low", "_high")]
          + ["found", "honest_found", "rings", "false_rings", "cpu_seconds", "mib", "failed"])


def row(binary, kind, name, seed, n, peer, ratings, truth, folder):
    failed, cpu, mib, found = run(binary, peer, ratings, folder)
    r = {"kind": kind, "set": name, "seed": seed, "ratings": n, "peer": peer, "cpu_seconds": round(cpu, 2), "mib": round(mib)}
    if not failed and truth:
        report, failed = judge(binary, found, truth)
        if report:
            r |= {"accounts": report["accounts"], "positive": report["positive"], "found": report["flagged"], "honest_found": report["flagged"] - report["hits"]}
            for m in report["measures"]:
                if m["name"] in MEASURES:
                    r |= {m["name"] + e: "" if m[k] is None else round(m[k], 4) for e, k in (("", "value"), ("_low", "low"), ("_high", "high"))}
            rings = report.get("rings") or {}
            r |= {"rings": rings.get("found", ""), "false_rings": rings.get("false", "")}
    elif not failed:
        r["rings"], r["found"] = named(found)
    return r | {"failed": failed}


def table(path, header, rows):
    with open(path + ".new", "w", newline="") as f:
        out = csv.DictWriter(f, header, lineterminator="\n")
        out.writeheader()
        out.writerows(rows)
    os.replace(path + ".new", path)


def read(path):
    if not os.path.exists(path):
        return []
    with open(path, newline="") as f:
        return list(csv.DictReader(f))


def run_sets(o, binary, pool):
    path = os.path.join(o.tables, "sets.csv")

    def mine(kind, name, peer):
        return peer in o.peers and (not o.only or f"{kind} {name}" in o.only)

    def place(r):
        kinds = {"world": WORLDS, "injected": INJECTED, "labelled": LABELLED, "unlabelled": UNLABELLED}
        return list(kinds).index(r["kind"]), kinds[r["kind"]].index(r["set"]), str(r["seed"]), PEERS.index(r["peer"])

    rows = [r for r in read(path) if not mine(r["kind"], r["set"], r["peer"])]
    for kind, name, seed, make in sets(binary, o.data):
        peers = [p for p in PEERS if mine(kind, name, p)]
        if not peers:
            continue
        with tempfile.TemporaryDirectory() as folder:
            ratings, truth = make(folder)
            with open(ratings) as lines:
                n = sum(1 for _ in lines) - 1
            new = list(pool.map(lambda peer: row(binary, kind, name, seed, n, peer, ratings, truth, folder), peers))
        rows = sorted(rows + new, key=place)
        table(path, HEADER, rows)
        print(kind, name, seed, " ".join(f"{r['cpu_seconds']}s" for r in new), file=sys.stderr)


def run_nulls(o, binary, pool):
    """Null worlds, and of the first few of them the p-values that are claimed."""
    nulls, p_values = os.path.join(o.tables, "nulls.csv"), os.path.join(o.tables, "p_values.csv")
    rows = [r for r in read(nulls) if r["peer"] not in o.peers or int(r["seed"]) > o.nulls]
    claims = {"coordinationz": ["coordinationz, pairs"], "ringwatch": ["Ringwatch, a rater against a group", "Ringwatch, a group of five"]}
    new = {source for peer, of in claims.items() if peer in o.peers for source in of}
    p = {(r["source"], float(r["level"])): [int(r["up_to"]), int(r["of"])] for r in read(p_values) if r["source"] not in new}

    def count(source, level, up_to, of):
        p[source, level] = [a + b for a, b in zip(p.get((source, level), (0, 0)), (up_to, of))]

    def one(seed, peer, ratings, folder):
        failed, cpu, _, found = run(binary, peer, ratings, folder)
        groups, accounts = ("", "") if failed else named(found)
        return {"seed": seed, "peer": peer, "groups": groups, "accounts": accounts, "cpu_seconds": round(cpu, 2), "failed": failed}

    def claimed(folder, ratings):
        pairs = os.path.join(folder, "found-coordinationz.csv.p")
        if os.path.exists(pairs):
            with open(pairs) as f:
                values = [float(v) for v in f]
            for level in LEVELS:
                count(claims["coordinationz"][0], level, sum(v <= level for v in values), len(values))
        if "ringwatch" in o.peers:
            case = os.path.join(folder, "calibrated")
            subprocess.run([binary, "detect", ratings, "--scorer", "none", "--calibrate", str(CALIBRATED), "--out", case, "--quiet"], check=True, stdout=subprocess.DEVNULL)
            with open(os.path.join(case, "rings.json")) as f:
                of = json.load(f)["calibration"]["p_values"]
            for source, key in zip(claims["ringwatch"], ("members_up_to", "random_groups_up_to")):
                for level, up_to in zip(of["levels"], of[key]):
                    count(source, level, up_to, of["random_groups"])

    for seed in range(1, o.nulls + 1):
        with tempfile.TemporaryDirectory() as folder:
            ratings, _ = simulate(binary, "null", seed, folder, NULL)
            rows += pool.map(lambda peer: one(seed, peer, ratings, folder), [q for q in PEERS if q in o.peers])
            if seed <= CALIBRATED:
                claimed(folder, ratings)
        table(nulls, ["seed", "peer", "groups", "accounts", "cpu_seconds", "failed"], sorted(rows, key=lambda r: (int(r["seed"]), PEERS.index(r["peer"]))))
        table(p_values, ["source", "level", "up_to", "of"],
              [{"source": s, "level": level, "up_to": k, "of": n} for (s, level), (k, n) in sorted(p.items(), key=lambda x: (x[0][0], -x[0][1]))])
        print("null world", seed, file=sys.stderr)


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--ringwatch", default="ringwatch")
    args.add_argument("--data", default=os.path.join(HERE, "../../../shared/data"))
    args.add_argument("--tables", default=os.path.join(HERE, "tables"))
    args.add_argument("--only", default="", help="sets by kind and name, as in 'labelled weibo_s,world burst'")
    args.add_argument("--peers", default=",".join(PEERS), help="only these, as in ringwatch,coordinationz")
    args.add_argument("--nulls", type=int, default=20, help="null worlds, 0: leave their tables as they are")
    args.add_argument("--jobs", type=int, default=1, help="peers that run side by side")
    o = args.parse_args()
    o.data = os.path.abspath(o.data)
    o.only, o.peers = o.only.split(",") if o.only else [], o.peers.split(",")
    binary = shutil.which(o.ringwatch) or o.ringwatch
    os.makedirs(o.tables, exist_ok=True)
    with ThreadPoolExecutor(o.jobs) as pool:
        run_sets(o, binary, pool)
        run_nulls(o, binary, pool)
    about = {"cpu_limit": LIMIT, "seeds": SEEDS, "realizations": adaptors.REALIZATIONS, "brigade": BRIGADE, "world": " ".join(SIZE[1::2]), "null": " ".join(NULL[1::2])}
    about["ringwatch"] = subprocess.run([binary, "version"], capture_output=True, text=True).stdout.split("\n")[0]
    about |= {p: importlib.metadata.version(p) for p in ("coordinationz", "coordination-network-toolkit", "UGFraud")}
    with open(os.path.join(o.tables, "run.json"), "w") as f:
        json.dump(about, f, indent=1)
        f.write("\n")


if __name__ == "__main__":
    main()
