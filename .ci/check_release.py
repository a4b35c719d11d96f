"""Checks what GoReleaser made: `python3 .ci/check_release.py dist`.

Archives and packages of every platform hold the command for it, the licences and the
documentation; checksums and SBOMs are of them. Needs nothing but Python, and rpm for
what is in an rpm.
"""

import hashlib
import io
import json
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "python"))
from check_wheels import built_for, needs_a_loader  # noqa: E402

NEEDED = ["LICENSE", "THIRD_PARTY.md", "README.md", "CHANGELOG.md", "docs/README.md", "docs/first.md", "docs/ringwatch.R", "docs/report.png"]
PLATFORMS = [(system, machine) for system in ("linux", "darwin", "windows") for machine in ("amd64", "arm64")]
OF_PACKAGE = ["/usr/bin/ringwatch", "/usr/share/doc/ringwatch/LICENSE", "/usr/share/doc/ringwatch/THIRD_PARTY.md"]


def archive(path):
    """The files of an archive, by name."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as z:
            return {name: z.read(name) for name in z.namelist() if not name.endswith("/")}
    with tarfile.open(path) as t:
        return {m.name.removeprefix("./"): t.extractfile(m).read() for m in t.getmembers() if m.isfile()}


def deb(path):
    """The files of a Debian package, and its control file."""
    data, at, parts = path.read_bytes(), 8, {}
    if data[:8] != b"!<arch>\n":
        return {}, ""
    while at + 60 <= len(data):
        name, size = data[at : at + 16].decode().strip().rstrip("/"), int(data[at + 48 : at + 58])
        parts[name] = data[at + 60 : at + 60 + size]
        at += 60 + size + size % 2
    files, control = {}, ""
    for name, part in parts.items():
        if name.startswith(("data.tar", "control.tar")):
            with tarfile.open(fileobj=io.BytesIO(part)) as t:
                for m in t.getmembers():
                    if m.isfile() and name.startswith("data"):
                        files["/" + m.name.lstrip("./")] = t.extractfile(m).read()
                    elif m.isfile() and m.name.lstrip("./") == "control":
                        control = t.extractfile(m).read().decode()
    return files, control


def main():
    dist, wrong = Path(sys.argv[1]), []

    def one(pattern):
        found = sorted(dist.glob(pattern))
        if len(found) != 1:
            wrong.append(f"{len(found)} files are {pattern}")
        return found[0] if found else None

    made = []
    for system, machine in PLATFORMS:
        path = one(f"ringwatch_*_{system}_{machine}." + ("zip" if system == "windows" else "tar.gz"))
        if path is None:
            continue
        made.append(path)
        files, command = archive(path), "ringwatch" + (".exe" if system == "windows" else "")
        wrong += [f"{path.name} has no {name}" for name in [command, *NEEDED] if not files.get(name)]
        if needs_a_loader(files.get(command, b"")):
            wrong.append(f"{path.name} has a command that is linked to a libc; an image without one cannot run it")
        if built_for(files.get(command, b"")) != f"{system}-{machine}":
            wrong.append(f"{path.name} has a command for {built_for(files.get(command, b''))}")
    for machine, names in {"amd64": ("amd64", "x86_64"), "arm64": ("arm64", "aarch64")}.items():
        path = one(f"ringwatch_*_linux_{machine}.deb")
        if path is not None:
            made.append(path)
            files, control = deb(path)
            wrong += [f"{path.name} has no {name}" for name in OF_PACKAGE if not files.get(name)]
            if "Package: ringwatch\n" not in control or f"Architecture: {names[0]}\n" not in control:
                wrong.append(f"{path.name} says of itself\n{control}")
            if built_for(files.get("/usr/bin/ringwatch", b"")) != f"linux-{machine}":
                wrong.append(f"{path.name} has a command for another machine")
        path = one(f"ringwatch_*_linux_{machine}.rpm")
        if path is not None:
            made.append(path)
            if shutil.which("rpm"):
                said = subprocess.run(["rpm", "-qp", "--nosignature", "--qf", "%{NAME} %{ARCH}\n[%{FILENAMES}\n]", str(path)], capture_output=True, text=True).stdout.split("\n")
                if said[0] != f"ringwatch {names[1]}" or not set(OF_PACKAGE) <= set(said):
                    wrong.append(f"{path.name} holds {said}")
            else:
                print(f"{path.name} is not looked into: no rpm here")
    sums = dict(reversed(line.split()) for line in (dist / "checksums.txt").read_text().splitlines())
    for path in made:
        if sums.get(path.name) != hashlib.sha256(path.read_bytes()).hexdigest():
            wrong.append(f"checksums.txt has another sum of {path.name}")
    for path in made:
        if path.suffix in (".deb", ".rpm"):
            continue
        bill = path.with_name(path.name + ".sbom.json")
        if not bill.exists():
            wrong.append(f"{path.name} has no SBOM")
            continue
        held = json.dumps(json.loads(bill.read_text()))
        wrong += [f"{bill.name} does not name {name}" for name in ("gonum.org/v1/gonum", "modernc.org/sqlite") if name not in held]
    print(*wrong, f"{len(made)} archives and packages" + ("" if wrong else ", as they should be"), sep="\n")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
