"""Data frames of three kinds, in and out; and plain rows, where none is installed."""

from __future__ import annotations

import csv
import importlib.util
import io
import os
from pathlib import Path
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple, Union

LIBRARIES = ("pandas", "polars", "pyarrow")

# Rows as a list of dicts: what there is where no library is.
ROWS = "rows"


def kind_of(data: Any) -> str:
    """Which library a frame is of; of anything else, the first that is installed."""
    module = type(data).__module__.split(".")[0]
    if module in LIBRARIES:
        return module
    if is_rows(data):
        return ROWS
    for kind in LIBRARIES:
        if importlib.util.find_spec(kind) is not None:
            return kind
    return ROWS


def check_kind(kind: str) -> str:
    """``kind``, if it is one; the first that is installed for none."""
    if kind and kind not in (*LIBRARIES, ROWS):
        raise ValueError(f"frames are pandas, polars, pyarrow or rows, not {kind!r}")
    return kind or kind_of(None)


def is_rows(data: Any) -> bool:
    return isinstance(data, (list, tuple)) and len(data) > 0 and all(isinstance(row, Mapping) for row in data)


def inputs(data: Any) -> Tuple[List[str], Optional[bytes]]:
    """What the command is given for ratings: names of files, or ``-`` and its input."""
    if isinstance(data, (str, os.PathLike)):
        return [named(data)], None
    if isinstance(data, (list, tuple)) and data and all(isinstance(item, (str, os.PathLike)) for item in data):
        return [named(item) for item in data], None
    return ["-"], to_bytes(data)


def named(path: Union[str, "os.PathLike[str]"]) -> str:
    """The path of a file so that no name of one is taken for a flag."""
    text = os.fspath(path)
    return os.path.join(os.curdir, text) if text.startswith("-") else text


def to_bytes(data: Any) -> bytes:
    """A frame as a stream of Arrow or, of rows and of pandas without pyarrow, as CSV."""
    out = io.BytesIO()
    module = type(data).__module__.split(".")[0]
    column = type(data).__name__ == "Series"
    if module == "polars" and not column:
        import polars as pl

        frame = data.collect() if hasattr(data, "collect") else data
        frame.write_ipc_stream(out, compat_level=pl.CompatLevel.oldest())
        return out.getvalue()
    if module == "pandas" and not column:
        data = flat(data)
        if importlib.util.find_spec("pyarrow") is None:
            text: str = data.to_csv(index=False)
            return text.encode()
        import pyarrow as pa

        return stream(pa.Table.from_pandas(data, preserve_index=False))
    if module == "pyarrow" or hasattr(data, "__arrow_c_stream__") and not column:
        import pyarrow as pa

        return stream(data if isinstance(data, pa.Table) else pa.table(data))
    if is_rows(data):
        return rows_csv(data).encode()
    raise TypeError(f"ratings are a data frame of pandas, polars or Arrow, a list of dicts, or the path of a file, not {type(data).__name__}")


def flat(frame: Any) -> Any:
    """A frame of pandas with what is named in its index as columns."""
    names = [name for name in frame.index.names if name is not None and name not in frame.columns]
    return frame.reset_index(level=names) if names else frame


def rows_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(dict.fromkeys(name for row in rows for name in row)), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def stream(table: Any) -> bytes:
    import pyarrow as pa

    out = io.BytesIO()
    with pa.ipc.new_stream(out, table.schema) as writer:
        writer.write_table(table)
    return out.getvalue()


class Ids(NamedTuple):
    """How the data has identifiers: str, or int or float where a frame has numbers.

    What comes out is given so, too: 17 is not "17" to any join or ``isin``.
    """

    rater: Callable[[Any], Any] = str
    item: Callable[[Any], Any] = str

    def row(self, row: Mapping[str, Any]) -> Dict[str, Any]:
        """A row with its identifiers as the data has them."""
        return {name: self.one(name, value) for name, value in row.items()}

    def one(self, name: str, value: Any) -> Any:
        to = {"rater": self.rater, "item": self.item}.get(name, str)
        if to is str or value is None:
            return value
        try:
            return to(value)
        except ValueError:
            return value


TEXT = Ids()


def ids_of(data: Any, reading: Optional[Mapping[str, Any]]) -> Ids:
    """Identifiers as the columns of a frame have them that were read as rater and item."""
    return Ids(*(number(data, str((reading or {}).get(role, role))) for role in ("rater", "item")))


def number(data: Any, column: str) -> Callable[[Any], Any]:
    module = type(data).__module__.split(".")[0]
    if is_rows(data):
        types = {type(row.get(column)) for row in data}
        return int if types == {int} else float if types <= {int, float} else str
    if module == "pandas":
        data = flat(data)
        dtype = next((dtype for name, dtype in data.dtypes.items() if str(name) == column), None)
        return {"i": int, "u": int, "f": float}.get(getattr(dtype, "kind", ""), str)
    if module == "polars":
        kind = (data.collect_schema() if hasattr(data, "collect_schema") else data.schema).get(column)
        return str if kind is None else int if kind.is_integer() else float if kind.is_float() else str
    if module == "pyarrow":
        import pyarrow as pa

        place = data.schema.get_field_index(column)
        if place < 0:
            return str
        kind = data.schema.field(place).type
        return int if pa.types.is_integer(kind) else float if pa.types.is_floating(kind) else str
    return str


