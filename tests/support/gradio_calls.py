"""What the browser's half of Gradio says to the other: the handlers of a page, called over the
protocol of whatever version serves it.
"""

import base64
import http.cookiejar
import json
import secrets
import urllib.error
import urllib.parse
import urllib.request
from itertools import count

PATIENCE = 60


class Refusal(Exception):
    """A handler answered with a sentence instead."""


class Caller:
    """A visitor of the page at ``address``, whose requests have these ``headers``, too."""

    def __init__(self, address, headers=()):
        self.address = address
        self._session = secrets.token_hex(5)
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(cookies)
        self._opener.addheaders += headers
        self._numbers = count(1)
        self.page = secrets.token_hex(4)

    def get(self, path=''):
        """What stands at ``path``; raises HTTPError."""
        with self._opener.open(self.address + path, timeout=PATIENCE) as answer:
            return answer.read().decode()

    def login(self, user, word):
        """Say who it is."""
        form = urllib.parse.urlencode({'username': user, 'password': word}).encode()
        self._opener.open(self.address + 'login', form, timeout=PATIENCE).close()

    @property
    def config(self):
        """What the browser is told about the page."""
        return json.loads(self.get('config'))

    def ours(self, writes=None):
        """The handlers of our page: the number of each by the element that it listens to; only of
        those that write to the element ``writes``.
        """
        config = self.config
        names = {one['id']: one['props'].get('elem_id') or '' for one in config['components']}
        found = {}
        for place, handler in enumerate(config['dependencies']):
            if writes and writes not in [names.get(output) for output in handler['outputs']]:
                continue
            for target in handler['targets']:
                of = target if isinstance(target, int) else target[0]
                if names.get(of, '').startswith('cs-') and handler.get('backend_fn', True):
                    found[names[of]] = handler.get('id', place)
        return found

    def call(self, element, *data):
        """What the handler of ``element`` gives for ``data``; raises :class:`Refusal`."""
        return self.give(self.ours()[element], *data)

    def handler(self, number):
        """What the browser is told about it."""
        handlers = enumerate(self.config['dependencies'])
        return next(one for place, one in handlers if one.get('id', place) == number)

    def give(self, number, *data):
        """What the handler of that number gives for ``data``; raises :class:`Refusal`."""
        config = self.config
        base = config.get('api_prefix', '').strip('/')
        message = {'fn_index': number, 'data': list(data), 'session_hash': self._session}
        # The queue of Gradio 3 speaks through web sockets; it takes such a call beside it, too.
        if self.handler(number).get('queue') is False or config['version'].startswith('3.'):
            return self._directly(f'{base}/run/predict'.lstrip('/'), message)
        return self._queued(f'{base}/queue'.lstrip('/'), message)

    def _directly(self, path, message):
        try:
            answer = self._post(path, message)
        except urllib.error.HTTPError as problem:
            raise Refusal(json.loads(problem.read())['error']) from problem
        return answer['data']

    def _queued(self, path, message):
        event = self._post(f'{path}/join', message)['event_id']
        with self._opener.open(
            f'{self.address}{path}/data?session_hash={self._session}', timeout=PATIENCE
        ) as lines:
            for line in lines:
                if not line.startswith(b'data:'):
                    continue
                said = json.loads(line[5:])
                if said.get('event_id') == event and said['msg'] == 'process_completed':
                    if not said['success']:
                        raise Refusal(said['output']['error'])
                    return said['output']['data']
        raise AssertionError('the stream ended without an answer')

    def _post(self, path, message):
        request = urllib.request.Request(
            self.address + path,
            json.dumps(message).encode(),
            {'Content-Type': 'application/json'},
        )
        with self._opener.open(request, timeout=PATIENCE) as answer:
            return json.loads(answer.read())

    # --- as our script speaks ----------------------------------------------------------------

    def click(self, action, item='', value='', text=''):
        """Tell the program what was clicked; what it answers."""
        message = {'page': self.page, 'boot': '', 'known': 0, 'n': next(self._numbers)}
        what = {'do': action, 'id': item, 'value': value, 'text': text}
        return self._carried(self.call('cs-send', json.dumps({**message, **what})))

    def ask(self):
        """Ask what is new."""
        message = {'page': self.page, 'boot': '', 'known': 0, 'tick': next(self._numbers)}
        return self._post('civitai-shortcut/news', message)

    @staticmethod
    def _carried(data):
        encoded = data[0].partition('>')[2].partition('<')[0]
        return json.loads(base64.b64decode(encoded))
