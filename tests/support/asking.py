"""Asking the demo catalogue for something that it is made to refuse."""

import pytest

from civitai_manager_libs import errors
from civitai_manager_libs.demo import SPECIAL
from civitai_manager_libs.http_client import CivitaiHttpClient
from civitai_manager_libs.net.redirect import FileRequest

MODELS = '/api/v1/models?limit=1'


@pytest.fixture
def client(fresh_settings):
    """A client under the settings of the test alone."""
    made = CivitaiHttpClient()
    yield made
    made.close()


@pytest.fixture
def ask(client, demo):
    """``ask(Kind)``: the error of asking for a list of models, which must be of that very kind."""

    def do(kind, url=None, **options):
        with pytest.raises(errors.ApiError) as caught:
            client.fetch_json('GET', url or demo.base_url + MODELS, **options)
        assert type(caught.value) is kind, caught.value
        return caught.value

    return do


def download(client, demo, name='plain', **request):
    """Open the special file ``name`` of the catalogue; the unread body."""
    url = f'{demo.base_url}/api/download/models/{SPECIAL[name].version_id}'
    return client.open_file(FileRequest(url, **request))
