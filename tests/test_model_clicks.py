"""What can be done with an opened model: keep it, mark it, download it, hide it."""

import pytest

from civitai_manager_libs.domain.task import State
from civitai_manager_libs.errors import DiskFull, ShortcutUnknown
from civitai_manager_libs.ui.model_doings import Chores
from civitai_manager_libs.ui.queue_desk import Refused
from tests.support.opened_model import body, file, image, version


@pytest.fixture
def saved(opened_bench):
    """A model that is saved and opened."""
    opened_bench.shortcuts.save(7)
    opened_bench.shortcuts.done.clear()
    return opened_bench.show()


def test_saving_means_the_version_that_was_pasted(opened_bench):
    shown = opened_bench.show(version_id=3)
    assert not shown.state['saved']
    shown.click('save', value='on')
    assert shown.shortcuts.done == [('save', 7, 3)]
    assert shown.state['saved'] and 'aria-pressed="true"' in shown.part('keep')


def test_removing_can_be_undone(saved):
    saved.click('save', value='off')
    assert not saved.state['saved']
    (card,) = saved.cards
    assert 'data-cs-action="browse:restore" data-cs-id="7"' in card


def test_a_note_goes_to_the_model_it_was_written_for(saved):
    saved.click('note', 7, text=' Nice at 0.4.\n動漫 ')
    assert saved.state['note'] == ' Nice at 0.4.\n動漫 '
    saved.click('note', 8, text='of another one')
    saved.click('note', 7, text='x' * 30_000)
    assert len(saved.state['note']) == 20_000
    saved.click('note', 7, text='')
    assert saved.state['note'] == ''
    saved.click('save', value='off')
    assert not saved.state['saved']
    saved.click('note', 7, text='too late')
    assert [what for what, *_ in saved.shortcuts.done] == ['note', 'note', 'note', 'remove']


def test_what_is_typed_fast_is_kept_in_its_order(saved):
    saved.at_once = False
    for words in ('a', 'ab', 'abc'):
        saved.click('note', 7, text=words)
    assert len(saved.waiting) == 1 and saved.detail.busy
    saved.run()
    assert saved.state['note'] == 'abc' and not saved.detail.busy


def test_classes_and_tags(saved):
    assert 'aria-pressed="false"' in saved.part('classes')
    saved.click('classify', value='style')
    saved.click('classify', text=' 建築 ')
    assert saved.shortcuts.get(7).classes == ('style', '建築')
    saved.click('unclassify', value='style')
    assert saved.shortcuts.get(7).classes == ('建築',)
    saved.click('tag', text='rain, night， ,夜、rain')
    assert saved.shortcuts.get(7).own_tags == ('rain', 'night', '夜')
    saved.click('untag', value='night')
    assert saved.shortcuts.get(7).own_tags == ('rain', '夜')
    saved.click('tag', text=' , ')
    saved.click('classify', text='  ')
    assert len(saved.shortcuts.done) == 5


def test_a_picture_becomes_the_cover(saved):
    images = [image(1), image(2)]
    saved.show(body(modelVersions=[version(4, images=images)]))
    saved.click('picture', 1)
    assert 'Use as cover' in saved.part('pictures')
    saved.click('cover', 1)
    assert saved.shortcuts.get(7).cover == images[1]['url']
    assert 'Use as cover' not in saved.part('pictures')
    for nothing in ('7', '', '-1', 'x'):
        saved.click('cover', nothing)
    assert len(saved.shortcuts.done) == 1


def test_what_cannot_be_kept_says_why(saved):
    saved.shortcuts.refusal = DiskFull(path='/data', reason='full')
    saved.click('favourite', value='on')
    assert 'role="alert"' in saved.part('banner')
    saved.shortcuts.refusal = None
    saved.click('favourite', value='on')
    assert saved.part('banner') == '' and 'aria-pressed="true"' in saved.part('head')


def test_somebody_else_removes_it_meanwhile(saved):
    saved.shortcuts.remove([7])
    saved.shortcuts.refusal = ShortcutUnknown(model_id=7)
    saved.click('favourite', value='on')
    assert not saved.state['saved'] and 'role="alert"' in saved.part('banner')


def test_a_download_is_followed_until_it_is_here(opened_bench, tmp_path):
    shown = opened_bench.show()
    shown.click('download', 40)
    assert 'In the queue: Waiting' in shown.part('get')
    shown.click('download', 40)
    assert shown.line.ordered == [(4, 40, None)]
    shown.line.listed[1].state = State.RUNNING
    assert 'In the queue: Downloading' in shown.part('get')
    shown.disk.put(4, 40, tmp_path / 'neon_v4.safetensors')
    assert 'This file is on this computer' in shown.part('get')
    assert 'Installed' in shown.part('version')
    assert str(tmp_path / 'neon_v4.safetensors') in shown.part('disk')
    shown.click('version', value='3')
    assert 'You have v4' in shown.part('version') and shown.part('disk') == ''


