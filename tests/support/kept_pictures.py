"""What keeps pictures of saved models, and pictures of the demo catalogue for it."""

import pytest

from civitai_manager_libs.demo import PICTURES
from civitai_manager_libs.domain.models import Picture
from civitai_manager_libs.library.shortcut_pictures import ShortcutPictures


@pytest.fixture
def keeping(client, tmp_path):
    """``keeping(folder)``: keeps pictures there; more than one may use it."""
    made = []

    def start(folder=tmp_path / 'shortcuts'):
        made.append(ShortcutPictures(client, folder))
        return made[-1]

    yield start
    for one in made:
        one.stop()


@pytest.fixture
def pictures(demo, fresh_settings):
    """The pictures of the first version of a model of the catalogue."""
    fresh_settings(http_max_retries=0)

    def of(number):
        model = next(one for one in demo.models if one['id'] == number)
        found = model['modelVersions'][0]['images']
        return [Picture(url=one['url'], type=one['type']) for one in found]

    return of


def asked(demo):
    """How many pictures the demo catalogue was asked for."""
    return len(demo.requests.of('storage', PICTURES))
