"""Adult content is off until it is chosen, once for every tab and command."""

import pytest

from civitai_manager_libs import setting
from civitai_manager_libs.demo import GALLERY, SPECIAL
from civitai_manager_libs.domain.browse_filters import BrowseFilters, recalled, remembered
from civitai_manager_libs.domain.image_query import ImageQuery
from civitai_manager_libs.domain.targets import parse_target
from civitai_manager_libs.images.gallery_source import GallerySource, GallerySources

MATURE = SPECIAL['mature'].model_id
MILD, ALL = '3', '31'


def models(done):
    assert done.code == 0, done
    return [one['id'] for one in done.json['models']]


def test_one_choice_for_every_command(program):
    """``adult_content``"""
    download = ('download', '--search', 'Crimson', '--plan', '--json')
    images = ('images', '--version-id', GALLERY.version_id, '--limit', 1)
    for chosen, wanted in ((None, False), ('hide', False), ('blur', True), ('show', True)):
        settings = {'adult_content': chosen} if chosen else {}
        assert (MATURE in models(program.run('search', '--json', **settings))) is wanted
        assert program.run(*download, **settings).code == (0 if wanted else 4)
        program.run(*images, **settings)
        asked = program.demo.requests.of('api', '/api/v1/images')[-1].query
        assert asked['browsingLevel'] == [ALL if wanted else MILD]


def test_a_command_may_say_otherwise(program):
    assert MATURE not in models(program.run('search', '--no-nsfw', '--json', adult_content='show'))
    assert MATURE in models(program.run('search', '--nsfw', '--json'))
    download = ('download', '--search', 'Crimson', '--plan', '--json')
    assert program.run(*download, '--no-nsfw', adult_content='show').code == 4
    levels = ('--nsfw', 'None')
    program.run('images', '--version-id', GALLERY.version_id, *levels, adult_content='show')
    asked = program.demo.requests.of('api', '/api/v1/images')[-1].query
    assert asked['browsingLevel'] == ['1']


class TestDerived:
    @pytest.mark.parametrize(
        'adult, named, levels',
        [
            ('hide', ['None', 'Soft'], ('None', 'Soft')),
            ('blur', ['None', 'Soft'], ('None', 'Soft', 'Mature', 'X')),
            ('show', ['Soft', 'None'], ('None', 'Soft', 'Mature', 'X')),
            ('show', ['None'], ('None',)),
            ('hide', ['None', 'X'], ('None', 'X')),
            ('show', [], ()),
        ],
    )
    def test_levels_of_pictures(self, fresh_settings, adult, named, levels):
        fresh_settings(adult_content=adult, images_default_nsfw_filter=named)
        assert setting.current().picture_levels == levels

    def test_nothing_adult_comes_with_the_defaults(self):
        values = setting.defaults()
        assert values['adult_content'] == 'hide' and not values['preview_adult_pictures']
        assert values['images.default_nsfw_filter'] == ['None', 'Soft']
        assert BrowseFilters().adult == 'hide' and not BrowseFilters().asked.nsfw

    @pytest.mark.parametrize('adult, previews', [('hide', False), ('blur', False), ('show', True)])
    def test_previews(self, fresh_settings, adult, previews):
        fresh_settings(adult_content=adult)
        assert setting.current().adult_previews is previews
        fresh_settings(adult_content=adult, preview_adult_pictures=True)
        assert setting.current().adult_previews

    def test_the_gallery_asks_for_what_the_settings_want(self, fresh_settings):
        fresh_settings(adult_content='show')
        source = GallerySources(None).open('https://civitai.com/user/garden_path')
        assert set(source.query.levels) == {'None', 'Soft', 'Mature', 'X'}
        assert parse_target('https://civitai.com/user/garden_path').username == 'garden_path'


class TestGallery:
    def test_an_open_gallery_follows_the_settings(self, gallery_bench, fresh_settings):
        visitor, queries = gallery_bench.visitor(), gallery_bench.shelf.queries
        visitor.click('open', text='model Silk Tide')
        visitor.parts()
        fresh_settings(adult_content='show')
        visitor.parts()
        assert queries[-1][0].levels is None and len(queries) == 2  # all of them
        visitor.click('level', 'X')
        visitor.parts()
        assert set(queries[-1][0].levels) == {'None', 'Soft', 'Mature'} and len(queries) == 3
        fresh_settings(adult_content='hide')
        visitor.parts()
        assert set(queries[-1][0].levels) == {'None', 'Soft'} and len(queries) == 4

    def test_a_picture_that_somebody_named_stays(self, gallery_bench, fresh_settings, monkeypatch):
        source = GallerySource('image', '9', ImageQuery(image_id=9))
        monkeypatch.setattr(gallery_bench.shelf, 'open', lambda pasted: source)
        visitor = gallery_bench.visitor()
        visitor.click('open', text='image 9')
        visitor.parts()
        fresh_settings(adult_content='show')
        visitor.parts()
        assert len(gallery_bench.shelf.queries) == 1


class TestBrowse:
    def test_it_begins_with_the_settings_and_keeps_its_own_choice(self):
        assert recalled(None, 'show').adult == 'show'
        kept = remembered(BrowseFilters(adult='blur'), 'hide')
        assert recalled(kept, 'hide').adult == 'blur'

    @pytest.mark.parametrize('now', ['hide', 'blur', 'show'])
    def test_another_choice_in_the_settings_is_newer(self, now):
        before = 'show' if now != 'show' else 'hide'
        kept = remembered(BrowseFilters(adult='blur'), before)
        assert recalled(kept, now).adult == now

    def test_what_was_kept_before_there_was_a_setting(self):
        kept = remembered(BrowseFilters(adult='show'), 'hide')
        del kept['adult_setting']
        assert recalled(kept, 'hide').adult == 'show'

    def test_an_open_page_follows_the_settings(self, browse_bench, fresh_settings):
        visitor, shelf = browse_bench.visitor(), browse_bench.shelf
        visitor.parts()
        assert shelf.asked[-1].adult == 'hide'
        fresh_settings(adult_content='show')
        shelf.kept = BrowseFilters(adult='show')
        visitor.parts()
        assert shelf.asked[-1].adult == 'show' and len(shelf.asked) == 2
        visitor.click('adult', value='blur')
        visitor.parts()
        assert 'value="blur" data-cs-action="browse:adult" data-cs-id="adult" checked' in (
            visitor.part('adult')
        )

    def test_a_page_that_has_looked_for_nothing_does_not_begin_by_it(
        self, browse_bench, fresh_settings
    ):
        visitor, shelf = browse_bench.visitor(), browse_bench.shelf
        visitor.page.tab = 'monitor'
        visitor.click('select-none')
        fresh_settings(adult_content='blur')
        shelf.kept = BrowseFilters(adult='blur')
        assert shelf.asked == []
        visitor.page.tab = 'browse'
        visitor.parts()
        assert [one.adult for one in shelf.asked] == ['blur']
