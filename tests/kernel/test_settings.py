"""Settings are read once, and everything wrong with them is said at once."""

import pytest

from identity.production import refuse_demo_accounts
from kernel.settings import SAMPLE_DATA_KEY, SAMPLE_SECRET, BadSettings, WechatTemplate, read_settings
from tests.factories import bind_wechat

GOOD = {
    "APP_ENV": "production",
    "DATABASE_URL": "postgresql://zhucun@db/zhucun",
    "SECRET_KEY": "s" * 32,
    "DATA_KEYS": "k1:" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVoxMjM0NTY=",
    "WECHAT_APP_ID": "wx0123456789",
    "WECHAT_APP_SECRET": "w" * 32,
    "ALLOWED_HOSTS": "zhucun.example.cn",
}


@pytest.fixture
def environment(monkeypatch):
    """Make the environment exactly this one."""

    def make(**changes: str | None) -> None:
        for name in (*GOOD, "REDIS_URL", "PHOTOS_URL", "WECHAT_API_URL", "WECHAT_TEMPLATES", "WECHAT_CONTENT_CHECK", "PROXY_HOPS",
                     "SESSION_DAYS", "METRICS_TOKEN", "THREADS", "FLASK_DEBUG"):  # fmt: skip
            monkeypatch.delenv(name, raising=False)
        for name, value in {**GOOD, **changes}.items():
            if value is not None:
                monkeypatch.setenv(name, value)

    return make


def test_good_settings_are_read(environment):
    environment()
    settings = read_settings()
    assert settings.in_production and settings.allowed_hosts == ("zhucun.example.cn",)


def test_every_bad_variable_is_listed_at_once(environment):
    bad = {
        "DATABASE_URL": "mysql://db",
        "REDIS_URL": "memcached://cache",
        "PHOTOS_URL": "ftp://photos",
        "SECRET_KEY": "short",
        "DATA_KEYS": "k1:c2hvcnQ=",
        "WECHAT_APP_ID": None,
        "WECHAT_APP_SECRET": "short",
        "WECHAT_TEMPLATES": "leave_decided",
        "ALLOWED_HOSTS": "",
        "PROXY_HOPS": "-1",
        "SESSION_DAYS": "91",
        "THREADS": "many",
    }
    environment(**bad)
    with pytest.raises(BadSettings) as refused:
        read_settings()
    named = {line.split(":")[0] for line in str(refused.value).splitlines()}
    assert named == bad.keys()


def test_the_text_of_a_refusal_holds_no_secret(environment):
    environment(SECRET_KEY="canary-too-short", DATA_KEYS="k1:canary-no-base64")
    with pytest.raises(BadSettings) as refused:
        read_settings()
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", SAMPLE_SECRET),
        ("DATA_KEYS", SAMPLE_DATA_KEY),
        ("DATA_KEYS", f"{GOOD['DATA_KEYS']},{SAMPLE_DATA_KEY}"),
        ("WECHAT_APP_SECRET", SAMPLE_SECRET),
        ("WECHAT_API_URL", "http://127.0.0.1:9000"),
        ("FLASK_DEBUG", "1"),
    ],
)
def test_production_refuses_what_is_for_demonstrations(environment, name, value):
    environment(**{name: value})
    with pytest.raises(BadSettings, match=f"^{name}: "):
        read_settings()


def test_the_demo_needs_a_database_only(environment):
    environment(**{**dict.fromkeys(GOOD), "APP_ENV": "demo", "DATABASE_URL": "postgresql:///demo"})
    assert not read_settings().in_production


@pytest.mark.parametrize("text", ["k1", "k1:!!!", ":QUJD", "k1:QUJD", "k1:" + "A" * 43])
def test_a_key_that_is_none_is_refused(environment, text):
    environment(DATA_KEYS=text)
    with pytest.raises(BadSettings, match="DATA_KEYS"):
        read_settings()


@pytest.mark.parametrize(
    ("changes", "checks"),
    [({}, True), ({"WECHAT_CONTENT_CHECK": "0"}, False), ({"APP_ENV": "test"}, False)],
)
def test_content_is_checked_in_production_unless_it_is_switched_off(environment, changes, checks):
    environment(**changes)
    assert read_settings().wechat_content_check is checks


def test_a_template_has_the_usual_fields_or_names_its_own(environment):
    environment(WECHAT_TEMPLATES="leave_decided=AbC_d-9, office_waits=Xyz9:thing7:thing4:date5,")
    assert read_settings().wechat_templates == {
        "leave_decided": WechatTemplate("AbC_d-9", ("thing1", "thing2", "time3")),
        "office_waits": WechatTemplate("Xyz9", ("thing7", "thing4", "date5")),
    }


@pytest.mark.parametrize(
    "text",
    [
        "leave_decided",
        "leave_decided=",
        "=AbCd",
        "leave_decided=Ab Cd/e",
        "leave_decided=AbCd:thing1",
        "leave_decided=AbCd:thing1:thing2:phrase3",
        "leave_decided=AbCd,leave_decided=AbCe",
        "leave_decided:AbCd;office_waits:AbCd",
    ],
)
def test_a_template_that_is_none_is_refused(environment, text):
    environment(WECHAT_TEMPLATES=text)
    with pytest.raises(BadSettings, match=r"^WECHAT_TEMPLATES: "):
        read_settings()


def test_without_templates_wechat_tells_nobody(environment):
    environment(WECHAT_TEMPLATES="")
    assert read_settings().wechat_templates == {}


def test_production_refuses_a_database_with_demo_accounts(world):
    refuse_demo_accounts()
    bind_wechat(world.secretary, "demo-secretary")
    with pytest.raises(BadSettings, match="demo accounts"):
        refuse_demo_accounts()
