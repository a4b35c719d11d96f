"""Builds wheels that carry the ringwatch binary.

    python wheels.py --out dist                # for this machine
    python wheels.py --out dist --all          # for every platform, by cross-compiling
    python wheels.py --out dist --platform linux-arm64

Needs Go and nothing from PyPI. It is also the build backend that `pip install
./python` uses. The same source gives the same bytes.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import os
import platform
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any, Optional

HERE = Path(__file__).resolve().parent
NAME = "ringwatch"

# Go links no C, so a Linux binary runs with any libc. macOS 12 is the oldest that
# Go 1.26 supports.
TAGS = {
    "linux-amd64": "manylinux_2_17_x86_64.manylinux2014_x86_64.musllinux_1_1_x86_64",
    "linux-arm64": "manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64",
    "darwin-amd64": "macosx_12_0_x86_64",
    "darwin-arm64": "macosx_12_0_arm64",
    "windows-amd64": "win_amd64",
    "windows-arm64": "win_arm64",
}


def version() -> str:
    """The version, as the command has it."""
    source = (HERE.parent / "cmd" / NAME / "version.go").read_text() + (HERE.parent / "cmd" / NAME / "main.go").read_text()
    found = re.search(r'^const version = "([^"]+)"', source, re.MULTILINE)
    if not found:
        raise SystemExit("cmd/ringwatch has no version")
    return found.group(1)


def here() -> str:
    """The platform of this machine."""
    machine = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}.get(platform.machine().lower(), "")
    name = f"{sys.platform.replace('win32', 'windows')}-{machine}"
    if name not in TAGS:
        raise SystemExit(f"there is no wheel for {name}; build the command with go install, and set RINGWATCH_BINARY")
    return name


def compile_binary(target: str, out: Path) -> Path:
    """Compiles the command for a platform."""
    system, machine = target.split("-")
    binary = out / (NAME + (".exe" if system == "windows" else ""))
    env = {**os.environ, "GOOS": system, "GOARCH": machine, "CGO_ENABLED": "0"}
    command = ["go", "build", "-trimpath", "-ldflags=-s -w", "-o", str(binary), "./cmd/" + NAME]
    try:
        subprocess.run(command, cwd=HERE.parent, env=env, check=True)
    except FileNotFoundError:
        raise SystemExit("Go is not installed: see https://go.dev/dl/") from None
    return binary


def metadata() -> str:
    return (
        f"Metadata-Version: 2.4\nName: {NAME}\nVersion: {version()}\n"
        "Summary: Find, simulate and withstand coordinated manipulation of crowd ratings\n"
        "License-Expression: Apache-2.0\nRequires-Python: >=3.9\n"
        "Project-URL: Source, https://github.com/ringwatch/ringwatch\n"
        "Classifier: Typing :: Typed\n"
        + "".join(f"Requires-Dist: {name}; extra == 'notebook'\n" for name in ("pandas", "pyarrow", "matplotlib", "tqdm"))
        + "Provides-Extra: notebook\n"
        "Description-Content-Type: text/markdown\n\n" + (HERE / "README.md").read_text()
    )


def wheel(target: str, out: Path) -> Path:
    """Writes the wheel of a platform and returns its path."""
    info = f"{NAME}-{version()}.dist-info"
    path = out / f"{NAME}-{version()}-py3-none-{TAGS[target]}.whl"
    out.mkdir(parents=True, exist_ok=True)
    build = out / f".{target}"
    build.mkdir(exist_ok=True)
    binary = compile_binary(target, build)
    files: list[tuple[str, bytes, int]] = [
        (f"{NAME}/{source.name}", source.read_bytes(), 0o644)
        for source in sorted((HERE / NAME).iterdir())
        if source.suffix == ".py" or source.name == "py.typed"
    ]
    files.append((f"{NAME}-{version()}.data/scripts/{binary.name}", binary.read_bytes(), 0o755))
    tags = "".join(f"Tag: py3-none-{tag}\n" for tag in TAGS[target].split("."))
    files.append((f"{info}/METADATA", metadata().encode(), 0o644))
    files.append((f"{info}/WHEEL", f"Wheel-Version: 1.0\nGenerator: {NAME}\nRoot-Is-Purelib: false\n{tags}".encode(), 0o644))
    for name in ("LICENSE", "THIRD_PARTY.md"):
        files.append((f"{info}/licenses/{name}", (HERE.parent / name).read_bytes(), 0o644))
    record = ""
    for name, data, _ in files:
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        record += f"{name},sha256={digest},{len(data)}\n"
    files.append((f"{info}/RECORD", (record + f"{info}/RECORD,,\n").encode(), 0o644))
    partial = path.with_suffix(".partial")
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as z:
        for name, data, mode in files:
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.external_attr, entry.compress_type = (0o100000 | mode) << 16, zipfile.ZIP_DEFLATED
            z.writestr(entry, data)
    partial.replace(path)
    binary.unlink()
    build.rmdir()
    return path


# The hooks of PEP 517.


def build_wheel(wheel_directory: str, config_settings: Any = None, metadata_directory: Optional[str] = None) -> str:
    return wheel(here(), Path(wheel_directory)).name


def build_sdist(sdist_directory: str, config_settings: Any = None) -> str:
    raise SystemExit("there is no source distribution: the binary is built from the whole repository. Install a wheel, or clone it and run pip install ./python")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("dist"), help="folder of the wheels")
    parser.add_argument("--all", action="store_true", help="for every platform")
    parser.add_argument("--platform", choices=sorted(TAGS), action="append", help="for this one; may be given again")
    args = parser.parse_args()
    for target in list(TAGS) if args.all else args.platform or [here()]:
        print(wheel(target, args.out.resolve()).name, flush=True)


if __name__ == "__main__":
    main()
