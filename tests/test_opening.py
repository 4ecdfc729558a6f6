"""Opening models: asked for, kept, and read from what is kept where Civitai does not answer."""

import json
import time

import pytest

from civitai_manager_libs.demo import SPECIAL
from civitai_manager_libs.demo.field_faults import spoil_fields
from civitai_manager_libs.errors import (
    ConnectionFailed,
    NotFound,
    StoreLocked,
    TargetUnknown,
    TargetUnsupported,
    UnexpectedBody,
)

PLAIN, TWO = SPECIAL['plain'], SPECIAL['two_versions']
MODEL = f'/api/v1/models/{PLAIN.model_id}'


class TestWhatIsMeant:
    @pytest.mark.parametrize(
        'text, version',
        [
            (str(PLAIN.model_id), None),
            (f'https://civitai.com/models/{PLAIN.model_id}/moss-garden', None),
            (f'civitai.com/models/{PLAIN.model_id}?modelVersionId={PLAIN.version_id}', True),
            (f'https://civitai.com/api/download/models/{PLAIN.version_id}?token=secret', True),
            (f'urn:air:sdxl:lora:civitai:{PLAIN.model_id}@{PLAIN.version_id}', True),
            (str(PLAIN.version_id), True),
        ],
    )
    def test_links_and_numbers(self, stock, text, version):
        opened = stock.opener.open(text)
        assert opened.record.model_id == PLAIN.model_id
        assert opened.version_id == (PLAIN.version_id if version else None)
        assert not opened.offline and opened.problem is None

    def test_a_hash(self, stock, demo):
        opened = stock.opener.open(demo.file_hashes(PLAIN.file_id)['SHA256'])
        assert (opened.record.model_id, opened.version_id) == (PLAIN.model_id, PLAIN.version_id)

    def test_a_version_under_another_model(self, stock):
        opened = stock.opener.open(f'{PLAIN.model_id}@{TWO.version_id}')
        assert (opened.record.model_id, opened.version_id) == (TWO.model_id, TWO.version_id)
        assert stock.records.get(PLAIN.model_id).withdrawn == frozenset()

    @pytest.mark.parametrize('text', ['1girl, solo', '', '∅', 'https://example.com/models/5'])
    def test_what_is_no_model(self, stock, text):
        with pytest.raises((TargetUnknown, TargetUnsupported)):
            stock.opener.open(text)

    @pytest.mark.parametrize(
        'text', ['99', '999999', f'{PLAIN.model_id}@999999', '2147483647', 'DEADBEEF01']
    )
    def test_what_nobody_knows(self, stock, text):
        with pytest.raises(NotFound):
            stock.opener.open(text)
        assert stock.records.get(99) is None

    @pytest.mark.parametrize('text', ['https://civitai.com/user/ann', 'civitai.com/images/7'])
    def test_links_of_other_things(self, stock, text):
        with pytest.raises(TargetUnsupported):
            stock.opener.open(text)


