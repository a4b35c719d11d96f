"""On a wheel that was built and installed: what goes in, what comes out."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path
from typing import Any, Iterator

import pytest

import ringwatch

SMALL = {
    "world": {"organic": {"raters": 400, "items": 200, "ratings": 6000}},
    "attacks": [{"burst": {"accounts": 12, "targets": 10}}],
}

KINDS = [kind for kind in ("pandas", "polars", "pyarrow") if importlib.util.find_spec(kind)]


@pytest.fixture(scope="module", params=KINDS)
def world(request: Any) -> Iterator[ringwatch.World]:
    yield ringwatch.simulate(SMALL, seed=1, frames=request.param)


def column(frame: Any, name: str) -> list[Any]:
    values = frame[name]
    for method in ("to_list", "to_pylist"):
        if hasattr(values, method):
            return list(getattr(values, method)())
    raise TypeError(type(values))


def kind(frame: Any) -> str:
    return type(frame).__module__.split(".")[0]


def test_the_binary_is_that_of_the_wheel() -> None:
    assert ringwatch.version() == ringwatch.__version__
    if "RINGWATCH_BINARY" not in os.environ:
        assert Path(ringwatch.binary()).parent == Path(sys.executable).parent


def test_detect(world: ringwatch.World) -> None:
    case = ringwatch.detect(world.ratings, scorer="mean", control=0)
    truth = {r for r, b in zip(column(world.raters, "rater"), column(world.raters, "brigade")) if b}
    assert len(case) == 1 and len(truth) == 12
    for frame in (case.rings, case.members, case.evidence, case.raters, case.campaigns, case.coordinated):
        assert kind(frame) == kind(world.ratings)
    assert column(case.rings, "ring") == ["R1"] and column(case.rings, "q_value")[0] < 1e-6
    assert set(column(case.members, "rater")) == truth == set(case["R1"].raters)
    assert set(column(case.evidence, "rater")) <= truth
    assert {r for r, k in zip(column(case.raters, "rater"), column(case.raters, "ring")) if k == "R1"} == truth
    assert [r.id for r in case] == ["R1"] and case["R1"].certainty == "strong" and case.report.exists()
    page = case._repr_html_() + case["R1"]._repr_html_()
    assert "R1" in page and "cleared" in page
    with pytest.raises(KeyError):
        case["R9"]
    folder = case.folder
    del case
    assert not folder.exists()


def test_names_of_files_are_no_flags(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for call in (ringwatch.detect, ringwatch.score, ringwatch.simulate, lambda name: ringwatch.evaluate(name, name)):
        with pytest.raises(ringwatch.RingwatchError, match="no such file"):
            call("--out=taken")
    assert not list(tmp_path.iterdir())


def test_out_stays(world: ringwatch.World, tmp_path: Path) -> None:
    ringwatch.detect(world.ratings, out=tmp_path / "case", scorer="none")
    assert len(ringwatch.read_case(tmp_path / "case")) == 1
    with pytest.raises(ringwatch.RingwatchError, match="--force"):
        ringwatch.detect(world.ratings, out=tmp_path / "case", scorer="none")


def test_identifiers_are_as_given() -> None:
    pd = pytest.importorskip("pandas")
    names = ["=1+1", "'quoted", "ünï", "<b>x</b>"]
    rows = [(n, f"i{i}", (i + k) % 5 + 1, 1_700_000_000 + 86400 * i + k) for k, n in enumerate(names) for i in range(6)]
    scores = ringwatch.score(pd.DataFrame(rows, columns=["rater", "item", "value", "time"]), scorer="mean")
    assert set(scores.raters["rater"]) == set(names)


@pytest.mark.parametrize("frames", [*KINDS, "rows"])
def test_numbers_are_identifiers_and_stay_numbers(frames: str) -> None:
    world = ringwatch.simulate(SMALL, seed=1, frames="rows")
    rows = [{"user": int(r["rater"].strip("rx")) + (5000 if r["rater"][0] == "x" else 0), "item": "00" + r["item"][1:], "stars": r["value"], "time": r["time"]} for r in world.ratings]
    data: Any = rows
    if frames != "rows":
        module: Any = __import__(frames)
        data = module.Table.from_pylist(rows) if frames == "pyarrow" else module.DataFrame(rows)
    case = ringwatch.detect(data, scorer="none")
    brigade = {int(r["rater"][1:]) + 5000 for r in world.raters if r["brigade"]}
    assert set(case["R1"].raters) == brigade and all(item.startswith("00") for item in case["R1"].items)
    scores = ringwatch.score(data, scorer="mean")

    def of(frame: Any, name: str) -> list[Any]:
        return [row[name] for row in frame] if frames == "rows" else column(frame, name)

    assert set(of(case.members, "rater")) == brigade == {r for r, k in zip(of(case.raters, "rater"), of(case.raters, "ring")) if isinstance(k, str)}
    assert set(of(scores.raters, "rater")) == {r["user"] for r in rows}
    assert set(of(scores.items, "item")) == {r["item"] for r in rows} >= set(of(case.evidence, "item"))
    assert ringwatch.explain(data, case["R1"].raters[0])["raters"][0]["rater"] == str(case["R1"].raters[0])


def test_frames_as_they_come() -> None:
    pd = pytest.importorskip("pandas")
    big = 2**63
    rows = [(big + r, i, (r * i) % 5 + 1) for r in range(6) for i in range(8)]
    frame = pd.DataFrame(rows, columns=["rater", "item", "value"]).astype({"rater": "uint64"})
    for kind in KINDS:
        data = frame if kind == "pandas" else __import__(kind).from_pandas(frame) if kind == "polars" else __import__(kind).Table.from_pandas(frame)
        scores = ringwatch.score(data, scorer="mean")
        assert set(column(scores.raters, "rater")) == {big + r for r in range(6)}
        assert "float" in str(getattr(scores.raters["intercept"], "dtype", "float")).lower()
    indexed = ringwatch.score(frame.set_index("rater"), scorer="mean")
    assert set(indexed.raters["rater"]) == {big + r for r in range(6)}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for no in (frame["rater"], {"rater": [1]}, 3):
            with pytest.raises(TypeError, match="data frame"):
                ringwatch.detect(no)
        with pytest.raises(ringwatch.RingwatchError, match="no ratings"):
            ringwatch.detect(frame.head(0))


def test_nothing_else_installed(tmp_path: Path) -> None:
    """With the wheel alone there are lists of dicts, of the same values."""
    code = """
