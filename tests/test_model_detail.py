"""What a page is told of the model it has opened, and what its clicks come to."""

import pytest

from civitai_manager_libs.errors import ConnectionFailed, NotFound
from tests.support.opened_model import body, file, image, opened, version

BAD = '<img src=x onerror="document.title=1">'


def test_a_model_is_shown_whole(opened_bench):
    shown = opened_bench.show()
    assert 'Neon Harbor' in shown.part('head') and 'hexa_works' in shown.part('head')
    assert '48.2K' in shown.part('head') and '3,120' in shown.part('head')
    assert shown.part('words').count('data-cs-action="copy"') == 3
    assert '<b>waterfronts</b>' in shown.part('about')
    assert 'Share merges, with credit to hexa_works' in shown.part('licence')
    assert 'Download 218 MB' in shown.part('get') and '412 GB free' in shown.part('get')
    assert shown.part('banner') == ''
    assert '/models/7?modelVersionId=4"' in shown.part('keep')


@pytest.mark.parametrize(
    'said',
    [
        body(modelVersions=[]),
        body(modelVersions=[version(4, files=[], images=[])]),
        body(modelVersions=[version(4, name='', baseModel=None, publishedAt=None)]),
        body(creator=None, tags=None, stats=None, description=None, name=''),
        {'id': 7},
    ],
)
def test_what_is_missing_leaves_the_rest(opened_bench, said):
    shown = opened_bench.show(said)
    assert shown.state['id'] == 7 and shown.detail.opened
    assert 'data-cs-model-id="7"' in shown.detail.parts()['browse-model']
    assert 'On Civitai' in shown.part('keep')


def test_foreign_words_are_text_everywhere(opened_bench):
    opened_bench.shortcuts.names = [BAD]
    hostile = version(
        4, name=BAD, baseModel=BAD, trainedWords=[BAD], files=[file(40, BAD)], description=BAD
    )
    said = body(name=BAD, type=BAD, tags=[BAD], creator={'username': BAD}, description=BAD)
    shown = opened_bench.show({**said, 'modelVersions': [hostile]}, withdrawn=frozenset([4]))
    shown.click('save', value='on')
    shown.click('tag', text=BAD)
    shown.click('hide', 'creator', BAD)
    assert '<img src=x' not in shown.whole + ''.join(shown.cards)
    assert shown.whole.count('&lt;img src=x') > 8


def test_pictures_of_adults_are_not_even_named_when_hidden(opened_bench):
    images = [image(1), image(2, level=8), image(3, level=0), image(4, level=2)]
    shown = opened_bench.show(body(modelVersions=[version(4, images=images)]))
    shown.adult = 'hide'
    assert '2 pictures 2 with adult content are hidden.' in shown.part('pictures')
    assert '/2.jpeg' not in shown.whole and '/3.jpeg' not in shown.whole
    shown.click('picture', 1)
    assert '/2.jpeg' not in shown.whole
    shown.click('picture', 0)
    shown.click('next')
    assert shown.state['picture'] == 3
    shown.adult = 'blur'
    assert shown.part('pictures').count('data-cs-veil') == 2
    shown.adult = 'show'
    assert 'data-cs-veil' not in shown.part('pictures')


def test_the_version_that_was_meant_comes_first(opened_bench):
    assert opened_bench.show(version_id=3).detail.view.version_id == 3
    opened_bench.detail.close()
    assert opened_bench.show(version_id=99).detail.view.version_id == 4
    shown = opened_bench.show(withdrawn=frozenset([4]))
    assert shown.detail.view.version_id == 3
    assert 'not listed any more' in shown.part('version')
    shown.click('version', value='4')
    assert 'does not list version v4 any more' in shown.part('banner')
    shown.click('version', value='99')
    assert shown.detail.view.version_id == 4


def test_of_files_that_can_run_code_none_is_chosen(opened_bench):
    pickled = file(41, 'neon.ckpt', metadata={'format': 'PickleTensor'})
    shown = opened_bench.show(body(modelVersions=[version(4, files=[pickled])]))
    assert 'only files that can run code' in shown.part('version')
    assert 'model-download' not in shown.part('get')
    shown.click('download', 41)
    assert shown.line.ordered == []
    shown.click('file', value='41')
    shown.click('download', 41)
    assert shown.line.ordered == [(4, 41, None)]


