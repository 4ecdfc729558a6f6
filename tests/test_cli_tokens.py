"""A key that was pasted or configured is in no output, no log and no database."""

import json

from civitai_manager_libs.demo import SPECIAL

TOKEN = 'c0ffee00c0ffee00c0ffee00c0ffee00'


class TestTokens:
    """A key that was pasted with a link is nowhere afterwards."""

    def pasted(self):
        return [
            f'https://civitai.com/api/download/models/2007?type=Model&token={TOKEN}',
            f'https://civitai.com/models/1004?modelVersionId=2007&token={TOKEN}#t',
            f'https://civitai.com/api/v1/model-versions/2007?token={TOKEN}&x=1',
            f'https://someone:{TOKEN}@civitai.com/models/1004',
            f'https://civitai.com/user/nobody?token={TOKEN}',
            f'token={TOKEN}',
            TOKEN,
            f'https://civitai.com/models/99?token={TOKEN}',
        ]

    def test_nothing_repeats_it(self, demo, program):
        done = program.run('-v', '-v', 'download', *self.pasted(), '--json')
        again = program.run('queue', 'list', '--json')
        seen = [done.out, done.err, again.out, again.err]
        assert TOKEN not in ''.join(seen)
        for path in program.data.rglob('*'):
            if path.is_file():
                assert TOKEN.encode() not in path.read_bytes(), path
        assert done.code != 0 and done.downloads[0]['state'] == 'done', done
        for record in demo.requests:
            assert TOKEN not in json.dumps([record.path, record.query, record.headers])

    def test_the_key_of_the_settings_neither(self, demo, program):
        program.with_key(TOKEN)
        done = program.run('-v', '-v', 'download', str(SPECIAL['login_only'].model_id), '--json')
        assert done.code == 3 and done.downloads[0]['error']['code'] == 'key_refused'
        assert TOKEN not in done.out + done.err
        for path in program.data.rglob('*'):
            assert not path.is_file() or TOKEN.encode() not in path.read_bytes(), path
