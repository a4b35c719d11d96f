"""The notebook of the documentation shows what comes out.

RINGWATCH_NOTEBOOK names it; with RINGWATCH_UPDATE=1 its outputs are written anew.
"""

from __future__ import annotations

import ast
import base64
import contextlib
import io
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

NOTEBOOK = os.environ.get("RINGWATCH_NOTEBOOK", "")


def run(source: str, names: dict[str, Any]) -> list[dict[str, Any]]:
    """Runs a cell and returns its outputs as a notebook has them."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    printed = io.StringIO()
    outputs: list[dict[str, Any]] = []
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, "<cell>", "exec"), names)
        value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), names) if last else None
    if printed.getvalue():
        outputs.append({"output_type": "stream", "name": "stdout", "text": printed.getvalue().splitlines(True)})
    if value is not None:
        data: dict[str, Any] = {"text/plain": repr(value).splitlines(True)}
        if hasattr(value, "_repr_html_") and value._repr_html_():
            data["text/html"] = value._repr_html_().splitlines(True)
        if type(value).__module__.startswith("matplotlib"):
            picture = io.BytesIO()
            value.figure.savefig(picture, format="png", dpi=80)
            data = {"text/plain": ["<Axes>"], "image/png": base64.b64encode(picture.getvalue()).decode()}
        outputs.append({"output_type": "execute_result", "execution_count": None, "metadata": {}, "data": data})
    return outputs


def words(outputs: list[dict[str, Any]]) -> str:
    """What is compared: text, with white space as it may be laid out otherwise."""
    text = "".join("".join(o.get("text", [])) + "".join(o.get("data", {}).get("text/plain", [])) for o in outputs)
    return re.sub(r"\s+", " ", text).strip()


@pytest.mark.skipif(not NOTEBOOK, reason="RINGWATCH_NOTEBOOK names no notebook")
def test_notebook() -> None:
    matplotlib = pytest.importorskip("matplotlib")
    pd = pytest.importorskip("pandas")
    matplotlib.use("Agg")
    pd.set_option("display.width", 120)
    book = json.loads(Path(NOTEBOOK).read_text(encoding="utf-8"))
    names: dict[str, Any] = {}
    cells = [cell for cell in book["cells"] if cell["cell_type"] == "code"]
    wrong = []
    for n, cell in enumerate(cells, 1):
        outputs = run("".join(cell["source"]), names)
        if words(outputs) != words(cell["outputs"]):
            wrong.append(f"cell {n} gives\n{words(outputs)}\nand the notebook has\n{words(cell['outputs'])}")
        for o in outputs:
            if o["output_type"] == "execute_result":
                o["execution_count"] = n
        cell["outputs"], cell["execution_count"] = outputs, n
    if os.environ.get("RINGWATCH_UPDATE"):
        Path(NOTEBOOK).write_text(json.dumps(book, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    else:
        assert not wrong, "\n".join(wrong)
    assert len(cells) >= 6
