"""A case: rings with their evidence."""

from __future__ import annotations

import html
import json
import tempfile
import weakref
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional

from . import _frames

RING = ["ring", "certainty", "size", "targets", "p_value", "ln_p", "q_value", "ln_q", "detectors", "first", "last", "why", "explanation", "shift", "targets_changed"]
MEMBER = ["ring", "rater", "role", "strength", "shared_items", "certainty"]
EVIDENCE = ["ring", "measure", "unit", "observed", "expected", "rater", "item", "value", "time"]
CAMPAIGN = ["item", "verdict", "from", "to", "ratings", "expected", "side", "share", "usual", "q_value", "effect", "farm", "campaign", "change"]


class Ring:
    """One ring, or a coordinated group.

    ``data`` is what ``rings.json`` says of it; docs/rings.schema.json describes that.
    """

    def __init__(self, data: Dict[str, Any], kind: str, ids: _frames.Ids = _frames.TEXT) -> None:
        self.data = data
        self._kind = kind
        self._ids = ids

    def __repr__(self) -> str:
        return f"<Ring {self.id}: {self.data['size']} raters, {self.data['targets']} targets, {self.certainty}, q {self.data['q_value']}>"

    @property
    def id(self) -> str:
        """R1 of rings, C1 of coordinated groups."""
        return str(self.data["ring"])

    @property
    def certainty(self) -> str:
        """strong, moderate, weak, unstable, in doubt or coordinated."""
        return str(self.data.get("certainty", ""))

    @property
    def why(self) -> str:
        """What made it stand out, in a sentence."""
        return str(self.data["why"])

    @property
    def raters(self) -> List[Any]:
        """The members, strongest first, as the data has them."""
        return [self._ids.one("rater", m["rater"]) for m in self.data["members"]]

    @property
    def items(self) -> List[Any]:
        """The targets, as the data has them."""
        return [self._ids.one("item", item) for item in self.data["items"]]

    @property
    def members(self) -> Any:
        """A row per member: rater, role, strength, shared_items."""
        return _frames.from_rows(member_rows(self.data), MEMBER, self._kind, self._ids)

    @property
    def evidence(self) -> Any:
        """A row per rating that shows it, with what was observed and expected."""
        return _frames.from_rows(evidence_rows(self.data), EVIDENCE, self._kind, self._ids)

    @property
    def doubts(self) -> List[Dict[str, Any]]:
        """The innocent explanations that were tested: name, holds, because."""
        return list(self.data["innocent_explanations"])

    def plot(self, ax: Any = None) -> Any:
        """Draws who rated which target, and when: needs matplotlib. Returns the axes."""
        try:
            import matplotlib.pyplot as plt
        except ImportError:
            raise ImportError("Ring.plot draws with matplotlib: pip install matplotlib") from None
        rows: Dict[Any, Dict[str, Any]] = {}
        for e in self.data["evidence"]:
            for row in e["rows"]:
                rows[row["rater"], row["item"], row.get("time")] = row
        raters = [m["rater"] for m in self.data["members"] if any(key[0] == m["rater"] for key in rows)]
        if ax is None:
            _, ax = plt.subplots(figsize=(8, 1 + 0.22 * max(len(raters), 3)), layout="constrained")
        place = {name: i for i, name in enumerate(raters)}
        shown = [r for r in rows.values() if r["rater"] in place]
        times = [r.get("time") for r in shown]
        if all(times) and times:
            import datetime

            x: List[Any] = [datetime.datetime.fromisoformat(str(t).replace("Z", "+00:00")) for t in times]
            ax.set_xlabel("time (UTC)")
        else:
            at = {name: i for i, name in enumerate(self.data["items"])}
            x = [at.get(r["item"], -1) for r in shown]
            ax.set_xlabel("target")
        dots = ax.scatter(x, [place[r["rater"]] for r in shown], c=[r["value"] for r in shown], cmap="coolwarm", s=18, linewidths=0)
        ax.figure.colorbar(dots, ax=ax, label="value")
        ax.set_yticks(range(len(raters)), raters, fontsize=7)
        ax.invert_yaxis()
        ax.set_title(f"{self.id}: {self.data['size']} raters, {self.data['targets']} targets, {self.certainty}", loc="left")
        ax.tick_params(axis="x", labelrotation=30)
        return ax

    def _repr_html_(self) -> str:
        facts = "".join(
            f"<tr><td>{html.escape(e['unit'])}</td><td style='text-align:right'>{e['observed']:.4g}</td><td style='text-align:right'>{e['expected']:.4g}</td></tr>"
            for e in self.data["evidence"]
        )
        doubts = "".join(
            f"<li>{html.escape(d['name'])}: {'fits' if d['holds'] else 'does not fit'}, {html.escape(d['because'])}</li>" for d in self.doubts
        )
        return (
            f"<div><b>{html.escape(self.id)}</b> {html.escape(self.certainty)}, q {html.escape(str(self.data['q_value']))}: {html.escape(self.why)}"
            f"<table><tr><th></th><th>observed</th><th>expected</th></tr>{facts}</table>"
            f"<p>Innocent explanations that were tested</p><ul>{doubts}</ul></div>"
        )


def member_rows(ring: Dict[str, Any]) -> List[Dict[str, Any]]:
    return [{**m, "ring": ring["ring"], "certainty": ring.get("certainty", "")} for m in ring["members"]]


