"""Clicks that this program's page does not send, but the page of another version may: refused with
one sentence, whatever they are about.
"""

import pytest

from civitai_manager_libs.ui.gallery_desk import GalleryDesk
from civitai_manager_libs.ui.queue_desk import Refused
from civitai_manager_libs.ui.tabs import NotOfThisPage, click_of, json_in, number_in


class Falling:
    """A tab that is asked for what it does not know."""

    def __init__(self, ask):
        self.ask = ask

    def parts(self, page):
        return {}

    def do(self, page, action, item, value, text):
        return self.ask(item)


@pytest.mark.parametrize(
    'click',
    [
        ('nonsense', '1', '', ''),
        ('select', 'x', 'on', ''),
        ('select', '', 'on', ''),
        ('select', '²', 'on', ''),
        ('select', '9' * 400, 'on', ''),
        ('select', '-1', 'on', ''),
    ],
)
def test_every_tab_refuses_what_it_does_not_know(
    browse_bench, gallery_bench, shortcut_bench, click
):
    for bench in (browse_bench, gallery_bench, shortcut_bench):
        with pytest.raises(NotOfThisPage):
            bench.visitor().click(*click)


def test_settings_and_forms(settings_place, shortcut_bench):
    desk = settings_place.tab().desk
    page = settings_place.tab().page
    for action, text in (('nonsense', ''), ('type', '['), ('type', '[]')):
        with pytest.raises(NotOfThisPage):
            desk.do(page, action, '', '1', text)
    visitor = shortcut_bench.visitor()
    for action, value, text in (
        ('submit', '{', ''),
        ('submit', '[1]', ''),
        ('files', '', '{}'),
        ('sort', 'nonsense', ''),
    ):
        with pytest.raises(NotOfThisPage):
            visitor.click(action, '', value, text)


@pytest.mark.parametrize(
    'ask',
    [number_in, lambda item: click_of({}, item), lambda item: json_in(item, dict)],
)
def test_a_person_reads_one_sentence(open_desk, english, ask):
    visitor = open_desk({'other': Falling(ask)}).visitor()
    with pytest.raises(Refused, match='another version'):
        visitor.click('other:x', 'x')


def test_the_queue_and_what_is_chosen(open_desk, english):
    visitor = open_desk().visitor()
    for action, item, value in (
        ('pause', '1 x', ''),
        ('select', 'x', 'on'),
        ('open-folder', 'x', ''),
        ('version', 'c0', 'x'),
        ('file', 'c0', ''),
    ):
        with pytest.raises(Refused, match='another version'):
            visitor.click(action, item, value)


def test_numbers_that_are_meant():
    assert number_in('007') == 7 and number_in('123456789012345678') == 123456789012345678
    assert click_of(GalleryDesk._clicks, 'select') is GalleryDesk._clicks['select']
