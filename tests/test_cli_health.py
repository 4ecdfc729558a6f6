"""``health``: words for a person, a document for a script, an exit code for both."""

import sqlite3
from contextlib import closing

import pytest

from civitai_manager_libs.health import PARTS


def test_all_is_well(program):
    done = program.run('health')
    assert done.code == 0 and len(done.out.splitlines()) == len(PARTS), done
    assert done.err == '' and 'OK: HTTP client.' in done.out


def test_in_chinese(program):
    program.language = 'zh-TW'
    assert '正常：磁碟空間。' in program.run('health').out


def test_as_a_document(program, demo):
    done = program.run('health', '--json')
    assert done.code == 0, done
    assert {done.json[part] for part in PARTS} == {'ok'}
    assert done.json['details']['http_client']['host'] == demo.base_url.split('//')[1]
    assert done.json['details']['disk_space']['path'] == str(program.downloads)


def test_a_warning_is_no_failure(program, demo):
    demo.faults.add('status', path='/api/download', status=404)
    assert program.run('download', '1004').code == 4
    done = program.run('health')
    assert done.code == 0 and 'Warning: Download queue.' in done.out, done


@pytest.mark.parametrize('as_json', [True, False])
def test_a_site_that_is_away(program, demo, as_json):
    demo.stop()
    done = program.run('health', *(['--json'] if as_json else []))
    assert done.code == 1, done
    if as_json:
        assert done.json['status'] == done.json['http_client'] == 'error'
    else:
        assert 'Error: HTTP client. Civitai cannot be used at the moment.' in done.out


def test_a_database_of_the_future(program):
    assert program.run('health').code == 0
    with closing(sqlite3.connect(program.database)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    done = program.run('health', '--json')
    assert done.code == 1 and done.json['database'] == 'error', done
    assert done.json['details']['disk_space']['path'] == str(program.downloads)
