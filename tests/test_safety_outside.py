"""Somebody else's addresses never lead into the network of this computer, however they try; those
that a person named do.
"""

import contextlib
import socket

import pytest

from civitai_manager_libs.demo import SPECIAL
from civitai_manager_libs.errors import (
    ApiError,
    CertificateRefused,
    NameNotResolved,
    PrivateAddress,
)
from civitai_manager_libs.fetching.receive import PictureOrder, receive_picture
from civitai_manager_libs.http_client import CivitaiHttpClient
from civitai_manager_libs.net import outside
from civitai_manager_libs.net.redirect import FileRequest
from civitai_manager_libs.pictures import Pictures
from tests.support.served_pictures import encoded
from tests.test_proxies import secure  # noqa: F401

SITE = 'https://civitai.example'


@pytest.fixture
def client(fresh_settings):
    """One whose settings name a site on the internet."""
    fresh_settings(civitai_base_url=SITE, http_max_retries=0)
    made = CivitaiHttpClient()
    yield made
    made.close()


@pytest.fixture
def inner(odd_server):
    """A server of this network that nobody has named."""
    return odd_server(lambda handler: handler.reply(body=encoded('PNG'), Content_Type='image/png'))


def opened(client, url, kind='file', **request):
    with contextlib.closing(client.open_file(FileRequest(url, **request), kind)) as body:
        return body.status


def to(url):
    """The answer of a server that sends everybody to ``url``."""
    return lambda handler: handler.reply(302, Location=url)


class TestNamed:
    @pytest.mark.parametrize('kind', ['file', 'image'])
    def test_by_nobody(self, client, inner, kind):
        with pytest.raises(PrivateAddress) as caught:
            opened(client, inner.url, kind)
        assert inner.seen == [] and not caught.value.retryable
        assert caught.value.details == {'host': '127.0.0.1'}

    @pytest.mark.parametrize('name', ['localhost', '2130706433', '127.1', '[::ffff:127.0.0.1]'])
    def test_in_other_words(self, client, inner, name):
        with pytest.raises(PrivateAddress):
            opened(client, inner.url.replace('127.0.0.1', name))
        assert inner.seen == []

    def test_by_a_person(self, client, inner):
        assert opened(client, inner.url, typed=True) == 200

    def test_a_connection_for_one_serves_no_other(self, client, inner):
        assert opened(client, inner.url, typed=True) == 200
        with pytest.raises(PrivateAddress):
            opened(client, inner.url)
        assert len(inner.seen) == 1

    def test_by_the_settings(self, fresh_settings, client, inner, odd_server):
        fresh_settings(civitai_base_url=odd_server(to(inner.url)).url)
        assert opened(client, inner.url, 'image') == 200  # another port of the same host

    def test_by_a_script(self, client, inner, tmp_path):
        assert client.download_file(inner.url, str(tmp_path / 'a.png'))
        assert client.get_stream_response(inner.url).status_code == 200

    def test_by_an_address_that_may_be_read_in_two_ways(self, client, inner):
        with pytest.raises(ApiError):
            opened(client, inner.url.replace('127', 'files.example\\@127'), typed=True)
        assert inner.seen == []


class TestRedirects:
    def test_of_a_picture_that_a_person_has_listed(self, client, inner, odd_server, tmp_path):
        asked = odd_server(to(inner.url))
        order = PictureOrder(typed=True)
        assert receive_picture(client, f'{inner.url}/a.png', tmp_path / 'a', order).size
        with pytest.raises(PrivateAddress):
            receive_picture(client, f'{asked.url}/a.png', tmp_path / 'b', order)
        with pytest.raises(PrivateAddress):
            receive_picture(client, f'{inner.url}/a.png', tmp_path / 'c')
        assert len(inner.seen) == 1

    def test_they_name_nobody(self, client, inner, odd_server):
        asked = odd_server(to(inner.url))
        with pytest.raises(PrivateAddress):
            opened(client, asked.url, typed=True)
        assert len(asked.seen) == 1 and inner.seen == []

    def test_back_to_the_host_that_was_named(self, client, odd_server):
        answers = [to('/there'), lambda handler: handler.reply(body=b'some')]
        asked = odd_server(lambda handler: answers.pop(0)(handler))
        assert opened(client, asked.url, typed=True) == 200

    def test_of_an_answer_of_the_api(self, client, inner, odd_server):
        asked = odd_server(to(inner.url))
        with pytest.raises(PrivateAddress):
            client.fetch_json('GET', asked.url)
        assert inner.seen == []

    def test_of_the_site_to_its_storage(self, fresh_settings, client, demo):
        fresh_settings(civitai_base_url=demo.base_url.replace('127.0.0.1', 'localhost'))
        number = SPECIAL['plain'].version_id
        asked = f'{demo.base_url}/api/download/models/{number}'
        with pytest.raises(PrivateAddress):
            opened(client, asked.replace('127.0.0.1', 'localhost'))
        assert demo.requests.of('storage') == []


