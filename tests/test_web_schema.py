"""Whatever is sent to our routes, they answer as their schema says, and never with a fault."""

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode, checks

from civitai_manager_libs.pictures import Pictures
from civitai_manager_libs.webapi import ROOT, add_routes

from .test_web_routes import archive, watched  # noqa: F401

PATHS = {
    *('/health', f'{ROOT}/health', '/metrics', f'{ROOT}/metrics', f'{ROOT}/pictures/{{key}}'),
    *(f'{ROOT}/traffic.csv', f'{ROOT}/traffic.json', f'{ROOT}/report.zip'),
    *(f'{ROOT}/files/{{key}}', f'{ROOT}/inspect'),
}
CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
    checks.negative_data_rejection,
]
FEW = settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def pictures(watched, tmp_path):  # noqa: F811
    return Pictures(watched.client, tmp_path / 'pictures')


@pytest.fixture
def operations(pictures):
    """All operations of the schema by their path."""
    app = FastAPI()
    add_routes(app, pictures, archive, inspect=lambda content: str(len(content)))
    schema = schemathesis.openapi.from_asgi('/openapi.json', app)
    found = [result.ok() for result in schema.get_all_operations()]
    return {operation.path: operation for operation in found}


def fuzz(operation, mode, expected=CHECKS, **fixed):
    """Send what the schema allows, or what it does not; the statuses that came back."""
    statuses = []

    @FEW
    @given(case=operation.as_strategy(generation_mode=mode, **fixed))
    def send(case):
        response = case.call()
        case.validate_response(response, checks=expected)
        statuses.append(response.status_code)

    send()
    return statuses


def test_the_schema_names_every_route(operations):
    assert set(operations) == PATHS
    posted = [path for path, operation in operations.items() if operation.method != 'get']
    assert posted == [f'{ROOT}/inspect'] and operations[posted[0]].method == 'post'


@pytest.mark.parametrize('path', sorted(PATHS))
def test_what_is_allowed(operations, path):
    assert set(fuzz(operations[path], GenerationMode.POSITIVE)) <= {200, 404}


@pytest.mark.parametrize('path', sorted(path for path in PATHS if 'traffic' in path))
def test_what_is_not_allowed(operations, path):
    found = fuzz(operations[path], GenerationMode.NEGATIVE)
    assert 422 in found and set(found) <= {200, 422}  # a parameter that nobody knows is left out


def test_a_picture_that_is_known(operations, pictures, demo):
    url = demo.models[0]['modelVersions'][0]['images'][0]['url']
    key = pictures.address(url, 96).split('/')[-1].split('?')[0]
    operation = operations[f'{ROOT}/pictures/{{key}}']
    found = fuzz(operation, GenerationMode.POSITIVE, path_parameters={'key': key})
    assert set(found) == {200}
    found = fuzz(operation, GenerationMode.NEGATIVE, path_parameters={'key': key})
    assert 422 in found and set(found) <= {200, 422}


def test_a_site_that_is_away(operations, demo):
    demo.faults.add('status', status=503)
    as_said = CHECKS[1:]  # the 503 is what a container asks for
    assert set(fuzz(operations['/health'], GenerationMode.POSITIVE, as_said)) == {503}
