"""Links are saved: a few, thousands, broken ones, while the site fails in the middle."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from civitai_manager_libs import errors
from civitai_manager_libs.demo import SPECIAL
from civitai_manager_libs.ishortcut import REMOVED_SECONDS
from civitai_manager_libs.library.saving import MOST_LINKS
from .support.saved_models import SITE, links

FEW = (1001, 1003, 1004, 1005, 1007, 1012)
NO_MODEL = 999_999


def told(done):
    """State, model and error of each link."""
    return [(one.state, one.model_id, one.error and one.error.code) for one in done]


def everything(handler):
    """The answer of a server that has a model of every number."""
    ids = parse_qs(urlsplit(handler.path).query).get('ids', [''])[0].split(',')
    items = [{'id': int(one), 'name': f'Model {one}', 'type': 'LORA'} for one in ids]
    body = json.dumps({'items': items, 'metadata': {}}).encode()
    handler.reply(body=body, Content_Type='application/json')


class TestLinks:
    def test_one_link(self, saved_models):
        heard = []
        done = saved_models.door.add(f'nonsense {SITE}1001', heard.append)
        assert told(done)[1:2] == [('saved', 1001, None)]
        assert heard == done and done[1].name == '極光幻境 XL'
        kept = saved_models.door.get(1001)
        assert (kept.name, kept.type, kept.version_id) == ('極光幻境 XL', 'Checkpoint', None)
        assert kept.added == kept.fetched == saved_models.clock.now
        assert kept.cover.startswith(saved_models.demo.storage_url)

    @pytest.mark.parametrize(
        'text',
        (
            f'{SITE}1001?modelVersionId=2002',
            'urn:air:sdxl:checkpoint:civitai:1001@2002',
            '1001@2002',
            'https://civitai.com/api/download/models/2002',
            'https://civitai.com/api/v1/model-versions/2002',
            '2002',
            f'{SITE}1003?modelVersionId=2002',  # of another model, by mistake
        ),
    )
    def test_the_version_that_is_meant(self, saved_models, text):
        done = saved_models.door.add(text)
        assert told(done) == [('saved', 1001, None)]
        assert saved_models.door.get(1001).version_id == 2002

    def test_by_the_hash_of_a_file(self, saved_models):
        sha256 = saved_models.demo.file_hashes(SPECIAL['plain'].file_id)['SHA256']
        assert told(saved_models.door.add(sha256)) == [('saved', 1004, None)]

    def test_many_hashes_and_versions_are_found_together(self, saved_models):
        numbers = (2001, 2005, 2007, 2018)
        heap = [f'https://civitai.com/api/download/models/{one}' for one in numbers]
        heap += [saved_models.demo.file_hashes(one)['SHA256'] for one in (3017, 3024, 3039)]
        done = saved_models.door.add('\n'.join(heap))
        assert [one.model_id for one in done] == [1001, 1003, 1004, 1012, 1007, 1012, 1025]
        assert [one.state for one in done] == ['saved'] * 5 + ['already', 'saved']
        asked = saved_models.asked()
        assert sum(asked.values()) == 3, asked
        assert saved_models.door.get(1012).version_id == 2018

    def test_two_links_of_one_model_ask_once(self, saved_models):
        done = saved_models.door.add(f'{SITE}1001 {SITE}1001?modelVersionId=2001 1001@2002 1001')
        assert [one.state for one in done] == ['saved'] + ['already'] * 3
        assert sum(saved_models.asked().values()) == 1

    def test_what_is_saved_is_not_asked_for(self, saved_models):
        saved_models.add(1001)
        saved_models.door.note(1001, 'mine')
        before = saved_models.asked()
        done = saved_models.door.add(links([1001]))
        assert told(done) == [('already', 1001, None)] and done[0].name == '極光幻境 XL'
        assert saved_models.asked() == before
        assert saved_models.door.get(1001).note == 'mine'

    def test_what_is_known_is_not_asked_for(self, saved_models):
        saved_models.opener.open(1001)
        before = saved_models.asked()
        assert told(saved_models.door.add('1001')) == [('saved', 1001, None)]
        assert saved_models.asked() == before

    def test_what_was_removed_comes_back_with_its_note(self, saved_models):
        saved_models.add(1001)
        saved_models.door.note(1001, 'mine')
        assert saved_models.door.remove([1001]) == [1001]
        assert told(saved_models.door.add('1001')) == [('saved', 1001, None)]
        assert saved_models.door.get(1001).note == 'mine'

    def test_with_one_click(self, saved_models):
        shortcut = saved_models.door.save(1001, 2002)
        assert (shortcut.model_id, shortcut.version_id) == (1001, 2002)
        assert saved_models.door.save(1001).version_id == 2002
        assert sum(saved_models.asked().values()) == 1
        for number in (0, -3, 2**31, 2**40, 2**70):
            with pytest.raises(errors.NotFound):
                saved_models.door.save(number)


class TestBadLinks:
    def test_each_says_what_is_wrong_and_the_others_are_saved(self, saved_models):
        heap = {
            f'{SITE}1001': None,
            f'{SITE}{NO_MODEL}': 'not_found',
            f'{SITE}{2**40}': 'target_unknown',
            '1099511627776': 'target_unknown',
            'https://huggingface.co/some/model': 'target_unsupported',
            'https://civitai.com/user/aurora_atelier': 'target_unsupported',
            'https://civitai.com/models?tag=anime': 'target_unsupported',
            'https://civitai.com/images/601001': 'target_unsupported',
            'https://civitai.com/api/download/models/999998': 'not_found',
            f'{SITE}1003?modelVersionId=999997': 'not_found',
            '0' * 64: 'not_found',
            f'{NO_MODEL - 5}': 'not_found',
            'emoji😀nonsense': 'target_unknown',
            f'{SITE}1004': None,
        }
        done = saved_models.door.add('\n'.join(heap))
        assert [one.error and one.error.code for one in done] == list(heap.values())
        assert saved_models.door.counts().all == 2

    def test_no_key_is_repeated(self, saved_models):
        secret = 'a1b2c3d4' * 4
        done = saved_models.door.add(f'{SITE}{NO_MODEL}?token={secret} https://x.org/?key={secret}')
        assert len(done) == 2 and secret not in repr(done)

    def test_nothing_at_all(self, saved_models):
        assert saved_models.door.add('') == saved_models.door.add('  \n - \n') == []

    def test_archived_and_taken_down_models(self, saved_models):
        wanted = [SPECIAL[name].model_id for name in ('archived', 'taken_down', 'mature')]
        done = saved_models.door.add(links(wanted))
        assert [one.state for one in done] == ['saved'] * 3
        warnings = [saved_models.door.get(number).warning for number in wanted]
        assert warnings == ['removed', 'removed', '']

    def test_one_item_that_the_list_cannot_give(self, saved_models):
        saved_models.demo.faults.add('status', path='ids=', status=400)
        done = saved_models.door.add(links(FEW))
        assert [one.state for one in done] == ['saved'] * len(FEW)

    @pytest.mark.parametrize('variant', ('nulls', 'missing', 'unknown_enums', 'extra', 'huge_ints'))
    def test_fields_gone_wrong(self, saved_models, variant):
        saved_models.demo.faults.add('fields', variant=variant)
        done = saved_models.door.add(links(FEW))
        assert len(done) == len(FEW)
        assert saved_models.door.counts().all == sum(one.state == 'saved' for one in done)
        assert all(one.error is not None for one in done if one.state == 'failed')

    def test_files_that_were_dropped(self, saved_models):
        files = [
            ('one.url', f'[InternetShortcut]\r\nURL={SITE}1001\r\n'.encode('utf-16')),
            ('huge.url', b'x' * (10 << 20)),
            ('list.txt', f'# mine\n{SITE}1003\n{SITE}{NO_MODEL}'.encode()),
            ('picture.png', bytes(range(256)) * 9),
        ]
        done = saved_models.door.add_files(files)
        assert {one.text: one.error and one.error.code for one in done} == {
            'huge.url': 'link_file_too_large',
            'picture.png': 'link_file_unreadable',
            'civitai.com/models/1001': None,
            'civitai.com/models/1003': None,
            f'civitai.com/models/{NO_MODEL}': 'not_found',
        }


class TestThousands:
    def test_five_thousand_links_at_once(self, saved_models, odd_server, fresh_settings):
        """In a hundred calls; those behind them are said to be too many."""
        server = odd_server(everything)
        fresh_settings(civitai_base_url=server.url)
        heard = []
        wanted = range(1, MOST_LINKS + 4)
        done = saved_models.door.add(links(wanted), heard.append)
        assert [one.model_id for one in done[:-1]] == list(wanted)[:MOST_LINKS]
        assert {one.state for one in done[:-1]} == {'saved'}
        assert done[-1].error.details == {'count': MOST_LINKS + 3, 'most': MOST_LINKS}
        assert heard == done
        assert len(server.seen) == MOST_LINKS // 50
        assert saved_models.door.counts().all == MOST_LINKS

    def test_hundreds_that_do_not_exist(self, saved_models):
        heap = links([*FEW, *range(500_000, 500_300)])
        heard = []
        done = saved_models.door.add(heap, heard.append)
        assert [one.state for one in done[: len(FEW)]] == ['saved'] * len(FEW)
        assert {one.error.code for one in done[len(FEW) :]} == {'not_found'}
        assert heard == done and len(done) == 300 + len(FEW)

    def test_many_models_take_few_calls(self, saved_models):
        everything = [model['id'] for model in saved_models.demo.models]
        done = saved_models.door.add(links(everything))
        assert {one.state for one in done} == {'saved'}
        assert saved_models.door.counts().all == len(everything) > 25
        assert sum(saved_models.asked().values()) <= len(everything) // 50 + 4

    def test_it_can_be_stopped(self, saved_models):
        heard = []
        heap = links([*FEW, *range(500_000, 500_100)])
        done = saved_models.door.add(heap, heard.append, lambda: len(heard) > 10)
        assert len(FEW) < len(done) <= 12 and [one.state for one in done[:6]] == ['saved'] * 6


class TestTrouble:
    def test_the_site_goes_away_in_the_middle(self, saved_models):
        """What was saved stays, and whoever comes after fails at once with the reason."""
        heap = links([*FEW, *range(500_000, 501_000)])

        def listen(saved):
            if saved.model_id == FEW[-1]:
                saved_models.demo.stop()

        done = saved_models.door.add(heap, listen)
        assert len(done) == 1_000 + len(FEW)
        assert [one.state for one in done[: len(FEW)]] == ['saved'] * len(FEW)
        assert all(isinstance(one.error, errors.ApiError) for one in done[len(FEW) :])
        assert done[-1].error.code in ('connection_failed', 'host_resting')
        assert saved_models.door.counts().all == len(FEW)

    def test_a_server_that_fails_again_and_again(self, saved_models):
        saved_models.demo.faults.add('status', path='/api/v1/models', status=500)
        done = saved_models.door.add(links(range(500_000, 500_500)))
        assert {one.error.code for one in done} <= {'server_trouble', 'host_resting'}
        assert sum(saved_models.asked().values()) < 20

    def test_one_answer_that_fails_is_the_matter_of_one_link(self, saved_models):
        saved_models.demo.faults.add('status', path='/models/500001', status=500)
        done = saved_models.door.add(f'{links(FEW)}\n{SITE}500001\n{SITE}500002 {SITE}1029')
        assert told(done)[-3:] == [
            ('failed', None, 'server_trouble'),
            ('failed', None, 'not_found'),
            ('saved', 1029, None),
        ]

    def test_a_wrong_key_is_not_tried_on_every_link(self, saved_models):
        saved_models.client.update_api_key('wrong')
        saved_models.demo.faults.add('status', path='/api/v1/models', status=401)
        done = saved_models.door.add(links(range(500_000, 500_500)))
        assert len({one.error.code for one in done}) == 1 and len(done) == 500
        assert sum(saved_models.asked().values()) < 5

    def test_a_database_that_takes_nothing(self, saved_models, monkeypatch):
        error = errors.DiskFull(path='somewhere', needed=1, free=0)

        def full(*_):
            raise error

        monkeypatch.setattr(saved_models.door._keeper._shortcuts, 'add', full)
        done = saved_models.door.add(f'{links(FEW)}\nnonsense')
        assert [one.error for one in done[:-1]] == [error] * len(FEW)
        assert done[-1].error.code == 'target_unknown'


class TestPictures:
    def test_as_many_as_the_settings_say(self, saved_models, fresh_settings):
        """Beside the cover; ``shortcut_pictures`` holds at once."""
        for model_id, most in ((1001, 0), (1003, 2), (1004, 50)):
            fresh_settings(shortcut_pictures=most)
            saved_models.add(model_id)
        versions = saved_models.records.get(1004).model.model_versions
        everything = {picture.url for version in versions for picture in version.images}
        kept = [saved_models.kept(model_id) for model_id in (1001, 1003, 1004)]
        assert kept == [1, 3, len(everything)]

    def test_they_are_let_go_thirty_days_after_the_model(self, saved_models):
        saved_models.add(1001, 1003)
        saved_models.door.remove([1001])
        saved_models.clock.now += REMOVED_SECONDS - 1
        saved_models.door._tidy()
        assert saved_models.kept(1001) == 1
        saved_models.clock.now += 2
        saved_models.door._tidy()
        assert (saved_models.kept(1001), saved_models.kept(1003)) == (0, 1)
        assert saved_models.door.restore([1001]) == []

    def test_a_cover_that_somebody_chooses_is_kept(self, saved_models):
        saved_models.add(1001)
        other = saved_models.records.get(1001).model.model_versions[0].images[3]
        assert saved_models.door.pictures.kept(other.url) is None
        saved_models.door.cover(1001, other)
        saved_models.door.pictures.wait(30)
        assert saved_models.door.pictures.kept(other.url) is not None
        assert saved_models.door.get(1001).cover == other.url
        before = saved_models.door.get(1001)
        saved_models.door.cover(1001, None)
        after = saved_models.door.get(1001)
        assert before.cover_chosen and not after.cover_chosen
        assert after.cover == saved_models.records.get(1001).model.model_versions[0].images[0].url
