"""The phone in the browser, beside the application under `/phone/`; for demonstrations and tests only.

What the phone needs of its surroundings, the scene, is a function that returns
``{"accounts": [{"openid", "person", "role", "place", "village", "phone"}],
"villages": [{"code", "name", "middle": [longitude, latitude], "fence": GeoJSON in WGS-84 or None}]}``.
"""

from collections.abc import Callable
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx
from flask import Flask, Response, redirect, request, send_file, send_from_directory
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from kernel.printing import FONT_PACKAGE
from kernel.settings import Settings
from phone_preview.build import MINI_PROGRAM, BadMiniProgram, compile_mini_program

WEB = Path(__file__).parent / "web"
WECHAT_SECONDS = 5
FONT = "NotoSansCJK-Regular.ttc"
FONT_KEPT_SECONDS = 7 * 24 * 3600

Scene = Callable[[], dict[str, Any]]


def mount(app: Flask, *, builds: Path, scene: Scene, folder: Path = MINI_PROGRAM) -> None:
    """Let the application answer under `/phone/` too; RuntimeError in production."""
    settings: Settings = app.config["ZHUCUN"]
    if settings.in_production:
        raise RuntimeError("the phone preview is not for production")
    phone = create_phone(builds=builds, scene=scene, folder=folder, wechat_url=settings.wechat_api_url)
    app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {"/phone": phone})  # type: ignore[method-assign]


def create_phone(*, builds: Path, scene: Scene, folder: Path, wechat_url: str) -> Flask:
    """Build the little application that serves the phone's files; the mini-program is compiled when opened."""
    app = Flask(__name__, static_folder=None)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]

    @app.errorhandler(BadMiniProgram)
    def _show_problems(bad: BadMiniProgram) -> tuple[str, int]:
        return f'<meta charset="utf-8"><h1>小程序无法编译</h1><pre>{escape(str(bad))}</pre>', 500

    @app.get("/")
    def _index() -> Any:
        if not request.environ[
            "PATH_INFO"
        ]:  # asked for as /phone, where relative addresses would lead astray
            return redirect("/phone/")
        return send_from_directory(WEB, "index.html")

    @app.get("/app.html")
    def _app_page() -> Response:
        build = compile_mini_program(builds, folder=folder)
        page = (WEB / "app.html").read_text("utf-8").replace("{{build}}", f"build/{build.name}/")
        return Response(page, mimetype="text/html")

    @app.get("/build/<path:name>")
    def _built(name: str) -> Response:
        return send_from_directory(builds, name)

    @app.get("/font.ttc")
    def _font() -> Response:
        return send_file(str(files(FONT_PACKAGE) / FONT), max_age=FONT_KEPT_SECONDS)

    @app.get("/scene.json")
    def _scene() -> dict[str, Any]:
        return scene()

    @app.get("/<path:name>")
    def _web(name: str) -> Response:
        return send_from_directory(WEB, name)

    @app.post("/wechat/grants")
    def _grant() -> tuple[str, int]:
        _ask_stand_in(wechat_url, "POST", "grants", json=request.get_json())
        return "", 204

    @app.get("/wechat/<any('messages', 'user-key'):what>")
    def _from_stand_in(what: str) -> Response:
        answer = _ask_stand_in(wechat_url, "GET", what, params=request.args.to_dict())
        return Response(answer.content, mimetype="application/json")

    @app.after_request
    def _ask_again(response: Response) -> Response:
        response.headers.setdefault("Cache-Control", "no-cache")
        return response

    return app


def _ask_stand_in(url: str, method: str, what: str, **sent: Any) -> httpx.Response:
    answer = httpx.request(method, f"{url}/stand-in/{what}", timeout=WECHAT_SECONDS, trust_env=False, **sent)
    return answer.raise_for_status()