class TestKept:
    def test_when_and_where(self, stock, demo):
        opened = stock.opener.open(PLAIN.model_id)
        kept = stock.opener.known(PLAIN.model_id)
        assert kept == opened.record and kept.fetched == kept.checked == stock.clock.now
        assert kept.address == f'{demo.base_url}{MODEL}' and kept.gone is None
        assert opened.model.name == kept.model.name != ''
        assert stock.opener.known(TWO.model_id) is None

    def test_the_day_of_an_answer_from_the_cache_is_its_own(self, stock, tmp_path):
        with_cache(stock, tmp_path)
        first = stock.opener.open(PLAIN.model_id).record
        stock.clock.now += 60
        assert stock.opener.open(PLAIN.model_id).record.fetched < stock.clock.now - 59
        assert stock.opener.open(PLAIN.model_id, fresh=True).record.fetched == stock.clock.now
        assert stock.opener.open(PLAIN.model_id).record.fetched == stock.clock.now
        assert first.body == stock.opener.known(PLAIN.model_id).body

    def test_a_404_marks_it_and_an_answer_takes_the_mark_away(self, stock, demo):
        whole = stock.opener.open(PLAIN.model_id).record
        fault = demo.faults.add('status', status=404, path=MODEL)
        stock.clock.now += 60
        gone = stock.opener.open(PLAIN.model_id)
        assert gone.record.gone == stock.clock.now and not gone.offline
        assert gone.record.body == whole.body and gone.record.fetched == whole.fetched
        stock.clock.now += 60
        assert stock.opener.open(PLAIN.model_id).record.gone == stock.clock.now - 60
        demo.faults.remove(fault)
        assert stock.opener.open(PLAIN.model_id).record.gone is None
        assert stock.opener.known(PLAIN.model_id).gone is None

    def test_a_number_of_a_model_that_is_gone_is_no_version(self, stock, demo):
        stock.opener.open(PLAIN.model_id)
        demo.faults.add('status', status=404, path=MODEL)
        assert stock.opener.open(str(PLAIN.model_id)).record.gone is not None

    def test_an_answer_from_before_it_went_does_not_bring_it_back(self, stock, demo, tmp_path):
        with_cache(stock, tmp_path)
        stock.opener.open(PLAIN.model_id)
        demo.faults.add('status', status=404, path=MODEL, times=1)
        stock.clock.now += 60
        assert stock.opener.open(PLAIN.model_id, fresh=True).record.gone is not None
        assert stock.opener.open(PLAIN.model_id).record.gone is not None

    @pytest.mark.parametrize('variant', ['nulls', 'missing', 'empty_hashes', 'huge_ints', 'extra'])
    def test_spoilt_answers(self, stock, demo, variant):
        whole = stock.opener.open(TWO.model_id).model
        demo.faults.add('fields', variant=variant)
        later = stock.opener.open(TWO.model_id).model
        assert (later.name, later.tags, later.creator) == (whole.name, whole.tags, whole.creator)
        for one in whole.model_versions:
            assert later.version(one.id).files == one.files
            assert later.version(one.id).images == one.images
        assert stock.opener.known(TWO.model_id).model == later

    def test_models_that_were_only_looked_at_make_room(self, stock, monkeypatch):
        monkeypatch.setattr('civitai_manager_libs.library.opening.MOST_LOOKED_AT', 2)
        for number in (1001, 1002, 1003, 1002):
            stock.clock.now += 60
            stock.opener.open(number)
        assert set(stock.records.many([1001, 1002, 1003])) == {1002, 1003}

    def test_a_database_that_takes_nothing_shows_it_all_the_same(self, stock, monkeypatch):
        def locked(ids, make):
            raise StoreLocked(path='x')

        monkeypatch.setattr(stock.records, 'change', locked)
        opened = stock.opener.open(PLAIN.model_id)
        assert isinstance(opened.problem, StoreLocked) and not opened.offline
        assert opened.model.version(PLAIN.version_id) is not None


def with_cache(stock, folder):
    """Keep answers, whose days are by the real clock."""
    stock.client._keep_in(folder / 'answers')
    stock.clock.now = time.time()


class TestAway:
    @pytest.mark.parametrize(
        'kind, options',
        [
            ('status', {'status': 500}),
            ('status', {'status': 503, 'body': 'html'}),
            ('status', {'status': 429, 'retry_after': '600'}),
            ('status', {'status': 451}),
            ('status', {'status': 403, 'body': 'html'}),
            ('html_200', {'side': 'api'}),
            ('drop', {'side': 'api', 'reset': True}),
        ],
    )
    def test_what_is_kept_is_shown_with_the_reason(self, stock, demo, kind, options):
        whole = stock.opener.open(PLAIN.model_id).record
        demo.faults.add(kind, **options)
        stock.clock.now += 60
        opened = stock.opener.open(PLAIN.model_id, fresh=True)
        assert opened.offline and opened.problem is not None
        assert opened.record == whole == stock.opener.known(PLAIN.model_id)

    def test_a_version_of_what_is_kept(self, stock, demo):
        stock.opener.open(TWO.model_id)
        demo.stop()
        opened = stock.opener.open(f'{TWO.model_id}@{TWO.version_id}')
        assert opened.offline and opened.version_id == TWO.version_id
        assert isinstance(opened.problem, ConnectionFailed)

    def test_what_was_never_seen(self, stock, demo):
        demo.stop()
        with pytest.raises(ConnectionFailed):
            stock.opener.open(PLAIN.model_id)

    def test_html_for_what_was_never_seen(self, stock, demo):
        demo.faults.add('html_200', side='api')
        with pytest.raises(UnexpectedBody):
            stock.opener.open(PLAIN.model_id)

    def test_nobody_who_looks_waits_for_many_attempts(self, stock, demo, fresh_settings):
        stock.opener.open(PLAIN.model_id)
        fresh_settings(http_max_retries=5)
        demo.faults.add('status', status=500)
        demo.requests.clear()
        assert stock.opener.open(PLAIN.model_id).offline
        assert len(demo.requests.of('api', MODEL)) == 2

    def test_but_whoever_asks_for_it_afresh(self, stock, demo, fresh_settings):
        stock.opener.open(PLAIN.model_id)
        fresh_settings(http_max_retries=3)
        demo.faults.add('status', status=500, times=3)
        assert not stock.opener.open(PLAIN.model_id, fresh=True).offline


