"""What is taken out of logs and messages, and what stays."""

import html
import json
import urllib.parse

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from civitai_manager_libs.redaction import hide, without_secrets

KNOWN = 'k+/=&"\'\\x-known-0123456789'


class TestByShape:
    @pytest.mark.parametrize(
        'text',
        [
            'https://civitai.com/x?token=SECRET&a=1',
            'https://civitai.com/x?a=1&api-key=SECRET',
            '/login?returnUrl=%2Fx%3Ftoken%3DSECRET',
            'GET /model/1/x.safetensors?X-Amz-Date=1&X-Amz-Signature=SECRET&x-id=2',
            "HTTPSConnectionPool(host='r2'): url: /f?X-Amz-Expires=1&response=SECRET (Caused by",
            'https://b2/file?Authorization=SECRET&b2ContentDisposition=x',
            'https://cdn/f?Expires=1&Key-Pair-Id=SECRET&Policy=SECRET',
            'Authorization: Bearer SECRET',
            'authorization: Basic SECRET',
            "{'Authorization': 'Bearer SECRET', 'X': 'kept'}",
            "('Proxy-Authorization', 'Basic SECRET')",
            r"send: b'GET / HTTP/1.1\r\nAuthorization: Basic SECRET\r\n\r\n'",
            'Cookie: a=SECRET; __Secure-token=SECRET',
            "{'Set-Cookie': 'session=SECRET; Path=/'}",
            '{"civitai_api_key": "SECRET"}',
            r'{\"password\": \"SECRET\"}',
            "token='SECRET'",
            'token: SECRET',
            'Bearer%20SECRET',
            'http://me:SECRET@proxy:8080/',
            'socks5h://SECRET@proxy:8080',
            "Cannot connect to proxy http://me:SE@CRET@proxy:3128'",
            "api_key=b'SECRET'",
            'civitai_api_key = SECRET',
            'python main.py --token SECRET',
            'CIVITAI_API_KEY=SECRET python main.py',
            "cookies={'__Secure-civitai-token': 'SECRET'}",
            'token\\u003dSECRET',
            '&amp;token&#61;SECRET',
        ],
    )
    def test_a_secret_goes(self, text):
        found = without_secrets(text)
        assert 'SECRET' not in found and 'CRET@' not in found and '***' in found

    @pytest.mark.parametrize(
        'text',
        [
            'GET https://civitai.com/api/v1/models 200 response_time: 12.5',
            "setting_invalid(key='http_timeout', value='-1', allowed='1–3600')",
            'https://civitai.com/api/v1/models?limit=20&query=lora',
            'keyframe=3 monkey=4',
            'a mail to someone@example.com',
            '密鑰已被拒絕 (401)',
        ],
    )
    def test_the_rest_stays(self, text):
        assert without_secrets(text) == text

    def test_what_stands_around_stays(self):
        said = without_secrets("{'Authorization': 'Bearer SECRET', 'X': 'kept'}")
        assert said == "{'Authorization': '***', 'X': 'kept'}"
        assert without_secrets('http://me:pw@proxy:8080/') == 'http://***@proxy:8080/'

    @settings(deadline=None)
    @given(st.text())
    def test_any_text_has_an_end(self, text):
        without_secrets(text)


class TestKnown:
    @pytest.mark.parametrize(
        'form',
        [
            str,
            urllib.parse.quote,
            urllib.parse.quote_plus,
            lambda text: urllib.parse.quote(text, safe='').lower(),
            lambda text: urllib.parse.quote(urllib.parse.quote(text, safe=''), safe=''),
            lambda text: urllib.parse.quote(text, safe="!#$%&'()*+,/:;=?@[]~"),
            json.dumps,
            repr,
            html.escape,
            lambda text: ''.join(one if one.isalnum() else f'\\u{ord(one):04X}' for one in text),
        ],
    )
    def test_however_it_is_written(self, form):
        hide(KNOWN)
        said = without_secrets(f'<{form(KNOWN)}>')
        assert 'known-0123456789' not in said and 'known' not in said and '***' in said

    @settings(deadline=None)
    @given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=60))
    def test_any_key_in_any_address(self, key):
        hide(key)
        for text in (key, urllib.parse.quote(key, safe=''), json.dumps({'said': key})):
            found = without_secrets(f'x {text} y')
            assert json.dumps(key)[1:-1] not in found and '***' in found

    def test_short_words_are_no_secrets(self):
        hide('model')
        assert without_secrets('the model is there') == 'the model is there'

    def test_the_latest_are_known(self):
        for number in range(100):
            hide(f'a-passing-key-{number:03}')
        assert '099' not in without_secrets('a-passing-key-099')

    def test_the_one_in_use_is_not_forgotten(self):
        for number in range(100):
            hide('the-key-of-today-0123')
            hide(f'a-passing-key-{number:03}')
        assert 'today' not in without_secrets('the-key-of-today-0123')
