"""``images --from``: picture addresses, one a line."""

import sys

import pytest
import requests

from civitai_manager_libs.demo import GALLERY

from .support.command import files_below


@pytest.fixture
def addresses(demo):
    """The addresses of three pictures."""
    query = {'modelVersionId': GALLERY.version_id, 'sort': 'Oldest', 'limit': 3}
    found = requests.get(f'{demo.base_url}/api/v1/images', params=query, timeout=10).json()
    return [item['url'] for item in found['items']]


@pytest.fixture
def listed(tmp_path):
    """Writes a list; gives its path."""

    def write(*lines):
        path = tmp_path / 'list.txt'
        path.write_text('\n'.join(lines), encoding='utf-8')
        return path

    return write


def names_of(addresses):
    return sorted(address.rpartition('/')[2].rpartition('.')[0] for address in addresses)


def test_each_under_its_own_name(program, addresses, listed, tmp_path):
    done = program.run('images', '--from', listed(*addresses), '--out', tmp_path / 'out', '--json')
    assert done.code == 0, done
    found = files_below(tmp_path / 'out')
    assert sorted(name.rpartition('.')[0] for name in found) == names_of(addresses)
    assert done.json['next_cursor'] is None
    assert [entry['image_id'] for entry in done.json['images']] == [None] * 3
    for address, entry in zip(addresses, done.json['images'], strict=True):
        stem = address.rpartition('/')[2].rpartition('.')[0]
        assert stem in entry['path'] and entry['metadata_path'] is None


def test_blank_lines_and_remarks_are_passed_over_and_bad_ones_told(program, addresses, listed):
    path = listed('# mine', '', addresses[0], 'nonsense', 'file:///etc/passwd', addresses[1])
    done = program.run('images', '--from', path, '--json')
    assert done.code == 2
    states = [(entry['state'], (entry['error'] or {}).get('code')) for entry in done.json['images']]
    assert states == [
        ('done', None),
        ('failed', 'address_unusable'),
        ('failed', 'address_unusable'),
        ('done', None),
    ]
    assert 'nonsense' in done.err and len(files_below(program.data / 'images')) == 2


def test_from_standard_input(program, addresses):
    done = program.run('images', '--from', '-', stdin='\n'.join(addresses))
    assert done.code == 0 and '3 of 3' in done.out


def test_addresses_with_one_name_do_not_overwrite_each_other(program, addresses, listed):
    first = addresses[0]
    folder, _, name = first.rpartition('/')
    other = f'{addresses[1].rpartition("/")[0]}/{name}'
    done = program.run('images', '--from', listed(first, other), '--json')
    assert done.code == 0, done
    assert len({entry['path'] for entry in done.json['images']}) == 2


def test_data_only_when_they_are_wanted(program, addresses, listed):
    done = program.run('images', '--from', listed(*addresses), '--metadata', 'txt', '--json')
    written = [entry['metadata_path'] for entry in done.json['images']]
    assert done.code == 0 and any(path and path.endswith('.txt') for path in written)


def test_no_more_at_once_than_said(program, addresses, listed):
    """One after the other: the second begins when the first has been sent."""
    done = program.run('images', '--from', listed(*addresses), '--max-concurrent', 1)
    records = program.demo.requests.of('storage')
    assert done.code == 0 and len(records) == 3
    refused = program.run('images', '--from', listed(*addresses), '--max-concurrent', 65)
    assert refused.code == 2 and 'images.max_concurrent' in refused.err


def test_a_list_that_is_not_there(program):
    assert program.run('images', '--from', 'nowhere.txt').code == 2


def test_it_loads_no_more_than_it_needs(program, addresses, listed):
    code = (
        'import sys, runpy\n'
        'sys.argv = sys.argv[1:]\n'
        'try:\n    runpy.run_path(sys.argv[0], run_name="__main__")\n'
        'except SystemExit as ended:\n    assert not ended.code, ended.code\n'
        'heavy = {"gradio", "alembic", "requests_cache", "PIL"} & set(sys.modules)\n'
        'print(sorted(heavy), file=sys.stderr)\n'
    )
    program.run('images', '--from', listed(*addresses))  # has made the database
    words = program.words('images', '--from', listed(*addresses), '--out', 'other')
    program.words = lambda *_: [sys.executable, '-c', code, *words[1:]]
    done = program.run()
    assert done.code == 0 and done.err.splitlines()[-1] == '[]', done
