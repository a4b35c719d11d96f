"""Runs the peers and Ringwatch on the same sets, and writes tables/sets.csv and tables/nulls.csv.

python3 run.py --ringwatch BINARY [--data FOLDER] [--only SET,...] [--nulls N]

Every peer is a process of its own: its processor time and memory are those that the system counted.
What it found is judged by `ringwatch evaluate`. Sets that are not there are left out.
"""

import argparse
import csv
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
LIMIT = 60  # processor seconds that a peer may take

PEERS = ["ringwatch", "postselection", "quasiclique", "fraudar", "forem", "coordination-network-toolkit", "coordinationz"]

# Smallest first. A world is a scenario of the library; a set is a folder of the data.
SETS = [
    ("world burst", ["burst"]),
    ("world drip", ["drip"]),
    ("world mimic", ["mimic"]),
    ("inj_bitcoin_otc/push", None),
    ("inj_bitcoin_otc/drip", None),
    ("inj_filmtrust/push", None),
    ("bitcoin_alpha", None),
    ("amazon_sdlib", None),
]
SIZE = ["--set", "world.raters=600", "--set", "world.items=240", "--set", "world.ratings=9000"]
NULL = ["--set", "world.raters=300", "--set", "world.items=120", "--set", "world.ratings=2500"]


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
    found = os.path.join(folder, "found.csv")
    for old in (found, found + ".p"):
        if os.path.exists(old):
            os.remove(old)
    if peer in ("ringwatch", "postselection", "quasiclique"):
        case = os.path.join(folder, "case")
        shutil.rmtree(case, ignore_errors=True)
        command = [binary, "detect", ratings, "--scorer", "none", "--out", case, "--quiet"]
        if peer != "ringwatch":
            command += ["--detectors", peer]
        return usage(command) + (os.path.join(case, "raters.csv" if peer == "ringwatch" else "ring_members.csv"),)
    return usage([sys.executable, os.path.join(HERE, "adaptors.py"), peer, ratings, found]) + (found,)


def judge(binary, found, truth):
    out = subprocess.run([binary, "evaluate", found, truth, "--format", "json", "--draws", "500"], capture_output=True, text=True)
    if out.returncode != 0:
        return None, out.stderr.strip()
    return json.loads(out.stdout), ""


def groups(path):
    """How many groups and accounts a file names."""
    with open(path, newline="") as f:
        rows = list(csv.DictReader(f))
    column = "ring" if rows and "ring" in rows[0] else "group"
    named = [(row.get("rater") or row.get("account"), row[column]) for row in rows if row.get(column)]
    return len({g for _, g in named}), len({a for a, _ in named})


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--ringwatch", default="ringwatch")
    args.add_argument("--data", default=os.path.join(HERE, "../../../shared/data"))
    args.add_argument("--tables", default=os.path.join(HERE, "tables"))
    args.add_argument("--only", default="")
    args.add_argument("--nulls", type=int, default=20, help="null worlds, 0: leave that table as it is")
    o = args.parse_args()
    binary = shutil.which(o.ringwatch) or o.ringwatch
    os.makedirs(o.tables, exist_ok=True)
    measures = ["precision", "recall", "f1", "ap", "roc_auc"]
    with tempfile.TemporaryDirectory() as folder, open(os.path.join(o.tables, "sets.csv"), "w", newline="") as f:
        out = csv.writer(f)
        out.writerow(["set", "ratings", "accounts", "positive", "peer"] + [m + e for m in measures for e in ("", "_low", "_high")]
                     + ["found", "honest_found", "rings", "false_rings", "cpu_seconds", "mib", "failed"])
        for name, scenario in SETS:
            if o.only and name not in o.only.split(","):
                continue
            ratings, truth = os.path.join(folder, "ratings.csv"), os.path.join(folder, "truth.csv")
            if scenario:
                world = os.path.join(folder, "world")
                subprocess.run([binary, "simulate"] + scenario + SIZE + ["--out", world, "--force", "--quiet"], check=True, stdout=subprocess.DEVNULL)
                ratings, truth = os.path.join(world, "ratings.csv"), os.path.join(world, "truth_raters.csv")
            elif os.path.isdir(os.path.join(o.data, name)):
                source = os.path.join(o.data, name)
                if os.path.exists(ratings):
                    os.remove(ratings)
                subprocess.run([binary, "convert", os.path.join(source, "ratings.csv.gz"), "--out", ratings, "--quiet"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                truth = os.path.join(source, "labels.csv.gz")
            else:
                print(f"{name}: not there", file=sys.stderr)
                continue
            with open(ratings) as lines:
                n = sum(1 for _ in lines) - 1
            for peer in PEERS:
                failed, cpu, mib, found = run(binary, peer, ratings, folder)
                report = None
                if not failed:
                    report, failed = judge(binary, found, truth)
                row = [name, n, report["accounts"] if report else "", report["positive"] if report else "", peer]
                if report:
                    by = {m["name"]: m for m in report["measures"]}
                    for m in measures:
                        row += ["" if by[m][k] is None else round(by[m][k], 4) for k in ("value", "low", "high")]
                    rings = report.get("rings") or {"found": "", "false": ""}
                    row += [report["flagged"], report["flagged"] - report["hits"], rings["found"], rings["false"]]
                else:
                    row += [""] * (3 * len(measures) + 4)
                out.writerow(row + [round(cpu, 2), round(mib), failed])
                f.flush()
                print(name, peer, failed or "done", f"{cpu:.1f} s", file=sys.stderr)
    if o.nulls == 0:
        return
    with tempfile.TemporaryDirectory() as folder, open(os.path.join(o.tables, "nulls.csv"), "w", newline="") as f:
        out = csv.writer(f)
        out.writerow(["seed", "peer", "groups", "accounts", "p_values", "p_up_to_05", "cpu_seconds", "failed"])
        for seed in range(1, o.nulls + 1):
            world = os.path.join(folder, "world")
            subprocess.run([binary, "simulate", "null"] + NULL + ["--seed", str(seed), "--out", world, "--force", "--quiet"], check=True, stdout=subprocess.DEVNULL)
            for peer in PEERS:
                failed, cpu, _, found = run(binary, peer, os.path.join(world, "ratings.csv"), folder)
                g, a = ("", "") if failed else groups(found)
                p = ["", ""]
                if os.path.exists(found + ".p"):
                    with open(found + ".p") as values:
                        ps = [float(v) for v in values]
                    p = [len(ps), sum(v <= 0.05 for v in ps)]
                out.writerow([seed, peer, g, a] + p + [round(cpu, 2), failed])
                f.flush()
            print("null world", seed, file=sys.stderr)


if __name__ == "__main__":
    main()