@pytest.mark.parametrize('ended', [State.FAILED, State.CANCELLED])
def test_what_was_given_up_can_be_ordered_again(opened_bench, ended):
    shown = opened_bench.show()
    shown.click('download', 40)
    shown.line.listed[1].state = ended
    assert 'Download 218 MB' in shown.part('get')


def test_an_order_that_is_refused_says_why(opened_bench):
    opened_bench.line.refusal = DiskFull(path='/models', reason='full')
    shown = opened_bench.show()
    shown.at_once = False
    shown.click('download', 40)
    assert 'disabled' in shown.part('get')
    shown.run()
    assert 'role="alert"' in shown.part('banner')
    assert 'Download 218 MB' in shown.part('get') and 'disabled' not in shown.part('get')


def test_a_folder_below_the_usual_one_can_be_chosen(opened_bench, tmp_path):
    shown = opened_bench.show()
    usual = shown.detail.view.place.usual
    assert usual.startswith(str(tmp_path))
    (tmp_path.joinpath(usual) / 'style' / 'night').mkdir(parents=True)
    (tmp_path.joinpath(usual) / '.hidden').mkdir()
    shown.detail.close()
    shown.show()
    assert shown.part('get').count('<option') == 3
    shown.click('folder', value=f'{usual}/style')
    shown.click('download', 40)
    assert shown.line.ordered == [(4, 40, f'{usual}/style')]
    shown.click('folder', value='/etc')
    assert shown.detail.view.place.wanted == f'{usual}/style'
    shown.click('folder', value=usual)
    assert shown.detail.view.place.override is None


def test_a_new_folder_is_typed_and_offered_the_next_time(opened_bench):
    shown = opened_bench.show()
    usual = shown.detail.view.place.usual
    for outside in ('../x', '/etc', 'a/../../b', '~/x', 'C:\\x'):
        shown.click('subfolder', value=outside)
        assert f'value="{outside}"' in shown.part('get')
        assert 'aria-invalid="true"' in shown.part('get')
        with pytest.raises(Refused, match='Correct the subfolder'):
            shown.click('download', 40)
    assert shown.line.ordered == []
    shown.click('subfolder', value=' style / night ')
    shown.click('download', 40)
    assert shown.line.ordered == [(4, 40, f'{usual}/style/night')]
    shown.detail.close()
    shown.show()
    assert f'value="{usual}/style/night" selected' in shown.part('get')
    assert shown.detail.view.place.wanted == f'{usual}/style/night'


@pytest.mark.parametrize(
    'kind, name, label', [('creator', 'hexa_works', 'hexa_works'), ('tag', 'night', 'night')]
)
def test_creators_and_tags_are_hidden_with_a_way_back(opened_bench, kind, name, label):
    shown = opened_bench.show()
    shown.click('hide', kind, name)
    assert shown.hidden == [(kind, name, label)]
    assert f'data-cs-action="browse:unhide" data-cs-id="{kind}"' in shown.cards[0]
    assert shown.detail.opened
    shown.click('hide', kind, 'of another model')
    assert len(shown.hidden) == 1


def test_a_model_that_is_hidden_closes(opened_bench):
    shown = opened_bench.show()
    shown.click('hide', 'model', '7')
    assert shown.hidden == [('model', '7', 'Neon Harbor')]
    assert not shown.detail.opened and not shown.detail.busy


def test_clicks_from_nowhere_do_nothing(opened_bench):
    assert opened_bench.click('save', value='on') is None
    shown = opened_bench.show(body(modelVersions=[]))
    for name in ('version', 'file', 'folder', 'picture', 'next', 'download', 'open-folder'):
        for item in ('', '99', 'x', '-1'):
            shown.click(name, item, item)
    shown.click('nothing-like-that')
    assert shown.line.ordered == [] and shown.shortcuts.done == [] and shown.detail.opened


def test_what_cannot_be_checked_or_may_be_refused_is_said_before(opened_bench):
    shown = opened_bench.show(body(modelVersions=[version(4, files=[file(40, hashes={})])]))
    assert 'no SHA256' in shown.part('get') and 'No API key' not in shown.part('get')
    shown.key = False
    assert 'No API key is set' in shown.part('get')


def test_a_chore_that_fails_does_not_keep_the_next():
    heard, done = [], []
    chores = Chores(lambda job: job(), heard.append)
    chores.put(lambda: 1 / 0)
    chores.put(lambda: done.append(1))
    assert [error.code for error in heard] == ['unexpected'] and done == [1] and not chores.busy
