"""A page of a real browser whose Browse tab shows one opened model and nothing else."""

import threading

import pytest
import uvicorn
from fastapi import FastAPI

from civitai_manager_libs.cli.serve import listen
from civitai_manager_libs.pictures import Pictures
from civitai_manager_libs.ui import kit, page
from civitai_manager_libs.ui.download_desk import Surroundings
from civitai_manager_libs.ui.jobs import Jobs
from civitai_manager_libs.ui.tabs import PageTab
from civitai_manager_libs.webapi import add_routes
from tests.support.command import eventually
from tests.support.desk import settle_all
from tests.support.opened_model import OpenedBench
from tests.support.save_places import save_places


class OneModel:
    """The desk of a tab that shows an opened model and nothing else."""

    def __init__(self, detail, others):
        self.detail = detail
        self.others = others

    def parts(self, open_page):
        key = {'key': '<span class="cs-pill"></span>'}  # what tells a test that the page is ready
        return {**key, **self.detail.parts()} if open_page.tab == 'browse' else key

    def do(self, open_page, action, item, value, text):
        if action.startswith('model-'):
            return self.detail.do(open_page, action, item, value, text)
        self.others.append((action, item, value, text))
        return None


@pytest.fixture
def shown_model(bench, tmp_path, english):
    """``shown_model()``: a page whose Browse tab shows one model; an :class:`OpenedBench` with an
    ``address``. ``others`` are the clicks that were for others.
    """
    servers = []
    settle_all()

    def make():
        pictures = Pictures(bench.client, tmp_path / 'pictures')
        made = OpenedBench(tmp_path / 'models', pictures, Jobs('test-model', 2).put)
        made.others = []
        surroundings = Surroundings(
            rules=lambda: bench.rules,
            save_places=save_places(lambda: bench.rules),
            picture=pictures.address,
            fresh=lambda: None,
            config_file=tmp_path / 'settings.json',
        )
        markup = '<div class="cs-test"><div data-cs-part="browse-model"></div></div>'
        tab = PageTab('browse', 'browse.tab', lambda: markup, OneModel(made.detail, made.others))
        desk = page.serving(bench.engine, surroundings, (tab,))
        built = page.build(desk)
        web = FastAPI()
        kit.mount(web, built.blocks, None, **built.look)
        add_routes(web, pictures, bytes, (), bytes, poll=desk.poll)
        listening = listen('127.0.0.1', 0)
        config = uvicorn.Config(web, log_level='critical', timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={'sockets': [listening]}, daemon=True)
        thread.start()
        servers.append((server, thread, listening))
        eventually(lambda: server.started)
        made.address = f'http://127.0.0.1:{listening.getsockname()[1]}/'
        return made

    yield make
    for server, thread, listening in servers:
        server.should_exit = True
        thread.join(10)
        listening.close()
