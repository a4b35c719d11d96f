"""Data frames of three kinds, in and out."""

from __future__ import annotations

import importlib.util
import io
import os
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

KINDS = ("pandas", "polars", "pyarrow")


def kind_of(data: Any) -> str:
    """Which library a frame is of; of anything else, the first that is installed."""
    module = type(data).__module__.split(".")[0]
    if module in KINDS:
        return module
    for kind in KINDS:
        if importlib.util.find_spec(kind) is not None:
            return kind
    raise ImportError("ringwatch gives data frames: install pandas, polars or pyarrow")


def inputs(data: Any) -> Tuple[List[str], Optional[bytes]]:
    """What the command is given for ratings: names of files, or ``-`` and its input."""
    if isinstance(data, (str, os.PathLike)):
        return [os.fspath(data)], None
    if isinstance(data, (list, tuple)) and data and all(isinstance(item, (str, os.PathLike)) for item in data):
        return [os.fspath(item) for item in data], None
    return ["-"], to_bytes(data)


def to_bytes(data: Any) -> bytes:
    """A frame as a stream of Arrow or, of pandas without pyarrow, as CSV."""
    out = io.BytesIO()
    module = type(data).__module__.split(".")[0]
    if module == "polars":
        import polars as pl

        frame = data.collect() if hasattr(data, "collect") else data
        frame.write_ipc_stream(out, compat_level=pl.CompatLevel.oldest())
        return out.getvalue()
    if module == "pandas":
        if importlib.util.find_spec("pyarrow") is None:
            text: str = data.to_csv(index=False)
            return text.encode()
        import pyarrow as pa

        return stream(pa.Table.from_pandas(data, preserve_index=False))
    if module == "pyarrow" or hasattr(data, "__arrow_c_stream__"):
        import pyarrow as pa

        return stream(data if isinstance(data, pa.Table) else pa.table(data))
    raise TypeError(f"ratings are a data frame of pandas, polars or Arrow, or the path of a file, not {type(data).__name__}")


def stream(table: Any) -> bytes:
    import pyarrow as pa

    out = io.BytesIO()
    with pa.ipc.new_stream(out, table.schema) as writer:
        writer.write_table(table)
    return out.getvalue()


def from_rows(rows: Sequence[Dict[str, Any]], columns: Sequence[str], kind: str) -> Any:
    """Rows as a frame; ``columns`` gives their order, and them where there is no row."""
    if kind == "polars":
        import polars as pl

        data = {name: [row.get(name) for row in rows] for name in columns}
        return pl.DataFrame(data, strict=False)
    if kind == "pyarrow":
        import pyarrow as pa

        return pa.table({name: [row.get(name) for row in rows] for name in columns})
    import pandas as pd

    return pd.DataFrame(list(rows), columns=list(columns))


def read_csv(path: Path, kind: str) -> Any:
    """A CSV file of the command, with identifiers as they are in the data."""
    if kind == "polars":
        import polars as pl

        frame = pl.read_csv(path, infer_schema_length=None)
        texts = [name for name, dtype in frame.schema.items() if dtype == pl.String]
        return frame.with_columns(pl.col(name).str.replace(BARE, "") for name in texts)
    if kind == "pyarrow":
        import pyarrow as pa
        import pyarrow.compute as pc
        from pyarrow import csv

        table = csv.read_csv(path)
        for i, field in enumerate(table.schema):
            if pa.types.is_string(field.type):
                table = table.set_column(i, field.name, pc.replace_substring_regex(table[field.name], BARE, ""))
        return table
    import pandas as pd

    frame = pd.read_csv(path, keep_default_na=False, na_values=[""])
    for name in frame.columns:
        if frame[name].dtype == object or str(frame[name].dtype).startswith("str"):
            frame[name] = frame[name].str.replace(BARE, "", regex=True)
    return frame


# The apostrophe before what a spreadsheet would run.
BARE = "^'"


def read_parquet(path: Path, kind: str) -> Any:
    if kind == "polars":
        import polars as pl

        return pl.read_parquet(path)
    if kind == "pyarrow" or importlib.util.find_spec("pyarrow") is not None:
        import pyarrow.parquet as pq

        table = pq.read_table(path)
        return table if kind == "pyarrow" else table.to_pandas()
    return None
