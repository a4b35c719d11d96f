"""What a wheel says of itself, and what is checked of it, on any platform's.

RINGWATCH_SOURCE names the folder with wheels.py.
"""

from __future__ import annotations

import os
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest

SOURCE = os.environ.get("RINGWATCH_SOURCE", "")
pytestmark = pytest.mark.skipif(not SOURCE, reason="RINGWATCH_SOURCE names no folder with wheels.py")

# Beginnings of executables, as the systems define them.
HEADS = {
    "linux-amd64": b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HH", 2, 0x3E),
    "linux-arm64": b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HH", 2, 0xB7),
    "darwin-amd64": struct.pack("<II", 0xFEEDFACF, 0x01000007),
    "darwin-arm64": struct.pack("<II", 0xFEEDFACF, 0x0100000C),
    "windows-amd64": b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + struct.pack("<H", 0x8664),
    "windows-arm64": b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + struct.pack("<H", 0xAA64),
}


@pytest.fixture
def tools(monkeypatch: Any) -> Any:
    monkeypatch.syspath_prepend(SOURCE)
    import check_wheels
    import wheels

    return wheels, check_wheels


def make(wheels: Any, monkeypatch: Any, target: str, of: str, out: Path) -> Path:
    """A wheel for target with the beginning of an executable for of."""

    def compile_binary(target: str, out: Path) -> Path:
        binary = out / ("ringwatch.exe" if target.startswith("windows") else "ringwatch")
        binary.write_bytes(HEADS[of])
        return binary

    monkeypatch.setattr(wheels, "compile_binary", compile_binary)
    path: Path = wheels.wheel(target, out)
    return path


@pytest.mark.parametrize("target", sorted(HEADS))
def test_every_platform(tools: Any, monkeypatch: Any, tmp_path: Path, target: str) -> None:
    wheels, check = tools
    assert set(HEADS) == set(wheels.TAGS)
    assert check.faults(make(wheels, monkeypatch, target, target, tmp_path)) == []
    for other in HEADS:
        if other != target:
            assert check.faults(make(wheels, monkeypatch, target, other, tmp_path))


def test_damage_is_told(tools: Any, monkeypatch: Any, tmp_path: Path) -> None:
    wheels, check = tools
    good = make(wheels, monkeypatch, "linux-amd64", "linux-amd64", tmp_path)
    for damage in ("content", "more", "less"):
        bad = tmp_path / damage / good.name
        bad.parent.mkdir()
        with zipfile.ZipFile(good) as a, zipfile.ZipFile(bad, "w") as b:
            for entry in a.infolist():
                data = a.read(entry)
                if entry.filename == "ringwatch/_case.py":
                    if damage == "less":
                        continue
                    data += b"#" if damage == "content" else b""
                b.writestr(entry, data)
            if damage == "more":
                b.writestr("ringwatch/more.py", b"")
        assert check.faults(bad), damage
    assert check.faults(good.rename(good.with_name(good.name.replace("x86_64", "i686"))))


def test_the_wheel_that_is_tested(tools: Any) -> None:
    _, check = tools
    for wheel in Path(os.environ.get("RINGWATCH_WHEELS", "/none")).glob("*.whl"):
        assert check.faults(wheel) == [], wheel.name