def evidence_rows(ring: Dict[str, Any]) -> List[Dict[str, Any]]:
    return [
        {"ring": ring["ring"], **{name: e[name] for name in ("measure", "unit", "observed", "expected")}, **row}
        for e in ring["evidence"]
        for row in e["rows"]
    ]


def ring_row(ring: Dict[str, Any]) -> Dict[str, Any]:
    effect = ring.get("effect") or {}
    row = {name: ring.get(name) for name in RING}
    row["p_value"], row["q_value"] = float(ring["p_value"]), float(ring["q_value"])
    row["detectors"] = " ".join(ring["detectors"])
    row["explanation"] = "; ".join(x["name"] for x in ring["innocent_explanations"] if x["holds"])
    row["shift"], row["targets_changed"] = effect.get("shift"), effect.get("changed")
    return row


class Case:
    """What ``ringwatch detect`` found, and the folder that holds it."""

    def __init__(self, folder: Path, kind: str, temporary: Optional["tempfile.TemporaryDirectory[str]"] = None, ratings: Any = None) -> None:
        self.folder = folder
        self._kind = kind
        self._ids = _frames.TEXT if ratings is None else _frames.ids_of(ratings, json.loads((folder / "run.json").read_text(encoding="utf-8")).get("reading"))
        self.document: Dict[str, Any] = json.loads((folder / "rings.json").read_text(encoding="utf-8"))
        if temporary is not None:
            self._end = weakref.finalize(self, temporary.cleanup)

    def __repr__(self) -> str:
        return f"<Case: {len(self)} rings, {len(self.document['coordinated'])} coordinated groups, {self.document['ratings']} ratings>"

    def __len__(self) -> int:
        """How many rings there are."""
        return len(self.document["rings"])

    def __iter__(self) -> Iterator[Ring]:
        """The rings, strongest first, those in doubt last."""
        return (Ring(r, self._kind, self._ids) for r in self.document["rings"])

    def __getitem__(self, ring: str) -> Ring:
        """A ring or a coordinated group by its name, as R1 or C1."""
        for r in self.document["rings"] + self.document["coordinated"]:
            if r["ring"] == ring:
                return Ring(r, self._kind, self._ids)
        raise KeyError(ring)

    @property
    def rings(self) -> Any:
        """A row per ring; ``ln_p`` and ``ln_q`` are there for chances below what a float holds."""
        return _frames.from_rows([ring_row(r) for r in self.document["rings"]], RING, self._kind)

    @property
    def coordinated(self) -> Any:
        """A row per coordinated group: for review, and no rings."""
        return _frames.from_rows([ring_row(r) for r in self.document["coordinated"]], RING, self._kind)

    @property
    def members(self) -> Any:
        """A row per ring and member."""
        return _frames.from_rows([row for r in self.document["rings"] for row in member_rows(r)], MEMBER, self._kind, self._ids)

    @property
    def evidence(self) -> Any:
        """A row per ring, measure and rating that shows it; at most 200 of each measure."""
        return _frames.from_rows([row for r in self.document["rings"] for row in evidence_rows(r)], EVIDENCE, self._kind, self._ids)

    @property
    def raters(self) -> Any:
        """A row per rater of the data: ring, suspicion, q_value, ratings and more."""
        frame = _frames.read_parquet(self.folder / "raters.parquet", self._kind, self._ids)
        return _frames.read_csv(self.folder / "raters.csv", self._kind, self._ids) if frame is None else frame

    @property
    def campaigns(self) -> Any:
        """A row per campaign on an item."""
        path = self.folder / "campaigns.csv"
        if not path.exists():
            return _frames.from_rows([], CAMPAIGN, self._kind)
        return _frames.read_csv(path, self._kind, self._ids)

    @property
    def warnings(self) -> List[str]:
        """What was left out, read otherwise or could not be tested."""
        return list(self.document["warnings"]) + [f"{n['detector']}: {n['why']}" for n in self.document["not_run"]]

    @property
    def report(self) -> Path:
        """The page to read and to hand on; raters have pseudonyms in it."""
        return self.folder / "report.html"

    def plot(self, ring: str = "R1", ax: Any = None) -> Any:
        """Draws a ring, see :meth:`Ring.plot`."""
        return self[ring].plot(ax)

    def _repr_html_(self) -> str:
        d = self.document
        head = "".join(f"<th>{name}</th>" for name in ("ring", "raters", "targets", "q", "certainty", "when", "why"))
        rows = ""
        for r in (d["rings"] + d["coordinated"])[:20]:
            when = f"{(r.get('first') or '')[:10]} – {(r.get('last') or '')[:10]}" if r.get("first") else ""
            cells = (r["ring"], r["size"], r["targets"], r["q_value"], r.get("certainty", ""), when, r["why"])
            rows += "<tr>" + "".join(f"<td>{html.escape(str(c))}</td>" for c in cells) + "</tr>"
        more = len(d["rings"]) + len(d["coordinated"]) - 20
        notes = "".join(f"<li>{html.escape(w)}</li>" for w in self.warnings)
        return (
            f"<div><p>{len(self)} rings and {len(d['coordinated'])} coordinated groups in {d['ratings']:,} ratings of {d['items']:,} items by {d['raters']:,} raters.</p>"
            f"<table><tr>{head}</tr>{rows}</table>"
            + (f"<p>and {more} more</p>" if more > 0 else "")
            + (f"<details><summary>Warnings, and what was not tested</summary><ul>{notes}</ul></details>" if notes else "")
            + "<p>Coordination and its effect, not who is behind it. Who is in no ring has not been cleared.</p></div>"
        )
