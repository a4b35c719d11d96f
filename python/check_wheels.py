"""Checks wheels of ringwatch: that each carries the command for the platform of its
name, and that what it says of itself is so.

    python check_wheels.py dist/*.whl

Needs nothing but Python.
"""

from __future__ import annotations

import base64
import csv
import email
import hashlib
import io
import struct
import sys
import zipfile
from pathlib import Path
from typing import List

from wheels import NAME, TAGS, version


def built_for(binary: bytes) -> str:
    """The platform of an executable, by its header: ELF, Mach-O or PE."""
    if binary[:6] == b"\x7fELF\x02\x01":
        machine = struct.unpack_from("<H", binary, 18)[0]
        return "linux-" + {0x3E: "amd64", 0xB7: "arm64"}.get(machine, hex(machine))
    if binary[:4] == b"\xcf\xfa\xed\xfe":
        machine = struct.unpack_from("<I", binary, 4)[0]
        return "darwin-" + {0x01000007: "amd64", 0x0100000C: "arm64"}.get(machine, hex(machine))
    if binary[:2] == b"MZ":
        at = struct.unpack_from("<I", binary, 60)[0]
        machine = struct.unpack_from("<H", binary, at + 4)[0] if binary[at : at + 4] == b"PE\0\0" else 0
        return "windows-" + {0x8664: "amd64", 0xAA64: "arm64"}.get(machine, hex(machine))
    return "nothing that runs"


def needs_a_loader(binary: bytes) -> bool:
    """Whether an ELF file asks for a dynamic loader: then not any libc will do."""
    if binary[:6] != b"\x7fELF\x02\x01" or len(binary) < 64:
        return False
    start, size, n = struct.unpack_from("<Q", binary, 32)[0], *struct.unpack_from("<HH", binary, 54)
    return any(struct.unpack_from("<I", binary, start + k * size)[0] == 3 for k in range(n))  # PT_INTERP


def faults(path: Path) -> List[str]:
    """What is wrong with a wheel; nothing of a good one."""
    wrong: List[str] = []
    name, tag = f"{NAME}-{version()}", path.name[:-4].split("-none-")[-1]
    target = {tags: target for target, tags in TAGS.items()}.get(tag)
    if target is None or path.name != f"{name}-py3-none-{tag}.whl":
        return [f"{path.name} is no name of a wheel of {name}"]
    with zipfile.ZipFile(path) as z:
        bad = z.testzip()
        if bad is not None:
            return [f"{bad} is damaged"]
        held = {entry.filename: entry for entry in z.infolist()}
        data = {entry: z.read(entry) for entry in held}
    info = f"{name}.dist-info"
    script = f"{name}.data/scripts/{NAME}" + (".exe" if target.startswith("windows") else "")
    for needed in (f"{NAME}/__init__.py", f"{NAME}/py.typed", script, *(f"{info}/{part}" for part in ("METADATA", "WHEEL", "RECORD", "licenses/LICENSE", "licenses/THIRD_PARTY.md"))):
        if needed not in data:
            wrong.append(f"{needed} is missing")
    if wrong:
        return wrong
    if built_for(data[script]) != target:
        wrong.append(f"{script} is for {built_for(data[script])}")
    if needs_a_loader(data[script]):
        wrong.append(f"{script} is linked to a libc")
    if not held[script].external_attr >> 16 & 0o111:
        wrong.append(f"{script} may not be run")
    rows = {row[0]: row[1:] for row in csv.reader(io.StringIO(data[f"{info}/RECORD"].decode()))}
    if set(rows) != set(data):
        wrong.append(f"RECORD and the wheel differ in {sorted(set(rows) ^ set(data))}")
    for entry, (digest, size) in rows.items():
        if entry == f"{info}/RECORD" or entry not in data:
            continue
        real = base64.urlsafe_b64encode(hashlib.sha256(data[entry]).digest()).rstrip(b"=").decode()
        if (digest, size) != (f"sha256={real}", str(len(data[entry]))):
            wrong.append(f"RECORD has another content of {entry}")
    about = email.message_from_bytes(data[f"{info}/METADATA"])
    if (about["Name"], about["Version"], about["License-Expression"]) != (NAME, version(), "Apache-2.0") or not about["Summary"] or not str(about.get_payload()).startswith("# ringwatch"):
        wrong.append("METADATA is of something else")
    tags = email.message_from_bytes(data[f"{info}/WHEEL"]).get_all("Tag") or []
    if tags != [f"py3-none-{part}" for part in tag.split(".")]:
        wrong.append(f"WHEEL is of {tags}")
    if f'__version__ = "{version()}"' not in data[f"{NAME}/__init__.py"].decode():
        wrong.append("the package has another version than the command")
    return wrong


def main() -> None:
    if len(sys.argv) < 2:
        raise SystemExit("name wheels")
    bad = 0
    for path in map(Path, sys.argv[1:]):
        wrong = faults(path)
        bad += bool(wrong)
        print(f"{path.name}: " + ("; ".join(wrong) or "good"))
    raise SystemExit(1 if bad else 0)


if __name__ == "__main__":
    main()
