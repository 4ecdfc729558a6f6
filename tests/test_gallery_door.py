"""The gallery's door for our own page: how a picture was made, what with, and having it."""

from dataclasses import replace

import msgspec
import pytest

from civitai_manager_libs import civitai_gallery_action, setting
from civitai_manager_libs.demo import SPECIAL
from civitai_manager_libs.demo.special import GALLERY_PICTURES, TWIN
from civitai_manager_libs.domain.gallery import GalleryPicture
from civitai_manager_libs.domain.task import State
from civitai_manager_libs.errors import ApiError, PictureUnusable
from civitai_manager_libs.fetching.formats import is_whole
from civitai_manager_libs.image_downloader import ImageDownloader
from civitai_manager_libs.images.resources import ResourceFinder, ResourceRow, ResourceState

from .support.picture_server import png


@pytest.fixture
def gallery(bench, home, gallery_client):
    """A gallery over the demo catalogue with all its parts."""
    folder = home / 'pictures'
    downloader = ImageDownloader(bench.api, None, str(folder), '{model_id}/{id}')
    finder = ResourceFinder(bench.api, lambda resource, version: None)
    parts = (bench.api, bench.client, bench.engine, downloader, finder, setting.places())
    made = civitai_gallery_action.Gallery(*parts)
    made.folder, made.downloader = folder, downloader
    yield made
    downloader.stop()


@pytest.fixture
def picture(bench):
    """``picture(name)``: one of the unusual pictures of the demo."""
    return lambda name: bench.api.image(GALLERY_PICTURES[name])


def row(version_id, **more):
    """A model that can be fetched."""
    return ResourceRow('LORA', 'x', ResourceState.AVAILABLE, version_id=version_id, **more)


class TestGeneration:
    def test_what_the_api_says_needs_no_picture(self, gallery, bench, demo):
        data = gallery.generation(bench.api.image(TWIN))
        assert data.source == 'civitai' and data.prompt and data.steps
        assert demo.requests.of('storage') == []

    def test_what_only_the_original_says(self, gallery, picture, demo):
        found = picture('hidden_data')
        assert found.meta is None
        smaller = found.url.replace('original=true', 'width=450')
        shown = msgspec.structs.replace(found, url=smaller)
        data = gallery.generation(shown)
        assert data.prompt and data.source == 'a1111' and not data.reason
        assert 'original=true' in demo.requests.of('storage')[-1].path

    def test_what_nobody_says(self, gallery, picture):
        data = gallery.generation(picture('no_data'))
        assert data.empty and data.reason == 'none'

    def test_a_seed_of_any_size(self, gallery, picture):
        assert gallery.generation(picture('long_seed')).seed > 2**63

    def test_of_a_video_nothing_is_fetched(self, gallery, demo):
        video = GalleryPicture(url=f'{demo.base_url}/x.mp4', id=1, type='video')
        assert gallery.generation(video).reason == 'none' and demo.requests.of() == []

    def test_a_short_fault_is_waited_out(self, gallery, picture, demo):
        demo.faults.add('status', side='storage', status=503, times=2)
        assert gallery.generation(picture('hidden_data')).prompt

    @pytest.mark.parametrize('fault', [{'status': 503}, {'status': 404}])
    def test_a_lasting_one_is_raised(self, fault, gallery, picture, demo, fresh_settings):
        fresh_settings(http_max_retries=1)
        found = picture('hidden_data')
        demo.faults.add('status', side='storage', **fault)
        with pytest.raises(ApiError):
            gallery.generation(found)

    def test_too_large_a_picture(self, gallery, picture, monkeypatch):
        monkeypatch.setattr('civitai_manager_libs.images.originals._MOST_BYTES', 1000)
        with pytest.raises(PictureUnusable):
            gallery.generation(picture('hidden_data'))

    def test_a_picture_of_a_person(self, gallery):
        text = 'cat\nNegative prompt: dog\nSteps: 5, Seed: 7'
        assert gallery.read_content(png(text=text)).negative_prompt == 'dog'
        for nothing in (b'', b'no picture', png()[:40], png()):
            data = gallery.read_content(nothing)
            assert data.empty and data.reason

    def test_the_text_to_paste_reads_as_the_same(self, gallery, bench):
        data = gallery.generation(bench.api.image(TWIN))
        text = gallery.infotext(data)
        again = gallery.read_content(png(text=text.encode('ascii', 'ignore').decode()))
        assert (again.seed, again.steps, again.sampler) == (data.seed, data.steps, data.sampler)


class TestResources:
    def test_they_are_looked_up(self, gallery, picture):
        found = picture('on_site')
        data = gallery.generation(found)
        rows = gallery.resources(data, found.model_version_ids).rows
        assert rows and any(one.state is ResourceState.AVAILABLE for one in rows)

    def test_what_is_missing_is_queued(self, gallery, bench):
        place = SPECIAL['plain']
        installed = replace(row(place.version_id), state=ResourceState.INSTALLED)
        tasks = gallery.fetch_missing([row(place.version_id), installed])
        assert [task.order.version_id for task in tasks] == [place.version_id]
        assert [task.id for task in bench.store.all()] == [tasks[0].id]

    def test_one_that_cannot_be_had_does_not_keep_the_others(self, gallery, notices):
        rows = [row(9999), row(SPECIAL['plain'].version_id)]
        assert len(gallery.fetch_missing(rows)) == 1
        assert [one.key for one in notices] == ['error.not_found']
        with pytest.raises(ApiError):
            gallery.fetch_missing(rows[:1])
        assert gallery.fetch_missing([]) == []


class TestDownload:
    def test_the_pictures_of_a_source(self, gallery):
        source = gallery.open(str(SPECIAL['gallery'].model_id))
        page = next(gallery.pages(source.query, page_size=3))
        ids = gallery.download(page.pictures, source)
        gallery.downloader.wait(ids)
        tasks = [gallery.downloader.get_task(one) for one in ids]
        assert [task.status for task in tasks] == [State.DONE.value] * 3
        assert {task.model_name for task in tasks} == {source.name}
        assert all(is_whole(gallery.folder / task.image_path) for task in tasks)

    def test_without_a_source(self, gallery, picture):
        ids = gallery.download([picture('gif')])
        gallery.downloader.wait(ids)
        assert gallery.downloader.get_task(ids[0]).image_path.endswith('.gif')

    def test_nothing(self, gallery):
        assert gallery.download([]) == []