class TestNames:
    @pytest.fixture
    def resolver(self, monkeypatch):
        """``resolver(name, *answers)``: what the name leads to, one answer after the other, the
        last one for ever; gives how often it was asked for.
        """
        real, waiting, asked = socket.getaddrinfo, {}, []

        def answer(host, port, *more, **options):
            if host not in waiting:
                return real(host, port, *more, **options)
            asked.append(host)
            left = waiting[host]
            addresses = left.pop(0) if len(left) > 1 else left[0]
            return [entry for one in addresses for entry in real(one, port, 0, socket.SOCK_STREAM)]

        def known(name, *answers):
            waiting[name] = list(answers)
            return asked

        monkeypatch.setattr(socket, 'getaddrinfo', answer)
        return known

    def test_that_lead_inside(self, client, inner, resolver):
        resolver('files.example', ['127.0.0.1'])
        with pytest.raises(PrivateAddress) as caught:
            opened(client, inner.url.replace('127.0.0.1', 'files.example'))
        assert inner.seen == [] and caught.value.details == {'host': 'files.example'}

    def test_that_lead_elsewhere_a_moment_later(self, client, inner, resolver, monkeypatch):
        """The address that was looked at is the one that is used."""
        monkeypatch.setattr(outside, 'leads_inside', lambda address: address != '127.0.0.1')
        asked = resolver('files.example', ['127.0.0.1'], ['127.0.0.7'])
        assert opened(client, inner.url.replace('127.0.0.1', 'files.example')) == 200
        assert asked == ['files.example']
        (seen,) = inner.seen
        assert seen[2]['Host'] == 'files.example:' + inner.url.rpartition(':')[2]

    def test_of_several_addresses_those_outside_are_used(
        self, client, inner, resolver, monkeypatch
    ):
        monkeypatch.setattr(outside, 'leads_inside', lambda address: address == '127.0.0.7')
        resolver('files.example', ['127.0.0.7', '127.0.0.9', '127.0.0.1'])
        assert opened(client, inner.url.replace('127.0.0.1', 'files.example')) == 200

    def test_that_nobody_knows(self, client):
        with pytest.raises(NameNotResolved):
            opened(client, 'http://nobody.invalid/')

    def test_the_certificate_is_that_of_the_name(
        self, client, secure, certificate, resolver, monkeypatch  # noqa: F811
    ):
        monkeypatch.setenv('REQUESTS_CA_BUNDLE', str(certificate))
        monkeypatch.setattr(outside, 'leads_inside', lambda address: False)
        monkeypatch.setattr(outside, 'names_inside', lambda host: False)
        for name in ('localhost', 'files.example'):
            resolver(name, ['127.0.0.1'])
        url = secure.url.replace('127.0.0.1', 'localhost')
        assert opened(client, url, text_expected=True) == 200
        with pytest.raises(CertificateRefused):
            opened(client, secure.url.replace('127.0.0.1', 'files.example'))


class TestProxies:
    @pytest.fixture
    def proxy(self, odd_server, monkeypatch):
        made = odd_server(lambda handler: handler.reply(body=b'some'))
        monkeypatch.setenv('HTTP_PROXY', made.url)
        return made

    def test_they_are_not_sent_there_either(self, client, proxy):
        for host in ('127.0.0.1', '0x7f.1', '169.254.169.254', 'localhost', '[::1]'):
            with pytest.raises(PrivateAddress):
                opened(client, f'http://{host}/')
        assert proxy.seen == []

    def test_one_of_this_network_carries_the_rest(self, client, proxy):
        assert opened(client, 'http://files.example/a') == 200
        assert [path for _, path, _ in proxy.seen] == ['http://files.example/a']


class TestPictures:
    @pytest.fixture
    def pictures(self, client, tmp_path):
        return Pictures(client, tmp_path / 'pictures')

    def test_of_a_page(self, pictures, inner):
        key = pictures.address(f'{inner.url}/a.png', 96).split('/')[-1].split('?')[0]
        assert pictures.read(key, 96, 60) is None and inner.seen == []

    def test_videos(self, pictures, inner):
        assert pictures.open(pictures.video(f'{inner.url}/a.mp4').split('/')[-1]) is None
        assert inner.seen == []

    @pytest.mark.parametrize('address', ['file:///etc/passwd', 'ftp://files.example/a', '/a', 'a'])
    def test_only_of_the_web(self, pictures, address):
        for make in (pictures.video, lambda url: pictures.address(url, 96)):
            key = make(address).split('/')[-1].split('?')[0]
            assert pictures.read(key, 96, 60) is None and pictures.open(key) is None
