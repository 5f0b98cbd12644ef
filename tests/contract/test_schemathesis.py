"""Schemathesis reads the served document and sends what it can think of, as people of two townships.

More of it: ``ZHUCUN_SCHEMATHESIS_EXAMPLES=5000 pytest tests/contract/test_schemathesis.py``.
"""

import os
import warnings
from contextvars import Context
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    ignored_auth,
    response_schema_conformance,
    status_code_conformance,
)

from tests.contract.calls import API, CALLS
from tests.factories import MIDDLE, Phone, World

EXAMPLES = int(os.environ.get("ZHUCUN_SCHEMATHESIS_EXAMPLES", "12"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    allow_header_conformance,
    ignored_auth,
]
CALLERS = ("secretary", "township_clerk", "township_clerk_b", "county_office", "unit_clerk")
NOT_SENT = {"DELETE /sessions/current"}
"""It would end the session of the calls after it."""


@pytest.fixture(scope="module")
def schema(installed_app) -> Any:
    """The document, read once; with it come the constants of the program's source, which are tried as values."""
    return schemathesis.openapi.from_wsgi("/openapi.json", installed_app)


def _known_ids(world: World) -> dict[str, list[str]]:
    """Return ids that exist, so that not every call ends at the door."""
    villages = [str(world.village.id), str(world.village_b.id)]
    people = [str(world.secretary.id), str(world.secretary_b.id)]
    return {
        "village_id": villages,
        "village": villages,
        "township": [str(world.township.id)],
        "county": [str(world.county.id)],
        "unit": [str(world.unit.id)],
        "area_id": [*villages, str(world.county.id)],
        "person_id": people,
        "person": people,
        "key": ["fence.buffer_m", "residency.counts", "calendar.extra_rest_days"],
        "month": ["2026-11", "2026-02", "2100-12"],
    }


@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("name", sorted(CALLS.keys() - NOT_SENT))
def test_no_request_is_a_fault_and_every_answer_is_as_promised(app, world, schema, name, mode):
    method, path = name.split()
    operation = schema[f"{API}{path}"][method.lower()]
    callers = [Phone(world.people[who]).token for who in CALLERS]
    Phone(world.secretary).check_in(MIDDLE)
    known = _known_ids(world)

    @seed(20261123)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
    )
    @given(data=st.data())
    def send(data: Any) -> None:
        case = data.draw(operation.as_strategy(generation_mode=mode))
        for parameters in (case.path_parameters, case.query):
            for field in set(parameters or {}) & known.keys():
                if data.draw(st.booleans()):
                    parameters[field] = data.draw(st.sampled_from(known[field]))
        token = data.draw(st.sampled_from(callers))
        headers = (
            {"Authorization": f"Bearer {token}"} if name.split()[1] not in ("/sessions", "/bindings") else {}
        )
        response = Context().run(case.call, headers=headers)
        if response.status_code == 503 and response.json()["error"]["code"] == "wechat_busy":
            return
        case.validate_response(response, checks=CHECKS if not headers else CHECKS[:-1])

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            send()
        except Exception as found:
            if "nsatisfiable" in type(found).__name__:
                pytest.skip("nothing of this route can be sent wrongly")
            raise