import sys
import importlib.util
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, *a: None if name in ("pandas", "polars", "pyarrow") else find(name, *a)
import ringwatch
world = ringwatch.simulate(sys.argv[1], seed=1)
case = ringwatch.detect(world.ratings, scorer="none")
assert isinstance(case.rings, list) and case.rings[0]["ring"] == "R1" and isinstance(case.rings[0]["size"], int)
found = {m["rater"] for m in case.members}
assert found == {r["rater"] for r in world.raters if r["brigade"]} == {r["rater"] for r in case.raters if r["ring"]}
assert ringwatch.evaluate(case, world.raters)
scores = ringwatch.score([r for r in world.ratings if r["rater"] not in found], scorer="mean")
assert isinstance(scores.items[0]["score"], float)
case._repr_html_()
assert not {"pandas", "polars", "pyarrow"} & set(sys.modules)
"""
    scenario = tmp_path / "small.yaml"
    scenario.write_text(json.dumps(SMALL))
    subprocess.run([sys.executable, "-c", code, str(scenario)], check=True)


def test_score(world: ringwatch.World) -> None:
    scores = ringwatch.score(world.ratings, scorer="mean")
    assert kind(scores.items) == kind(world.ratings)
    assert sum(column(scores.items, "ratings")) == len(column(world.ratings, "rater"))


def test_sweep_and_gate() -> None:
    outcomes = ringwatch.sweep(SMALL, seeds=2, frames=KINDS[0])
    assert set(column(outcomes, "seed")) == {1, 2} and "shift" in column(outcomes, "measure")
    assert ringwatch.gate(SMALL, seeds=6, limit="recall >= 0.1").verdict == "pass"
    verdict = ringwatch.gate(SMALL, seeds=6, limit=["recall <= 0"])
    assert not verdict and verdict.verdict == "fail" and verdict.text and verdict.details


def test_explain_and_evaluate(world: ringwatch.World) -> None:
    case = ringwatch.detect(world.ratings, scorer="none")
    who = case["R1"].raters
    told = ringwatch.explain(world.ratings, who[0], who[1])
    assert told["raters"][0]["rater"] == who[0]
    for truth in (world.raters,):
        judged = ringwatch.evaluate(case, truth)
        assert judged


def test_errors_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(ringwatch.RingwatchError) as e:
        ringwatch.detect(tmp_path / "none.csv")
    assert e.value.exit_code == 2 and "\n" not in str(e.value) and "none.csv" in str(e.value)
    with pytest.raises(ringwatch.RingwatchError, match="did you mean --scorer"):
        ringwatch.detect(tmp_path / "none.csv", scorr="mean")
    with pytest.raises(TypeError, match="data frame"):
        ringwatch.detect(3)


def test_notes_are_warnings(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    csv = tmp_path / "ratings.csv"
    csv.write_text("rater,item,value\n" + "".join(f"r{r},i{i},{(r * i) % 5}\n" for r in range(20) for i in range(8)))
    ringwatch.detect(csv, out=tmp_path / "out" / "case", scorer="none")
    (tmp_path / "out" / "case" / "mine.txt").write_text("mine")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        ringwatch.detect(csv, out=tmp_path / "out" / "case", scorer="none", force=True)
    assert any("mine.txt" in str(w.message) for w in told)


def test_progress(world: ringwatch.World, capsys: Any) -> None:
    pytest.importorskip("tqdm")
    ringwatch.score(world.ratings, scorer="mean", progress=True)
    assert "%" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_interrupt_stops_the_child(tmp_path: Path) -> None:
    code = "import ringwatch\nringwatch.sweep('burst', seeds=400, out=None)"
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)

    def of(parent: int) -> list[int]:
        found = subprocess.run(["pgrep", "-P", str(parent)], capture_output=True, text=True).stdout
        return [int(p) for p in found.split()]

    for _ in range(300):
        time.sleep(0.1)
        if of(child.pid):
            break
    grandchild = of(child.pid)
    assert grandchild
    time.sleep(0.5)
    child.send_signal(signal.SIGINT)  # to Python alone, as a notebook has it
    _, err = child.communicate(timeout=30)
    assert b"KeyboardInterrupt" in err
    for _ in range(50):
        if not Path(f"/proc/{grandchild[0]}").exists():
            return
        time.sleep(0.1)
    pytest.fail("the child goes on")


def test_plot(world: ringwatch.World) -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    ax = ringwatch.detect(world.ratings, scorer="none").plot("R1")
    assert ax.get_title(loc="left").startswith("R1: 12 raters")
    assert len(ax.get_yticks()) == 12


def test_many_at_once(world: ringwatch.World) -> None:
    done = []

    def one() -> None:
        done.append(len(column(ringwatch.score(world.ratings, scorer="median").items, "item")))

    threads = [threading.Thread(target=one) for _ in range(3)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(set(done)) == 1 and len(done) == 3
