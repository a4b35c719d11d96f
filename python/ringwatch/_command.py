"""Runs the ringwatch command: pipes, progress, interrupts, errors."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import threading
import warnings
from pathlib import Path
from typing import IO, Any, Dict, Iterable, List, NamedTuple, Optional, Tuple


class RingwatchError(Exception):
    """What the command refused, in its one line."""

    def __init__(self, line: str, exit_code: int) -> None:
        super().__init__(line)
        self.exit_code = exit_code


class Done(NamedTuple):
    """What a command that ended well said."""

    out: bytes
    exit_code: int


def binary() -> str:
    """The path of the command: ``RINGWATCH_BINARY``, that of this package, or of ``PATH``."""
    told = os.environ.get("RINGWATCH_BINARY")
    if told:
        return told
    name = "ringwatch.exe" if os.name == "nt" else "ringwatch"
    user = "nt_user" if os.name == "nt" else "posix_user"
    places = [Path(sysconfig.get_path("scripts"))]
    if user in sysconfig.get_scheme_names():
        places.append(Path(sysconfig.get_path("scripts", scheme=user)))
    # pip install --target puts scripts beside the packages.
    places.append(Path(__file__).resolve().parent.parent / ("Scripts" if os.name == "nt" else "bin"))
    for place in places:
        if (place / name).is_file():
            return str(place / name)
    found = shutil.which(name)
    if found:
        return found
    raise RingwatchError("the ringwatch command is not there; install the package from a wheel, or set RINGWATCH_BINARY", 2)


def version() -> str:
    """The version of the command."""
    return run(["version"], plain=True).out.decode().split()[1]


def arguments(options: Dict[str, Any]) -> List[str]:
    """Flags of the command: ``reveal_ids=True`` is ``--reveal-ids``.

    None and False are left out; a list of several is joined by commas; ``columns``
    and ``set`` take a dict.
    """
    words: List[str] = []
    for name, value in options.items():
        flag = "--" + name.rstrip("_").replace("_", "-")
        if value is None or value is False:
            continue
        if value is True:
            words.append(flag)
        elif isinstance(value, dict):
            pairs = [f"{key}={item}" for key, item in value.items()]
            if flag == "--columns":
                words += [flag, ",".join(pairs)]
            else:
                for pair in pairs:
                    words += [flag, pair]
        elif isinstance(value, (list, tuple, set)) and flag in ("--set", "--limit", "--margin", "--rater"):
            for item in value:
                words += [flag, str(item)]
        elif isinstance(value, (list, tuple, set)):
            words += [flag, ",".join(str(item) for item in value)]
        else:
            words += [flag, os.fspath(value) if isinstance(value, os.PathLike) else str(value)]
    return words


def run(words: Iterable[str], stdin: Optional[bytes] = None, *, plain: bool = False, progress: Optional[bool] = None, fine: Tuple[int, ...] = (0,)) -> Done:
    """Runs the command and returns what it printed; other exit codes than ``fine`` raise."""
    command = [binary(), *words]
    bar = Progress(progress)
    if not plain:
        command += ["--log-format", "json"] + (["--progress", "json"] if bar.wanted else ["--quiet"])
    child = subprocess.Popen(command, stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    said: List[Tuple[str, str]] = []
    helpers = [threading.Thread(target=listen, args=(child.stderr, said, bar), daemon=True)]
    if stdin is not None:
        helpers.append(threading.Thread(target=feed, args=(child.stdin, stdin), daemon=True))
    for helper in helpers:
        helper.start()
    assert child.stdout is not None
    try:
        out = child.stdout.read()
        code = child.wait()
    except BaseException:  # Ctrl-C: the child ends too, and takes back what is half written
        stop(child)
        raise
    finally:
        for helper in helpers:
            helper.join(timeout=5)
        bar.close()
        for pipe in (child.stdout, child.stderr):
            if pipe is not None:
                pipe.close()
    errors = [text for level, text in said if level == "ERROR"]
    for level, text in said:
        if level != "ERROR":
            warnings.warn(text, stacklevel=4)
    if code not in fine:
        line = errors[-1] if errors else " ".join(text for _, text in said) or f"ringwatch ended with {code} and said nothing"
        raise RingwatchError(line, code)
    return Done(out, code)


def stop(child: "subprocess.Popen[bytes]") -> None:
    """Interrupts a child and, where it does not listen, ends it."""
    try:
        if os.name == "nt":
            child.terminate()
        else:
            child.send_signal(signal.SIGINT)
        child.wait(timeout=3)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        child.kill()
        child.wait()
    except OSError:
        pass


def feed(pipe: Optional[IO[bytes]], data: bytes) -> None:
    """Gives the child its input; that it did not want all of it is said by itself."""
    assert pipe is not None
    try:
        with pipe:
            pipe.write(data)
    except OSError:
        pass


def listen(pipe: Optional[IO[bytes]], said: List[Tuple[str, str]], bar: "Progress") -> None:
    """Takes up what the child says: progress, notes and errors."""
    assert pipe is not None
    for raw in pipe:
        text = raw.decode("utf-8", "replace").strip()
        try:
            line = json.loads(text)
        except ValueError:
            line = None
        if not isinstance(line, dict):
            if text:
                said.append(("ERROR", text[len("ringwatch: ") :] if text.startswith("ringwatch: ") else text))
        elif "progress" in line:
            bar.show(line["progress"], line["done"], line["total"])
        else:
            said.append((line.get("level", ""), line.get("msg", "")))


class Progress:
    """A bar by tqdm, where that is installed and somebody looks."""

    def __init__(self, wanted: Optional[bool]) -> None:
        self.make: Any = None
        self.bar: Any = None
        self.stage = ""
        if wanted is None:
            wanted = sys.stderr is not None and sys.stderr.isatty() or "ipykernel" in sys.modules
        if wanted:
            try:
                from tqdm.auto import tqdm

                self.make = tqdm
            except ImportError:
                pass
        self.wanted = self.make is not None

    def show(self, stage: str, done: int, total: int) -> None:
        if not self.wanted:
            return
        if self.bar is None or stage != self.stage:
            self.close()
            self.bar, self.stage = self.make(total=total, desc=stage, leave=False), stage
        self.bar.total = total
        self.bar.update(done - self.bar.n)

    def close(self) -> None:
        if self.bar is not None:
            self.bar.close()
            self.bar = None