@pytest.mark.parametrize(
    'said, words',
    [
        (body(mode='Archived'), 'archived'),
        (body(mode='TakenDown'), 'taken this model down'),
    ],
)
def test_what_is_taken_down_is_read_but_not_downloaded(opened_bench, said, words):
    shown = opened_bench.show(said)
    assert words in shown.part('banner')
    assert 'model-download' not in shown.part('get') and 'cs-problem' in shown.part('get')
    shown.click('file', value='40')
    shown.click('download', 40)
    assert shown.line.ordered == []


def test_early_access_says_until_when(opened_bench):
    early = version(4, availability='EarlyAccess', earlyAccessDeadline='2026-12-24T00:00:00.000Z')
    shown = opened_bench.show(body(modelVersions=[early]))
    assert 'Early access until 24 Dec 2026' in shown.part('version')
    assert 'Download 218 MB' in shown.part('get')


def test_offline_and_gone_say_since_when_and_blank_nothing(opened_bench):
    problem = ConnectionFailed(host='civitai.com', reason='refused')
    shown = opened_bench.show(offline=True, problem=problem)
    assert 'cannot be reached' in shown.part('banner') and '2026' in shown.part('banner')
    assert 'neon harbor' in shown.part('words')
    shown.detail.close()
    shown.show(gone=1_795_000_000.0)
    assert 'has not had this model since 18 Nov 2026' in shown.part('banner')
    assert 'neon harbor' in shown.part('words')
    assert 'model-download' not in shown.part('get')


def test_hundreds_of_words_are_all_there_behind_a_fold(opened_bench):
    words = [f'word {number}' for number in range(700)] + ['x' * 5_000, 'word 1', ' ']
    shown = opened_bench.show(body(modelVersions=[version(4, trainedWords=words)]))
    made = shown.part('words')
    assert 'Show 661 more' in made
    assert made.count('cs-model-word') == 701
    assert 'x' * 5_000 + '"' in made and 'x' * 301 + '</span>' not in made


def test_a_description_without_end_is_read_once_and_cut(opened_bench, monkeypatch):
    long = '<p>line of a very long story</p>\n' * 20_000
    shown = opened_bench.show(body(description=long))
    first = shown.part('about')
    assert len(first) < 450_000 and 'The rest of this very long text' in first
    assert shown.part('about') is first
    shown.show(body(description='another one'))
    assert 'another one' in shown.part('about') and 'long story' not in shown.part('about')


def test_what_cannot_be_opened_says_why_and_can_be_tried_again(opened_bench):
    opened_bench.answers['8'] = NotFound(what='model 8')
    opened_bench.detail.open('8')
    assert opened_bench.detail.opened and 'role="alert"' in opened_bench.whole
    opened_bench.answers['8'] = opened()
    opened_bench.click('again')
    assert opened_bench.detail.model_id == 7
    opened_bench.click('close')
    assert not opened_bench.detail.opened
    assert opened_bench.detail.parts()['browse-model'] == ''


def test_of_two_that_are_opened_the_later_stays(opened_bench):
    opened_bench.answers['8'] = opened(body(id=8))
    opened_bench.at_once = False
    opened_bench.detail.open('8')
    opened_bench.detail.open('7')
    assert opened_bench.detail.busy and 'Opening the model' in opened_bench.whole
    opened_bench.run()
    assert opened_bench.detail.model_id == 7 and not opened_bench.detail.busy
    opened_bench.detail.open('8')
    opened_bench.detail.close()
    opened_bench.run()
    assert not opened_bench.detail.opened


def test_a_refresh_keeps_what_was_chosen(opened_bench):
    shown = opened_bench.show()
    shown.click('version', value='3')
    shown.answers['fresh'] = opened(body(name='Neon Harbor II'))
    shown.click('refresh')
    assert 'Neon Harbor II' in shown.part('head')
    assert shown.detail.view.version_id == 3
    shown.answers['fresh'] = ConnectionFailed(host='civitai.com', reason='refused')
    shown.click('refresh')
    assert 'role="alert"' in shown.part('banner') and 'Neon Harbor II' in shown.part('head')
    shown.click('forget')
    assert shown.part('banner') == ''
