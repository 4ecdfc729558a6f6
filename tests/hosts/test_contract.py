"""What every Gradio has to do for the page: build it, carry its messages, show its errors."""

import json
import re

import pytest

from tests.support.gradio_calls import Refusal
from tests.support.page import link

pytestmark = [pytest.mark.hosts, pytest.mark.timeout(300)]

TABS = ('browse', 'shortcuts', 'gallery', 'downloads', 'monitor', 'settings')
PARTS = {'downloads': 'limits'}  # this one stands on the page from the beginning
PASTE_FIRST = 'Paste at least one link first.'


class TestBuilding:
    def test_every_part_stands_on_the_page(self, caller):
        parts = caller.config['components']
        names = {part['props'].get('elem_id') for part in parts}
        assert {'cs-page', 'cs-click', 'cs-known', 'cs-answer', 'cs-news', 'cs-field'} <= names
        assert {f'cs-tab-{name}' for name in TABS} <= names
        classes = [name for part in parts for name in part['props'].get('elem_classes') or ()]
        assert {'cs', 'cs-tabs', 'cs-wires', 'cs-html', 'cs-columns'} <= set(classes)

    def test_nothing_of_ours_is_warned_of(self, shown):
        ours = re.compile(r'civitai_manager_libs.*Warning|Gradio\w*Warning|unused kwarg')
        assert not [line for line in shown.said().splitlines() if ours.search(line)]

    def test_the_handlers_are_not_offered_to_programs(self, caller):
        assert not [name for name in _api_names(caller) if 'lambda' in name or 'run' == name]


class TestAnswers:
    def test_each_handler_is_called(self, caller):
        called = {
            'cs-send': lambda: caller.click('peek'),
            'cs-ask': caller.ask,
            'cs-send-load': lambda: caller.call('cs-send-load', 'there-is-no-such-letter'),
        }
        ours = [name for name in caller.ours() if not name.startswith('cs-send-to-')]
        assert {'cs-send', 'cs-ask'} <= set(ours)
        for name in ours:
            assert called[name]()

    @pytest.mark.parametrize('tab', TABS)
    def test_a_tab_is_sent_when_it_is_opened(self, caller, tab):
        answer = caller.click('tab', value=tab)
        assert answer['ack'] == 1
        assert answer['changed']['parts'][PARTS.get(tab, f'tab-{tab}')]

    def test_a_link_is_looked_up(self, caller):
        caller.click('look', text=link('plain'))
        for _ in range(200):
            choices = caller.ask()['changed'].get('choices', {})
            if any('cs-step-found' in str(markup) for markup in choices.values()):
                return
        raise AssertionError(choices)

    def test_an_error_is_a_sentence_for_people(self, caller):
        with pytest.raises(Refusal, match=PASTE_FIRST):
            caller.click('add')

    def test_what_nobody_said_is_answered_too(self, caller):
        assert caller.call('cs-ask', '') == ['<i hidden></i>']


def _api_names(caller):
    prefix = caller.config.get('api_prefix', '').strip('/')
    try:
        listed = json.loads(caller.get(f'{prefix}/info'.lstrip('/')))
    except OSError:
        return []
    return [name.strip('/') for name in listed.get('named_endpoints', {})]
