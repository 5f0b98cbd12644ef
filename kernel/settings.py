"""The settings of one installation, read once from the environment and checked all together."""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from environs import Env, EnvValidationError, ValidationError, validate

from kernel import photos

WECHAT_API = "https://api.weixin.qq.com"
SAMPLE_SECRET = "sample-secret-for-demo-and-tests-only"  # noqa: S105
SAMPLE_DATA_KEY = "k1:" + base64.b64encode(b"sample-data-key-for-demo-n-tests").decode()


@dataclass(frozen=True, slots=True)
class WechatTemplate:
    """A template for subscribe messages; ``field_names`` are those for the title, the text and the time."""

    id: str
    field_names: tuple[str, str, str] = ("thing1", "thing2", "time3")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the person who installs the system decides; the table in README.md is held by a test."""

    app_env: str
    database_url: str
    redis_url: str
    photos_url: str
    secret_key: str
    data_keys: str
    wechat_app_id: str
    wechat_app_secret: str
    wechat_api_url: str
    wechat_templates: Mapping[str, WechatTemplate]
    wechat_content_check: bool
    allowed_hosts: tuple[str, ...]
    proxy_hops: int
    session_days: int
    metrics_token: str
    threads: int
    debug: bool

    @property
    def in_production(self) -> bool:
        return self.app_env == "production"


class BadSettings(Exception):
    """Some variables are missing or wrong; the text lists every one of them."""


def read_settings() -> Settings:
    """Return the settings of this process's environment, or raise BadSettings naming every bad variable."""
    env = Env(eager=False)
    app_env = env.str("APP_ENV", "production", validate=validate.OneOf(["production", "demo", "test"]))
    sample = app_env in ("demo", "test")

    def own(name: str, sample_value: str, check: Callable[[str], object]) -> str:
        """Return what only the installation itself can know; the demo and the tests have a sample."""
        if sample:
            return env.str(name, sample_value) or ""
        return env.str(name, validate=check) or ""

    settings = Settings(
        app_env=app_env,
        database_url=env.str("DATABASE_URL", validate=_is_url("postgresql", "postgres")),
        redis_url=env.str("REDIS_URL", "", validate=_is_url("redis", "rediss", "unix", "")),
        photos_url=env.str("PHOTOS_URL", "file:var/photos", validate=_names_photos),
        secret_key=own("SECRET_KEY", SAMPLE_SECRET, validate.Length(min=32)),
        data_keys=own("DATA_KEYS", SAMPLE_DATA_KEY, _are_keys),
        wechat_app_id=own("WECHAT_APP_ID", "wx-demo", validate.Length(min=4)),
        wechat_app_secret=own("WECHAT_APP_SECRET", SAMPLE_SECRET, validate.Length(min=16)),
        wechat_api_url=env.str("WECHAT_API_URL", WECHAT_API, validate=_is_url("https", "http")),
        wechat_templates=parse_templates(env.str("WECHAT_TEMPLATES", "", validate=_are_templates) or ""),
        wechat_content_check=env.bool("WECHAT_CONTENT_CHECK", not sample),
        allowed_hosts=tuple(filter(None, own("ALLOWED_HOSTS", "", _names_hosts).replace(" ", "").split(","))),
        proxy_hops=env.int("PROXY_HOPS", 0, validate=validate.Range(min=0, max=5)),
        session_days=env.int("SESSION_DAYS", 90, validate=validate.Range(min=1, max=90)),
        metrics_token=env.str("METRICS_TOKEN", ""),
        threads=env.int("THREADS", 8, validate=validate.Range(min=1, max=64)),
        debug=env.bool("FLASK_DEBUG", False),
    )
    problems = _problems_of(env)
    if settings.in_production and not problems:
        problems = _unfit_for_production(settings)
    if problems:
        raise BadSettings("\n".join(f"{name}: {what}" for name, what in sorted(problems.items())))
    return settings


def _problems_of(env: Env) -> dict[str, str]:
    try:
        env.seal()
    except EnvValidationError as refused:
        found: Any = refused.error_messages
        return {name: "; ".join(map(str, what)) for name, what in found.items()}
    return {}


def _unfit_for_production(settings: Settings) -> dict[str, str]:
    given = {
        "SECRET_KEY": settings.secret_key,
        "DATA_KEYS": settings.data_keys,
        "WECHAT_APP_SECRET": settings.wechat_app_secret,
    }
    samples = (SAMPLE_SECRET, SAMPLE_DATA_KEY.partition(":")[2])
    problems = {
        name: "the sample value is public"
        for name, value in given.items()
        if any(sample in value for sample in samples)
    }
    if settings.wechat_api_url != WECHAT_API:
        problems["WECHAT_API_URL"] = f"production talks to {WECHAT_API} only"
    if settings.debug:
        problems["FLASK_DEBUG"] = "debug must be off"
    return problems


def _is_url(*schemes: str) -> Callable[[str], None]:
    def check(value: str) -> None:
        scheme = urlsplit(value).scheme.split("+")[0]
        if scheme not in schemes:
            raise ValidationError(f"must be a URL of {' or '.join(filter(None, schemes))}")

    return check


def _names_photos(value: str) -> None:
    try:
        photos.connect(value)
    except ValueError as error:
        raise ValidationError(str(error)) from error


def _names_hosts(value: str) -> None:
    if not value.strip():
        raise ValidationError("name the host names this server answers to, with commas between")


def _are_keys(value: str) -> None:
    try:
        parse_data_keys(value)
    except ValueError as error:
        raise ValidationError(str(error)) from error


def _are_templates(value: str) -> None:
    try:
        parse_templates(value)
    except ValueError as error:
        raise ValidationError(str(error)) from error


_TEMPLATE = re.compile(
    r"(?P<kind>[a-z_]+)=(?P<id>[\w-]{4,64})(:(?P<fields>thing\d{1,3}:thing\d{1,3}:(time|date)\d{1,3}))?",
    re.ASCII,
)


def parse_templates(value: str) -> dict[str, WechatTemplate]:
    """Return the templates of ``kind=id,kind=id:thing4:thing7:date2`` by kind of message."""
    templates: dict[str, WechatTemplate] = {}
    for number, entry in enumerate(filter(None, value.replace(" ", "").split(",")), 1):
        found = _TEMPLATE.fullmatch(entry)
        if found is None:
            raise ValueError(
                f"no. {number} must be kind=template id, or kind=template id:thing1:thing2:time3"
            )
        if found["kind"] in templates:
            raise ValueError(f"{found['kind']} stands twice")
        names = (found["fields"] or "thing1:thing2:time3").split(":")
        templates[found["kind"]] = WechatTemplate(found["id"], (names[0], names[1], names[2]))
    return templates


def parse_data_keys(value: str) -> dict[str, bytes]:
    """Return {key id: 32 bytes} of ``id:base64,id:base64``; the first one encrypts, all of them decrypt."""
    keys = {}
    for entry in value.split(","):
        key_id, _, encoded = entry.partition(":")
        try:
            keys[key_id.strip()] = base64.b64decode(encoded.strip(), validate=True)
        except binascii.Error as error:
            raise ValueError("must be id:base64[,id:base64 …]") from error
    if not all(key_id and len(key) == 32 for key_id, key in keys.items()):
        raise ValueError("each key is 32 bytes in base64, with an id before the colon")
    return keys
