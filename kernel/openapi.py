"""The OpenAPI 3.1 document, and a docs page that needs no internet."""

import warnings
from pathlib import Path
from typing import Any

import flask_swagger_ui
from apiflask import APIFlask
from apiflask.ui_templates import swagger_ui_template
from flask import Response, render_template_string, send_from_directory

from kernel.files import MIMETYPES
from kernel.web import ErrorResponse

TITLE, VERSION = "驻村 Zhucun", "1"
ASSETS = Path(flask_swagger_ui.__file__).parent / "dist"

CONFIG: dict[str, Any] = {
    "OPENAPI_VERSION": "3.1.0",
    "VALIDATION_ERROR_STATUS_CODE": 422,
    "VALIDATION_ERROR_SCHEMA": ErrorResponse,
    "HTTP_ERROR_SCHEMA": ErrorResponse,
    "AUTO_404_RESPONSE": True,
    "SWAGGER_UI_CONFIG": {"docExpansion": "none"},
    "DOCS_FAVICON": "/docs/favicon-32x32.png",
    "SWAGGER_UI_CSS": "/docs/swagger-ui.css",
    "SWAGGER_UI_BUNDLE_JS": "/docs/swagger-ui-bundle.js",
    "SWAGGER_UI_STANDALONE_PRESET_JS": "/docs/swagger-ui-standalone-preset.js",
}
ANSWERS = {
    "400": "请求无法识别",
    "401": "未登录或登录已失效",
    "403": "身份不能办理此项",
    "404": "没有，或不在所辖范围",
    "409": "状态不允许，或已存在",
    "413": "内容过大",
    "415": "内容类型不对",
    "422": "内容有误",
    "429": "操作过于频繁",
    "503": "系统繁忙，请稍后再试",
}
OF_PHOTOS = {"507": "照片暂时存不下，请稍后再传"}
"""Answers of addresses that keep a file which a phone sends."""
A_FILE = {"schema": {"type": "string", "format": "binary"}}
OPEN_PATHS = ("/api/v1/sessions", "/api/v1/bindings")


def install(app: APIFlask) -> None:
    """Serve the docs page's own files and complete the document where APIFlask leaves gaps."""
    warnings.filterwarnings("ignore", message=".*has already been added to the spec")
    app.config.update(CONFIG)
    app.security_schemes = {"token": {"type": "http", "scheme": "bearer"}}
    app.spec_processor(_complete)
    for rule in ("/docs", "/docs/<path:asset>"):
        app.add_url_rule(rule, "openapi.docs", _docs)


def _docs(asset: str | None = None) -> Response | str:
    """The docs page, and the files it needs."""
    if asset is None:
        return render_template_string(swagger_ui_template, title=TITLE, version=VERSION)
    response = send_from_directory(ASSETS, asset)
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


def _complete(spec: Any) -> Any:
    error = {"$ref": "#/components/schemas/ErrorResponse"}
    spec["tags"] = [{"name": name} for name in dict.fromkeys(tag["name"] for tag in spec["tags"])]
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            if "requestBody" in operation:
                operation["requestBody"]["required"] = True
            is_open = path in OPEN_PATHS and method == "post"
            if not is_open:
                operation["security"] = [{"token": []}]
            if _is_repeatable(operation, spec, "application/json", "multipart/form-data"):
                again = {**operation["responses"]["201"], "description": "同一编号再次送达，答复与第一次相同"}
                operation["responses"].setdefault("200", again)
            for mimetype in _files_of(operation):
                operation["responses"]["200"].setdefault("content", {})[mimetype] = A_FILE
            takes_photo = _is_repeatable(operation, spec, "multipart/form-data")
            for status, description in (ANSWERS | OF_PHOTOS if takes_photo else ANSWERS).items():
                operation["responses"].setdefault(
                    status, {"description": description, "content": {"application/json": {"schema": error}}}
                )
    return spec


def _files_of(operation: Any) -> list[str]:
    """Return the types of file an answer may come as: the forms its query offers (``?format=``)."""
    offered = [each["schema"]["enum"] for each in operation.get("parameters", []) if each["name"] == "format"]
    return [MIMETYPES[form] for forms in offered for form in forms if form in MIMETYPES]


def _is_repeatable(operation: Any, spec: Any, *mimetypes: str) -> bool:
    """Say whether a phone may send the same again: a body of such a type carries a key of the phone's own."""
    content = operation.get("requestBody", {}).get("content", {})
    bodies = [content[mimetype]["schema"] for mimetype in mimetypes if mimetype in content]
    names = [body.get("$ref", "").rpartition("/")[2] for body in bodies]
    schemas = spec["components"]["schemas"]
    return any("client_key" in schemas.get(name, {}).get("properties", {}) for name in names)
