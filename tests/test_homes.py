"""Paths that begin with somebody's home, wherever a person writes one."""

from pathlib import Path

import pytest

from civitai_manager_libs.host.base import Places
from civitai_manager_libs.util import from_home


def test_the_own_home(home):
    assert from_home('~/models') == Path.home() / 'models'


@pytest.mark.parametrize('path', ['~nobody-of-that-name/models', 'models/~', './a'])
def test_what_is_nobodys_home_stays_as_it_is_written(path):
    assert from_home(path) == Path(path)


def test_a_setting_with_an_unknown_home_is_a_folder_of_ours(tmp_path):
    places = Places(tmp_path, tmp_path / 'settings.json', tmp_path / 'secrets')
    assert places.resolve('~nobody-of-that-name/models').is_relative_to(tmp_path)
