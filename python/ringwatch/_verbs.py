"""The commands as functions."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence, Union

from . import _frames
from ._case import Case
from ._command import arguments, run

PathLike = Union[str, "os.PathLike[str]"]
Scenario = Union[PathLike, Mapping[str, Any]]


def detect(ratings: Any, *, out: Optional[PathLike] = None, accounts: Any = None, known: Any = None, progress: Optional[bool] = None, **options: Any) -> Case:
    """Finds rings of raters who act together.

    ``ratings`` is a data frame with a rater, an item and, where there are such, a
    value and a time, or the path of a file or several. Columns are recognised by
    their names or told: ``columns={"rater": "user", "value": "stars"}``. With
    ``out`` the folder stays; else it lasts as long as the case.
    """
    files, stdin = _frames.inputs(ratings)
    with Place() as place:
        extra = {name: place.file(value, name) for name, value in (("accounts", accounts), ("known", known)) if value is not None}
        if out is not None:
            run(["detect", *files, "--out", os.fspath(out), *arguments({**extra, **options})], stdin, progress=progress)
            return Case(Path(out), _frames.kind_of(ratings), None, ratings)
        folder = tempfile.TemporaryDirectory(prefix="ringwatch-")
        try:
            run(["detect", *files, "--out", folder.name + "/case", *arguments({**extra, **options})], stdin, progress=progress)
            return Case(Path(folder.name) / "case", _frames.kind_of(ratings), folder, ratings)
        except BaseException:
            folder.cleanup()
            raise


def read_case(folder: PathLike, *, frames: str = "") -> Case:
    """A case that ``ringwatch detect --out`` wrote. ``frames`` is pandas, polars, pyarrow or rows."""
    return Case(Path(folder), _frames.check_kind(frames))


@dataclass
class Scores:
    """Scores of items, and reputations of raters."""

    items: Any
    raters: Any


def score(ratings: Any, *, scorer: str = "bridging", progress: Optional[bool] = None, **options: Any) -> Scores:
    """Scores items by a scorer of ``ringwatch list scorers``."""
    files, stdin = _frames.inputs(ratings)
    kind = _frames.kind_of(ratings)
    with Place() as place:
        folder = place.path / "scores"
        run(["score", *files, "--scorer", scorer, "--out", str(folder), *arguments(options)], stdin, progress=progress)
        ids = _frames.ids_of(ratings, json.loads((folder / "run.json").read_text(encoding="utf-8")).get("reading"))
        return Scores(_frames.read_csv(folder / "items.csv", kind, ids), _frames.read_csv(folder / "raters.csv", kind, ids))


@dataclass
class World:
    """Simulated ratings with the truth behind them."""

    ratings: Any
    raters: Any
    items: Any
    brigades: Any


def simulate(scenario: Scenario, *, seed: int = 1, frames: str = "", progress: Optional[bool] = None, **options: Any) -> World:
    """Makes attacked ratings and their truth: of a scenario of the library, a YAML file or a dict."""
    kind = _frames.check_kind(frames)
    with Place() as place:
        folder = place.path / "world"
        run(["simulate", place.scenario(scenario), "--seed", str(seed), "--out", str(folder), *arguments(options)], progress=progress)
        return World(*(_frames.read_csv(folder / name, kind) for name in ("ratings.csv", "truth_raters.csv", "truth_items.csv", "truth_brigades.csv")))


OUTCOME = ["scenario", "point", "scorer", "detector", "seed", "measure", "value"]


def sweep(scenarios: Union[Scenario, Sequence[Scenario]], *, seeds: Optional[int] = None, frames: str = "", progress: Optional[bool] = None, **options: Any) -> Any:
    """Runs scenarios clean, attacked and defended: a row per point, scorer, seed and measure."""
    kind = _frames.check_kind(frames)
    with Place() as place:
        names = place.scenarios(scenarios)
        lines = run(["sweep", *names, *arguments({"seeds": seeds, **options})], progress=progress).out.splitlines()
    rows: List[Dict[str, Any]] = []
    for line in lines:
        o = json.loads(line)
        for measure, value in o["measures"].items():
            point = json.dumps(o["point"], sort_keys=True) if o.get("point") else None
            rows.append({**{name: o.get(name) for name in ("scenario", "scorer", "detector", "seed")}, "point": point, "measure": measure, "value": value})
    return _frames.from_rows(rows, OUTCOME, kind)


@dataclass
class Gate:
    """A verdict: pass, fail or inconclusive. It is true where nothing fails."""

    verdict: str
    text: str
    details: Dict[str, Any] = field(repr=False)

    def __bool__(self) -> bool:
        return self.verdict == "pass"


def gate(scenarios: Union[Scenario, Sequence[Scenario]], *, progress: Optional[bool] = None, **options: Any) -> Gate:
    """Holds a scorer or a defence against limits and a baseline. What cannot be run raises."""
    with Place() as place:
        to = place.path / "gate.json"
        done = run(["gate", *place.scenarios(scenarios), "--json", str(to), *arguments(options)], progress=progress, fine=(0, 1, 3))
        details = json.loads(to.read_text(encoding="utf-8"))
    return Gate({0: "pass", 1: "fail", 3: "inconclusive"}[done.exit_code], done.out.decode(), details)


def explain(ratings: Any, rater: Any, other: Any = None, *, progress: Optional[bool] = None, **options: Any) -> Dict[str, Any]:
    """Says of a rater when it was active, in which groups it is and by what, or what two share."""
    files, stdin = _frames.inputs(ratings)
    words = ["explain", *files, "--rater", str(rater)] + (["--rater", str(other)] if other is not None else [])
    result: Dict[str, Any] = json.loads(run([*words, "--json", *arguments(options)], stdin, progress=progress).out)
    return result


def evaluate(found: Any, truth: Any, *, progress: Optional[bool] = None, **options: Any) -> Dict[str, Any]:
    """Holds what any tool found against a truth; both are frames, files or a :class:`Case`."""
    with Place() as place:
        files = [place.file(data, name) for data, name in ((found, "found"), (truth, "truth"))]
        result: Dict[str, Any] = json.loads(run(["evaluate", *files, "--format", "json", *arguments(options)], progress=progress).out)
    return result


class Place:
    """A folder for what the command takes as a file alone."""

    def __enter__(self) -> "Place":
        self._folder = tempfile.TemporaryDirectory(prefix="ringwatch-")
        self.path = Path(self._folder.name)
        return self

    def __exit__(self, *_: Any) -> None:
        self._folder.cleanup()

    def file(self, data: Any, name: str) -> str:
        """The path of a table: its own, or of a CSV file that holds it."""
        if isinstance(data, Case):
            return str(data.folder / "rings.json")
        if isinstance(data, (str, os.PathLike)):
            return _frames.named(data)
        to = self.path / f"{name}.csv"
        module = type(data).__module__.split(".")[0]
        if module == "polars":
            (data.collect() if hasattr(data, "collect") else data).write_csv(to)
        elif module == "pandas":
            _frames.flat(data).to_csv(to, index=False)
        elif _frames.is_rows(data):
            to.write_text(_frames.rows_csv(data), encoding="utf-8")
        else:
            import pyarrow as pa
            from pyarrow import csv

            csv.write_csv(data if isinstance(data, pa.Table) else pa.table(data), to)
        return str(to)

    def scenario(self, scenario: Scenario) -> str:
        """A scenario's name or file; of a dict, a file that holds it (JSON is YAML)."""
        if isinstance(scenario, Mapping):
            to = self.path / f"scenario{len(list(self.path.iterdir()))}.yaml"
            to.write_text(json.dumps(scenario), encoding="utf-8")
            return str(to)
        return _frames.named(scenario)

    def scenarios(self, some: Union[Scenario, Sequence[Scenario]]) -> List[str]:
        if isinstance(some, (str, os.PathLike, Mapping)):
            some = [some]
        return [self.scenario(s) for s in some]