class TestOddAnswers:
    @pytest.mark.parametrize('body', [[], {}, {'id': 5}, {'error': 'x'}, {'id': None}, [7], ''])
    def test_what_is_no_such_model_changes_nothing(self, stock, odd_models, body):
        answers = odd_models({'id': 7, 'name': 'Moss'})
        whole = stock.opener.open(7).record
        answers[7] = body
        opened = stock.opener.open(7)
        assert opened.offline and isinstance(opened.problem, UnexpectedBody)
        assert stock.opener.known(7) == opened.record == whole

    def test_a_shorter_answer(self, stock, odd_models):
        whole = {
            'id': 7,
            'name': 'Moss',
            'description': 'green',
            'modelVersions': [{'id': 1, 'files': [{'id': 2}]}, {'id': 3}],
        }
        answers = odd_models(whole)
        stock.opener.open(7)
        answers[7] = {'id': 7, 'name': '', 'modelVersions': [{'id': 3}]}
        later = stock.opener.open(7)
        assert later.record.withdrawn == {1} and later.model.description == 'green'
        assert [one.id for one in later.model.model_versions] == [3, 1]
        assert later.model.version(1).files[0].id == 2

    def test_a_version_that_the_model_does_not_list_yet(self, stock, odd_models):
        odd_models(
            {'id': 7, 'name': 'Moss', 'modelVersions': []},
            {'id': 9, 'modelId': 7, 'name': 'new', 'files': [{'id': 2}]},
        )
        opened = stock.opener.open('7@9')
        assert opened.model.version(9).name == 'new' and opened.version_id == 9
        assert stock.opener.known(7).model.version(9).files[0].id == 2

    @pytest.mark.parametrize('text', ['8@9', 'civitai.com/model-versions/9', '9'])
    def test_a_version_whose_model_does_not_answer(self, stock, odd_models, text):
        odd_models(
            {'id': 9, 'modelId': 8, 'name': 'new', 'model': {'name': 'Fern', 'type': 'LORA'}}
        )
        opened = stock.opener.open(text)
        assert (opened.model.name, opened.model.type) == ('Fern', 'LORA')
        assert opened.record.model_id == 8 and opened.record.gone is None
        assert stock.opener.known(8).model.version(9).name == 'new'

    def test_half_signs(self, stock, odd_models):
        odd_models({'id': 7, 'name': 'cut \ud83d', 'description': 'whole \U0001f33f'})
        model = stock.opener.open(7).model
        assert (model.name, model.description) == ('cut ?', 'whole \U0001f33f')
        assert stock.opener.known(7).model.name == 'cut ?'


@pytest.fixture
def odd_models(odd_server, fresh_settings):
    """Serves the given bodies by their id, under either address; gives them to be changed."""

    def serve(*bodies):
        answers = {body['id']: body for body in bodies}

        def answer(handler):
            number = int(handler.path.rpartition('/')[2])
            body = answers.get(number)
            alone = isinstance(body, dict) and 'modelId' in body
            if number not in answers or alone != ('model-versions' in handler.path):
                handler.reply(404, b'{"error": "none"}', Content_Type='application/json')
            else:
                content = json.dumps(body).encode()
                handler.reply(body=content, Content_Type='application/json')

        fresh_settings(civitai_base_url=odd_server(answer).url, http_max_retries=0)
        return answers

    return serve


def test_spoiling_spoils():
    """The faults above are no faults of nothing."""
    assert spoil_fields({'id': 1, 'tags': ['a']}, 'nulls') == {'id': 1, 'tags': None}
