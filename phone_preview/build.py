"""Compiling a mini-program's folder with node, so that an ordinary browser can run it.

The result lies under a name made of everything it came from: what has not changed is never compiled twice.
"""

import hashlib
import re
import shutil
import subprocess
from pathlib import Path
from uuid import uuid4

HERE = Path(__file__).parent
MINI_PROGRAM = HERE.parent / "miniprogram_stub"
NODE_MAJOR = 18
INSTALL_SECONDS = 120
COMPILE_SECONDS = 60
INGREDIENTS = ("compile.mjs", "known.mjs", "package-lock.json")


class NoPreview(Exception):
    """There is no phone in the browser; the text says why, to the person at the terminal."""


class BadMiniProgram(Exception):
    """The mini-program does not compile; the text lists what is wrong with it."""


def install_framework() -> None:
    """Install what package-lock.json names, unless it is there; NoPreview where node, npm or network lack."""
    _check_node()
    lock, done = HERE / "package-lock.json", HERE / "node_modules" / ".installed-from"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if done.exists() and done.read_text() == wanted:
        return
    npm = shutil.which("npm")
    if npm is None:
        raise NoPreview("这台电脑上没有 npm (npm is not on this machine)")
    try:
        _run([npm, "ci", "--omit=dev", "--fetch-retries=1"], INSTALL_SECONDS)
    except subprocess.SubprocessError as failed:
        raise NoPreview(
            f"npm ci 没有成功，联网后再试 (failed, try again online): {_last_words(failed)}"
        ) from failed
    done.write_text(wanted)


def _check_node() -> None:
    node = shutil.which("node")
    if node is None:
        raise NoPreview("这台电脑上没有 node (node is not on this machine)")
    said = _run([node, "--version"], COMPILE_SECONDS).stdout.strip()
    if int(re.findall(r"\d+", said)[0]) < NODE_MAJOR:
        raise NoPreview(f"node {said} 太旧，需要 {NODE_MAJOR} 以上 (too old)")


def _run(command: list[str], seconds: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603
        command, cwd=HERE, capture_output=True, text=True, timeout=seconds, check=True
    )


def _last_words(failed: subprocess.SubprocessError) -> str:
    lines = str(getattr(failed, "stderr", None) or failed).strip().splitlines()
    return lines[-1] if lines else ""


def compile_mini_program(builds: Path, *, folder: Path = MINI_PROGRAM) -> Path:
    """Return the compiled folder under `builds`, compiling what is new; BadMiniProgram with what is wrong."""
    target = builds / _key(folder)
    if target.is_dir():
        return target
    builds.mkdir(parents=True, exist_ok=True)
    unfinished = builds / f"unfinished-{uuid4().hex}"
    node = shutil.which("node") or "node"
    try:
        _run([node, str(HERE / "compile.mjs"), str(folder), str(unfinished)], COMPILE_SECONDS)
        unfinished.rename(target)
    except subprocess.CalledProcessError as failed:
        raise BadMiniProgram(failed.stderr.strip()) from failed
    except OSError:
        if not target.is_dir():  # else another process was quicker
            raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return target


def _key(folder: Path) -> str:
    ingredients = [HERE / name for name in INGREDIENTS]
    ingredients += sorted(path for path in folder.rglob("*") if path.is_file())
    content = hashlib.sha256()
    for path in ingredients:
        name = path.relative_to(folder if path.is_relative_to(folder) else HERE).as_posix()
        for part in (name.encode(), path.read_bytes()):
            content.update(len(part).to_bytes(8, "big") + part)
    return content.hexdigest()[:16]
