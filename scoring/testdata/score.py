#!/usr/bin/env python3
"""An outside scorer for Ringwatch: the mean rating, drawn towards 0.5.

    ringwatch score ratings.csv --scorer command ...  runs it as  score.py RATINGS ITEMS
"""
import csv
import sys
from collections import defaultdict

total, weight = defaultdict(float), defaultdict(float)
with open(sys.argv[1], newline="", encoding="utf-8") as ratings:
    for row in csv.DictReader(ratings):
        total[row["item"]] += float(row["weight"]) * float(row["value"])
        weight[row["item"]] += float(row["weight"])

with open(sys.argv[2], "w", newline="", encoding="utf-8") as items:
    out = csv.writer(items)
    out.writerow(["item", "score", "status"])
    for item in total:
        score = (total[item] + 0.5) / (weight[item] + 1)
        out.writerow([item, score, "helpful" if score > 0.7 else "not-helpful" if score < 0.3 else "needs-more"])
