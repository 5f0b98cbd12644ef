"""WeChat's own tools accept the mini-program: the typings of its interfaces, the compilers of templates and styles."""

import os
import platform
import re
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
FOLDER = HERE.parents[1] / "miniprogram_stub"
INSTALLED = ("package.json", "package-lock.json", ".npmrc", "tsconfig.json", "compile.js")
INSTALL_SECONDS = 300
CHECK_SECONDS = 120
OUT_OF_REACH = "the npm registry is out of reach: WeChat's own tools are not asked"
NO_NETWORK = re.compile(
    r"network|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|E(403|407|429|5\d\d)\b",
    re.IGNORECASE,
)
"""What npm says where it cannot reach a registry; a wrong hash or a broken lock file is none of this."""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def tools(node, tmp_path_factory) -> Path:
    """A folder with the tools beside a copy of the mini-program; nothing is installed into the project."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not here: WeChat's own tools are not asked")
    folder = tmp_path_factory.mktemp("wechat-tools")
    for name in INSTALLED:
        shutil.copy(HERE / name, folder)
    shutil.copytree(FOLDER, folder / FOLDER.name)
    _install(npm, folder)
    return folder


def _install(npm: str, folder: Path) -> None:
    """Install what the lock file names; without a registry the tests are skipped, for anything else they fail."""
    command = [npm, "ci", "--fetch-retries=1", "--fetch-timeout=60000", "--prefer-offline"]
    try:
        run = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=INSTALL_SECONDS)
    except subprocess.TimeoutExpired:
        pytest.skip(OUT_OF_REACH)
    if run.returncode and NO_NETWORK.search(run.stderr):
        pytest.skip(OUT_OF_REACH)
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize("registry", ["http://127.0.0.1:9/", "https://nowhere.invalid/"])
def test_without_a_registry_the_tools_are_skipped_with_the_reason(node, tmp_path, monkeypatch, registry):
    npm = shutil.which("npm") or pytest.skip("npm is not here: WeChat's own tools are not asked")
    for name in INSTALLED:
        shutil.copy(HERE / name, tmp_path)
    monkeypatch.setenv("npm_config_registry", registry)
    monkeypatch.setenv("npm_config_fetch_retry_mintimeout", "100")  # its second try comes as soon as that
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "empty"))
    with pytest.raises(pytest.skip.Exception, match="out of reach"):
        _install(npm, tmp_path)


def test_a_lock_file_that_does_not_fit_fails(node, tmp_path):
    npm = shutil.which("npm") or pytest.skip("npm is not here: WeChat's own tools are not asked")
    for name in INSTALLED:
        shutil.copy(HERE / name, tmp_path)
    package = tmp_path / "package.json"
    package.write_text(package.read_text().replace('"5.9.3"', '"5.9.2"'))
    with pytest.raises(AssertionError, match="lock"):
        _install(npm, tmp_path)


def _types(tools: Path, node: str) -> subprocess.CompletedProcess[str]:
    command = [node, "node_modules/typescript/bin/tsc", "-p", "."]
    return subprocess.run(command, cwd=tools, capture_output=True, text=True, timeout=CHECK_SECONDS)


def _compile(tools: Path, node: str, folder: Path) -> subprocess.CompletedProcess[str]:
    if platform.machine() not in ("x86_64", "AMD64"):
        pytest.skip("WeChat's compilers run on x86-64 only")
    command = [node, "compile.js", str(folder)]
    return subprocess.run(command, cwd=tools, capture_output=True, text=True, timeout=CHECK_SECONDS)


def test_every_call_of_wechat_is_as_its_typings_say(tools, node):
    found = _types(tools, node)
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize(
    "line",
    ["wx.getLocationn({});", "wx.getLocation({ type: 84 });", "document.title;", "[1].at(-1);"],
)
def test_the_typings_find_what_no_phone_has(tools, node, line):
    planted = tools / FOLDER.name / "planted.js"
    planted.write_text(f"{line}\nmodule.exports = {{}};\n")
    try:
        assert _types(tools, node).returncode != 0
    finally:
        planted.unlink()


def test_wechats_compilers_take_every_template_and_style(tools, node):
    run = _compile(tools, node, tools / FOLDER.name)
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("pages/x/x.wxml", "<view><view></view>"),
        ("pages/x/x.wxml", "<view wx:if='{{a +}}'></view>"),
        ("app.wxss", "view {{"),
    ],
)
def test_wechats_compilers_find_what_is_broken(tools, node, tmp_path, name, source):
    for file, text in {
        "app.json": "{}",
        "app.wxss": "",
        "pages/x/x.wxml": "<view></view>",
        name: source,
    }.items():
        os.makedirs((tmp_path / file).parent, exist_ok=True)
        (tmp_path / file).write_text(text)
    assert _compile(tools, node, tmp_path).returncode != 0
