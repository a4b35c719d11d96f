"""Peers, each run as its own documents say: RATINGS in, accounts with scores and groups out.

python3 adaptors.py PEER RATINGS FOUND

RATINGS is CSV with rater,item,value,time as `ringwatch convert` writes it. FOUND is CSV with
account,score,group, which `ringwatch evaluate` reads: the higher the score, the more suspicious;
group is empty for who is in none. What a peer claims as p-values stands in FOUND.p, one a line.
"""

import csv
import datetime
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict

REALIZATIONS = 200


def read(path):
    with open(path, newline="") as f:
        for row in csv.DictReader(f):
            at = row.get("time") or ""
            seconds = datetime.datetime.fromisoformat(at.replace("Z", "+00:00")).timestamp() if at else None
            yield row["rater"], row["item"], row.get("value", ""), seconds


def write(path, score, group):
    with open(path, "w", newline="") as f:
        out = csv.writer(f)
        out.writerow(["account", "score", "group"])
        for account in sorted(set(score) | set(group)):
            out.writerow([account, score.get(account, 0), group.get(account, "")])


def components(edges):
    """Groups of accounts that edges join, by their smallest name."""
    root = {}

    def find(a):
        root.setdefault(a, a)
        while root[a] != a:
            root[a] = root[root[a]]
            a = root[a]
        return a

    for a, b in edges:
        a, b = find(a), find(b)
        if a != b:
            root[max(a, b)] = min(a, b)
    return {a: find(a) for a in root}


def numbered(ratings):
    """Accounts and items of each rating, and as numbers in the order in which they first come."""
    accounts, items, edges = {}, {}, []
    for u, i, _, _ in read(ratings):
        edges.append((accounts.setdefault(u, len(accounts)), items.setdefault(i, len(items))))
    return list(accounts), list(items), edges


def ugfraud(ratings, found):
    """UGFraud's FRAUDAR, as its own eval_Fraudar.py runs it: logarithmic column weights, block after block until
    two in a row are equally dense. The score of an account is the density of the first block that holds it."""
    from UGFraud.Detector.Fraudar import detect_blocks, listToSparseMatrix, logWeightedAveDegree

    accounts, _, edges = numbered(ratings)
    score, group = dict.fromkeys(accounts, 0.0), {}
    blocks = detect_blocks(listToSparseMatrix([u for u, _ in edges], [i for _, i in edges]), logWeightedAveDegree)
    for k, ((rows, _), density) in enumerate(blocks, 1):
        for u in rows:
            if accounts[u] not in group:
                score[accounts[u]], group[accounts[u]] = float(density), f"block {k}"
    write(found, score, group)


def forem(ratings, found):
    """Forem's Spam::ReactionRingDetector from its description: in the last three months, accounts with
    50 reactions or more of which 80 % go to few authors, that share two of these. Where nobody
    knows authors, an item is its own; few is five."""
    rows = list(read(ratings))
    times = [t for _, _, _, t in rows if t is not None]
    since = max(times) - 90 * 86400 if times else None
    given = defaultdict(Counter)
    for u, i, _, t in rows:
        if since is None or t >= since:
            given[u][i] += 1
    score, top = {u: 0.0 for u, _, _, _ in rows}, {}
    for u, of in given.items():
        n = sum(of.values())
        most = of.most_common(5)
        concentration = sum(k for _, k in most) / n
        if n >= 50:
            score[u] = concentration
            if concentration >= 0.8:
                top[u] = {i for i, _ in most}
    accounts = sorted(top)
    edges = [(a, b) for k, a in enumerate(accounts) for b in accounts[k + 1 :] if len(top[a] & top[b]) >= 2]
    write(found, score, components(edges))


def coordination_network_toolkit(ratings, found):
    """QUT's toolkit, the network of reposts, item and value in place of the message that is reposted, at its
    own defaults: within 60 seconds, edges of 2 or more. Score: weight of all edges of an account."""
    rows = list(read(ratings))
    if any(t is None for _, _, _, t in rows):
        sys.exit("needs times, and these ratings have none")
    with tempfile.TemporaryDirectory() as folder:
        with open(folder + "/in.csv", "w", newline="") as f:
            out = csv.writer(f)
            out.writerow(["message_id", "user_id", "username", "repost_id", "reply_id", "message", "timestamp", "urls"])
            for k, (u, i, v, t) in enumerate(rows):
                out.writerow([k, u, u, f"{i}={v}", "", "", int(t), ""])
        tool = [sys.executable.rsplit("/", 1)[0] + "/compute_networks", folder + "/db.sqlite"]
        for step in (["preprocess", "--format", "csv", folder + "/in.csv"],
                     # Its CSV output ends with "unexpected keyword argument 'n_messages'", its GraphML does not.
                     ["compute", "co_retweet", "--n_cpus", "1", "--output_file", folder + "/out.graphml"]):
            subprocess.run(tool + step, check=True, stdout=subprocess.DEVNULL)
        import networkx

        weight, edges = Counter(), []
        for a, b, of in networkx.read_graphml(folder + "/out.graphml").edges(data=True):
            if a != b:
                weight[str(a)] += float(of.get("weight", 1))
                edges.append((str(a), str(b)))
    score = {u: 0.0 for u, _, _, _ in rows}
    score.update(weight)
    write(found, score, components(edges))


def coordinationz(ratings, found):
    """coordinationz: cosine similarity of accounts over item and value, against its null model of shuffled
    edges, with REALIZATIONS where its default is 10,000, which takes more than 15 s of processor time on
    2,500 ratings. Its package names no threshold: pairs with p <= .05 are edges here. Score: 1 - the least p of an
    account."""
    import warnings

    warnings.simplefilter("ignore")
    from coordinationz import nullmodel

    edges = [(u, f"{i}={v}") for u, i, v, _ in read(ratings)]
    out = nullmodel.bipartiteNullModelSimilarity(edges, scoreType=["pvalue"], realizations=REALIZATIONS, showProgress=False, workers=1)
    labels = out["labels"]
    score, joined = {u: 0.0 for u, _ in edges}, []
    with open(found + ".p", "w") as f:
        for (a, b), p in zip(out["indexedEdges"], out["pvalues"]):
            a, b = str(labels[a]), str(labels[b])
            f.write(f"{p}\n")
            score[a], score[b] = max(score.get(a, 0), 1 - p), max(score.get(b, 0), 1 - p)
            if p <= 0.05:
                joined.append((a, b))
    write(found, score, components(joined))


PEERS = {"ugfraud": ugfraud, "forem": forem, "coordination-network-toolkit": coordination_network_toolkit, "coordinationz": coordinationz}

if __name__ == "__main__":
    PEERS[sys.argv[1]](sys.argv[2], sys.argv[3])
