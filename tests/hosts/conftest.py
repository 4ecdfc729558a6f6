"""The page on each Gradio: standalone, and in the stand-ins of the hosts that have it."""

import signal
from dataclasses import dataclass

import pytest

from civitai_manager_libs.testing import host_environments
from tests.support.gradio_calls import Caller
from tests.support.page import Served
from tests.support.webui.running import RunningHost

STANDALONE = 'standalone'


@dataclass(frozen=True)
class Place:
    """Where the page is shown: by which Gradio, and in which host."""

    version: str
    flavour: str = STANDALONE

    def __str__(self):
        return f'{self.version}-{self.flavour}'

    @property
    def alone(self):
        """Whether it is a page of its own."""
        return self.flavour == STANDALONE


IN_HOSTS = (
    Place('3.41.2', 'a1111'),
    Place('3.43.2', 'sdnext'),
    Place('3.43.2', 'classic'),
    Place('4.40.0', 'forge'),
)
ALONE = tuple(Place(version) for version in host_environments.VERSIONS)


def python_of(version):
    """The Python that has this Gradio."""
    found = host_environments.find(version)
    if found is None:
        pytest.skip(f'needs Gradio {version}: "python main.py test --hosts" installs it')
    return found


@pytest.fixture(scope='session', params=[*ALONE, *IN_HOSTS], ids=str)
def place(request):
    """Each of them in turn."""
    return request.param


@pytest.fixture(scope='session')
def shown(place, page_demo, tmp_path_factory):
    """The page as it is shown there (:class:`Served` or :class:`RunningHost`)."""
    python, folder = python_of(place.version), tmp_path_factory.mktemp('shown')
    if place.alone:
        running = Served(page_demo, folder, 'en', python=python)
    else:
        running = RunningHost(place.flavour, folder, page_demo, '--language', 'en', python=python)
    yield running
    running.end() if place.alone else running.end(signal.SIGKILL)


@pytest.fixture
def caller(shown):
    """Speaks the protocol of that version."""
    return Caller(shown.address)
