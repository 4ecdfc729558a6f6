"""``search``: what Civitai lists, in lines and as JSON, also on bad days."""

import pytest

from civitai_manager_libs.demo import SPECIAL

PLAIN, MATURE = SPECIAL['plain'], SPECIAL['mature']


@pytest.fixture
def program(terminal):
    """The program, in this process."""
    return terminal


def ids(done):
    return [model['id'] for model in done.json['models']]


def test_as_json(program, demo):
    done = program.run('search', 'moss', '--json')
    assert done.code == 0 and done.json['error'] is None and done.json['more'] is False
    [model] = done.json['models']
    assert (model['id'], model['type'], model['creator']) == (1004, 'LORA', 'garden_path')
    assert model['version_id'] == PLAIN.version_id and model['bytes'] > 0
    assert model['saved'] is False and model['installed'] is False and model['warning'] is None
    assert done.json['since'] is None and done.json['left_out'] == 0


def test_in_words(program):
    done = program.run('search', '--type', 'lora', '--type', 'Upscaler', '--base-model', 'SD 1.5')
    assert done.code == 0 and '苔庭 Moss Garden · garden_path' in done.out
    assert done.out.count('\n') == len(done.out.splitlines()) >= 2


def test_filters(program):
    assert ids(program.run('search', '--tag', 'pixel art', '--json')) == [1008]
    assert ids(program.run('search', '--username', 'garden_path', '--type', 'VAE', '--json')) == []
    assert MATURE.model_id not in ids(program.run('search', '--json'))
    assert MATURE.model_id in ids(program.run('search', '--nsfw', '--json'))


def test_a_limit(program):
    whole = ids(program.run('search', '--json'))
    done = program.run('search', '--limit', '3', '--json')
    assert ids(done) == whole[:3] and done.json['more'] is True
    assert '--limit' in program.run('search', '--limit', '3').err
    assert ids(program.run('search', '--limit', '0', '--json')) == whole
    assert program.run('search', '--limit', 'x').code == 2


def test_the_link_of_a_creator_or_a_list(program):
    done = program.run('search', 'https://civitai.com/user/garden_path/models', '--json')
    assert len(ids(done)) > 1 and {one['creator'] for one in done.json['models']} == {'garden_path'}
    assert ids(program.run('search', 'civitai.com/tag/pixel%20art', '--json')) == [1008]


@pytest.mark.parametrize(
    'link', ['https://civitai.com/models/1002', 'civitai.com/models/1002', 'https://other.example/']
)
def test_a_link_of_something_else_is_not_looked_for(program, demo, link):
    done = program.run('search', link)
    assert done.code == 2 and '"show" reads a model' in done.err
    assert not demo.requests.of('api')


def test_what_is_here_and_saved(program):
    assert program.run('download', '1004').code == 0
    assert program.run('shortcut', 'add', '1004').code == 0
    [model] = program.run('search', 'moss', '--json').json['models']
    assert model['installed'] is True and model['saved'] is True
    assert 'installed' in program.run('--lang', 'en', 'search', 'moss').out


@pytest.mark.parametrize(
    'arguments, code, error',
    [
        (['--tag', 'pixel arts'], 4, 'tag_unknown'),
        (['--username', 'nobody_at_all'], 4, 'not_found'),
        (['--base-model', 'SDXL 1.1'], 4, 'base_model_unknown'),
        (['--type', 'LORAs'], 2, 'filter_unknown'),
        (['no such words'], 4, 'nothing_found'),
    ],
)
def test_nothing(program, arguments, code, error):
    done = program.run('search', *arguments, '--json')
    assert done.code == code and done.json['models'] == []
    assert done.json['error']['code'] == error and done.json['error']['message'] in done.err
    assert 'Traceback' not in done.err


def test_tags_like_an_unknown_one(program):
    done = program.run('search', '--tag', 'pixel arts', '--json')
    assert done.json['nearest_tags'] == ['pixel art'] and 'pixel art' in done.err


def test_a_list_that_breaks_off(program, odd_server):
    def answer(handler):
        if 'cursor=' in handler.path:
            handler.reply(500)
        else:
            body = b'{"items": [{"id": 7, "name": "first"}, null], "metadata": {"nextCursor": "a"}}'
            handler.reply(body=body, Content_Type='application/json')

    program.environment['CIVITAI_SHORTCUT_CIVITAI_BASE_URL'] = odd_server(answer).url
    done = program.run('search', '--json', http_max_retries=0)
    assert done.code == 5 and ids(done) == [7] and done.json['broken'] == 1
    assert done.json['error']['code'] == 'server_trouble' and done.json['more'] is True
    lines = program.run('search', http_max_retries=0)
    assert lines.code == 5 and 'first' in lines.out and 'Traceback' not in lines.err


def test_names_that_steer_a_terminal(program, demo):
    body = '{"items": [{"id": 7, "name": "a\\u001b[2Jb\\nc\\ud800"}], "metadata": {}}'
    demo.faults.add('status', status=200, path='/api/v1/models', body=body)
    done = program.run('search')
    assert done.code == 0 and '\x1b' not in done.out and len(done.out.splitlines()) == 1


def test_without_a_network(program, demo):
    whole = ids(program.run('search', 'o', '--json'))
    demo.stop()
    done = program.run('search', 'o', '--json', http_cache_enabled=False)
    assert done.code == 0 and ids(done) == whole and done.json['since']
    assert done.json['error']['code'] == 'connection_failed'
    other = program.run('search', 'e', '--json', http_max_retries=0)
    assert other.code == 5 and other.json['models'] == [] and other.json['since'] is None
