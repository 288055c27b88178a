"""The API keeps what its OpenAPI text says, whatever is sent."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.api.test_v1 import enter, house  # noqa: F401 - fixture
from tests.portal.conftest import served  # noqa: F401 - fixture
from tests.purchase import EBC

from hoppo.engine.database import Database

pytestmark = [pytest.mark.database, pytest.mark.slow]


@pytest.fixture
def described(house: Database) -> Any:  # noqa: F811
    """The API's text, called inside this process with a client's token."""
    from django.core.wsgi import get_wsgi_application  # noqa: PLC0415 - settings first

    token = enter(house, f"{EBC}-erp").defaults["HTTP_AUTHORIZATION"]
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
    return schema, token


def test_the_text_is_openapi_of_the_right_edition(described: Any) -> None:
    schema, _ = described
    assert schema.raw_schema["openapi"].startswith("3.1")
    assert set(schema.raw_schema["paths"]) == {
        "/api/v1/token", "/api/v1/lists", "/api/v1/lists/{order_no}/{declarant_code}/{cop_no}",
        "/api/v1/messages", "/api/v1/receipts",
    }  # fmt: skip


def test_nothing_sent_breaks_it(described: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Right and wrong requests drawn from the text: no fault of ours, nothing undescribed."""
    schema, token = described
    monkeypatch.setattr("hoppo.api.callers.ASKS", 1_000_000)
    modes = list(schemathesis.GenerationMode)
    seen = set()
    for found in schema.get_all_operations():
        operation = found.ok()
        for mode in modes:

            @settings(
                max_examples=25, deadline=None, suppress_health_check=list(HealthCheck),
                database=None, derandomize=True,
            )  # fmt: skip
            @given(case=operation.as_strategy(generation_mode=mode))
            def draw(case: Any) -> None:
                answer = case.call(headers={"Authorization": token})
                seen.add((case.path, answer.status_code))
                case.validate_response(
                    answer, checks=[not_a_server_error, status_code_conformance,
                                    content_type_conformance, response_schema_conformance],
                )  # fmt: skip

            draw()
    assert {status for _, status in seen} >= {200, 202, 400, 422}
