"""A page whose Gallery tab shows one picture of a gallery that a test makes up."""

import threading
from types import SimpleNamespace

import pytest
import requests
import uvicorn
from fastapi import FastAPI

from civitai_manager_libs.cli.serve import listen
from civitai_manager_libs.demo import SPECIAL
from civitai_manager_libs.images.reading import read_generation
from civitai_manager_libs.pictures import Pictures
from civitai_manager_libs.ui import kit, page
from civitai_manager_libs.ui.download_desk import Surroundings
from civitai_manager_libs.ui.drops import Drops
from civitai_manager_libs.ui.jobs import Jobs
from civitai_manager_libs.ui.picture_around import PictureSurroundings
from civitai_manager_libs.ui.picture_detail import PictureDetail
from civitai_manager_libs.ui.present_picture import choose_html
from civitai_manager_libs.ui.send_wires import Sends
from civitai_manager_libs.ui.tabs import PageTab
from civitai_manager_libs.webapi import add_routes
from tests.support.command import eventually
from tests.support.desk import settle_all
from tests.support.pictures import MadeUpGallery
from tests.support.save_places import save_places


class OneDetail:
    """The desk of a tab that shows a picture and nothing else."""

    def __init__(self, detail):
        self.detail = detail

    def parts(self, open_page):
        key = {'key': '<span class="cs-pill"></span>'}  # what tells a test that the page is ready
        return {**key, **self.detail.parts()} if open_page.tab == 'gallery' else key

    def do(self, open_page, action, item, value, text):
        return self.detail.do(action, item, value, text)


def bind(sent):
    """What a host does with our wires: it listens to its buttons."""

    def listen_to(words, picture, buttons):
        for tab, button in buttons.items():
            kit.listen(
                button.click,
                lambda said, image, tab=tab: sent.append((tab, said, image and image.size)),
                inputs=[words, picture],
                outputs=[],
            )

    return listen_to


@pytest.fixture
def shown(bench, tmp_path):
    """``shown(**surroundings)``: a page whose Gallery tab shows one picture; like ``served``, with
    what its wires have ``sent``: tab, words, size of the picture.
    """
    servers = []
    settle_all()

    def make(**more):
        gallery = MadeUpGallery()
        pictures = Pictures(bench.client, tmp_path / 'pictures')
        drops = Drops(read_generation)
        jobs = Jobs('test-picture', 2).put
        around = PictureSurroundings(pictures, drops, jobs, **more)
        detail = PictureDetail(gallery, jobs, around)
        markup = (
            '<div class="cs-gallery-stage"><div data-cs-part="gallery-picture"></div></div>'
            f'<div data-cs-part="gallery-data"></div>{choose_html()}'
        )
        surroundings = Surroundings(
            rules=lambda: bench.rules,
            save_places=save_places(lambda: bench.rules),
            picture=pictures.address,
            fresh=lambda: None,
            config_file=tmp_path / 'settings.json',
        )
        tab = PageTab('gallery', 'picture.made', lambda: markup, OneDetail(detail))
        sent = []
        sends = Sends(around.sends, bind(sent), around.outbox) if around.sends else None
        desk = page.serving(bench.engine, surroundings, (tab,))
        built = page.build(desk, sends=sends)
        web = FastAPI()
        kit.mount(web, built.blocks, None, **built.look)
        add_routes(web, pictures, bytes, (), drops.take, poll=desk.poll)
        listening = listen('127.0.0.1', 0)
        config = uvicorn.Config(web, log_level='critical', timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={'sockets': [listening]}, daemon=True)
        thread.start()
        servers.append((server, thread, listening))
        eventually(lambda: server.started)
        address = f'http://127.0.0.1:{listening.getsockname()[1]}/'
        return SimpleNamespace(address=address, detail=detail, gallery=gallery, sent=sent)

    yield make
    for server, thread, listening in servers:
        server.should_exit = True
        thread.join(10)
        listening.close()


@pytest.fixture
def cover(demo):
    """The address of a picture that can be fetched."""
    found = requests.get(f'{demo.base_url}/api/v1/models/{SPECIAL["plain"].model_id}', timeout=10)
    return found.json()['modelVersions'][0]['images'][0]['url']