def from_rows(rows: Sequence[Dict[str, Any]], columns: Sequence[str], kind: str, ids: Ids = TEXT) -> Any:
    """Rows as a frame; ``columns`` gives their order, and them where there is no row."""
    rows = [ids.row({name: row.get(name) for name in columns}) for row in rows]
    if kind == "polars":
        import polars as pl

        data = {name: [row[name] for row in rows] for name in columns}
        return pl.DataFrame(data, strict=False)
    if kind == "pyarrow":
        import pyarrow as pa

        return pa.table({name: [row[name] for row in rows] for name in columns})
    if kind == ROWS:
        return rows
    import pandas as pd

    return pd.DataFrame(rows, columns=list(columns))


# The apostrophe before what a spreadsheet would run.
BARE = "^'"

# Columns that are text, whatever they look like: 0012 is no number.
NAMES = ("rater", "item", "ring", "farm", "campaign")


def read_csv(path: Path, kind: str, ids: Ids = TEXT) -> Any:
    """A CSV file of the command, with identifiers as they are in the data."""
    if kind == ROWS:
        return read_rows(path, ids)
    with open(path, newline="", encoding="utf-8") as f:
        names = [name for name in next(csv.reader(f)) if name in NAMES]
    if kind == "polars":
        import polars as pl

        frame = pl.read_csv(path, infer_schema_length=None, schema_overrides={name: pl.String for name in names})
        empty = [name for name in frame.columns if name not in NAMES and frame[name].null_count() == len(frame)]
        frame = frame.with_columns(pl.col(name).cast(pl.Float64, strict=False) for name in empty)
        texts = [name for name, dtype in frame.schema.items() if dtype == pl.String]
        return cast(frame.with_columns(pl.col(name).str.replace(BARE, "") for name in texts), kind, ids)
    if kind == "pyarrow":
        import pyarrow as pa
        import pyarrow.compute as pc
        from pyarrow import csv as pacsv

        options = pacsv.ConvertOptions(column_types={name: pa.string() for name in names}, strings_can_be_null=True, null_values=[""])
        table = pacsv.read_csv(path, convert_options=options)
        for i, field in enumerate(table.schema):
            if pa.types.is_string(field.type):
                table = table.set_column(i, field.name, pc.replace_substring_regex(table[field.name], BARE, ""))
        return cast(table, kind, ids)
    import pandas as pd

    frame = pd.read_csv(path, keep_default_na=False, na_values=[""], dtype={name: str for name in names})
    for name in frame.columns:
        if frame[name].dtype == object or str(frame[name].dtype).startswith("str"):
            frame[name] = frame[name].str.replace(BARE, "", regex=True)
    return cast(frame, kind, ids)


def read_rows(path: Path, ids: Ids) -> List[Dict[str, Any]]:
    """The same without a library: numbers where a column has nothing else."""
    with open(path, newline="", encoding="utf-8") as f:
        rows: List[Dict[str, Any]] = [dict(row) for row in csv.DictReader(f)]
    for name in rows[0] if rows else ():
        values = [row[name] for row in rows]
        made: List[Any] = [value[1:] if value.startswith("'") else value or None for value in values]
        if name not in NAMES:
            for to in (int, float):
                try:
                    made = [to(value) if value else None for value in values]
                    break
                except ValueError:
                    pass
        for row, value in zip(rows, made):
            row[name] = ids.one(name, value)
    return rows


def cast(frame: Any, kind: str, ids: Ids) -> Any:
    """Identifiers of a frame as the data has them; text where one of them is no number."""
    for name, to in (("rater", ids.rater), ("item", ids.item)):
        if to is str:
            continue
        if kind == "polars" and name in frame.columns:
            import polars as pl

            for dtype in (pl.Int64, pl.UInt64) if to is int else (pl.Float64,):
                try:
                    frame = frame.with_columns(pl.col(name).cast(pl.String).cast(dtype))
                    break
                except pl.exceptions.PolarsError:
                    pass
        elif kind == "pyarrow" and name in frame.column_names:
            import pyarrow as pa

            for dtype in (pa.int64(), pa.uint64()) if to is int else (pa.float64(),):
                try:
                    column = frame[name].cast(pa.string()).cast(dtype)
                    frame = frame.set_column(frame.column_names.index(name), name, column)
                    break
                except pa.ArrowInvalid:
                    pass
        elif kind == "pandas" and name in frame.columns:
            try:
                frame[name] = frame[name].map(to)
            except ValueError:
                pass
    return frame


def read_parquet(path: Path, kind: str, ids: Ids = TEXT) -> Any:
    """A Parquet file of the command; None where nothing that is installed reads it."""
    if kind == "polars":
        import polars as pl

        return cast(pl.read_parquet(path), kind, ids)
    if kind != ROWS and importlib.util.find_spec("pyarrow") is not None:
        import pyarrow.parquet as pq

        table = pq.read_table(path)
        return cast(table if kind == "pyarrow" else table.to_pandas(), kind, ids)
    return None
