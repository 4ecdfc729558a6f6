"""The limits on the page: what stands in the panel, and what changing it writes."""

import json
import re
import time

import msgspec
import pytest

from civitai_manager_libs import setting
from civitai_manager_libs.domain.quiet import Quiet
from civitai_manager_libs.key_store import KeyStore
from civitai_manager_libs.setting_source import Source
from civitai_manager_libs.ui.limits import Limits
from civitai_manager_libs.ui.present_limits import limits_html, rest_text, values_of
from tests.support.rows import plain

pytestmark = pytest.mark.usefixtures('english')


@pytest.fixture
def config_file(tmp_path, fresh_settings):
    return tmp_path / 'settings.json'


@pytest.fixture
def limits(config_file, tmp_path):
    source = Source(config_file, KeyStore(tmp_path / 'key', None), {})
    source.load()
    return Limits(config_file, source.fresh, {})


def stored(config_file):
    return json.loads(config_file.read_text(encoding='utf-8'))


def settings(**changes):
    return msgspec.structs.replace(setting.load(environ={}).settings, **changes)


def at(clock):
    return time.strptime(f'2026-11-22 {clock}', '%Y-%m-%d %H:%M')


def options(html, control):
    inside = re.search(rf'data-cs-control="{control}"[^>]*>(.*?)</select>', html).group(1)
    return dict(re.findall(r'<option value="([^"]*)">([^<]*)<', inside))


class TestPanel:
    def test_the_present_speed_stands_among_the_usual_ones(self):
        html = limits_html(settings(total_speed_limit_kb=3000), {})
        total, each = options(html, 'total_speed_limit_kb'), options(
            html, 'download_speed_limit_kb'
        )
        assert total['3000'] == '3.1 MB/s' and total['0'] == each['0'] == 'No limit'
        assert list(each.values()) == ['No limit', *(f'{n} MB/s' for n in (1, 2, 5, 10, 20, 50))]
        assert list(total) == sorted(total, key=int)

    def test_a_speed_that_reads_like_a_usual_one_takes_its_place(self):
        total = options(
            limits_html(settings(total_speed_limit_kb=10240), {}), 'total_speed_limit_kb'
        )
        assert total['10240'] == '10.5 MB/s'
        near = options(limits_html(settings(total_speed_limit_kb=9766), {}), 'total_speed_limit_kb')
        assert list(near.values()).count('10 MB/s') == 1 and '9766' in near

    def test_hours_are_asked_for_only_when_they_are_for_something(self):
        assert 'type="time"' not in limits_html(settings(), {})
        assert values_of(settings())['quiet_hours_mode'] == 'off'
        night = settings(quiet_hours='23:30-06:15', quiet_hours_mode='only')
        assert limits_html(night, {}).count('type="time"') == 2
        values = values_of(night)
        assert (values['quiet_hours_mode'], values['quiet_from']) == ('only', '23:30')
        assert values['quiet_to'] == '06:15'

    def test_what_the_environment_says_cannot_be_changed_here(self):
        html = limits_html(settings(), {'quiet_hours': 'CIVITAI_SHORTCUT_QUIET_HOURS'})
        assert 'environment variable CIVITAI_SHORTCUT_QUIET_HOURS' in plain(html)
        control = re.search(r'<select[^>]*data-cs-control="quiet_hours_mode"[^>]*>', html).group()
        assert ' disabled' in control and html.count(' disabled') == 1

    def test_every_control_has_a_name_and_a_place_for_what_is_wrong(self):
        html = limits_html(settings(quiet_hours='01:00-02:00'), {})
        controls = re.findall(r'data-cs-control="([^"]*)"', html)
        assert len(controls) == 8
        for control in controls:
            assert f'for="cs-limit-{control}"' in html and f'id="cs-limit-{control}"' in html
            assert f'id="cs-problem-{control}"' in html

    @pytest.mark.parametrize(
        ('mode', 'clock', 'said'),
        [
            ('only', '12:00', 'run again at 01:00'),
            ('only', '02:00', ''),
            ('pause', '02:00', 'run again at 08:00'),
            ('pause', '12:00', ''),
            ('full_speed', '02:00', ''),
        ],
    )
    def test_it_says_until_when_downloads_rest(self, mode, clock, said):
        quiet = Quiet('01:00-08:00', mode)
        words = rest_text(quiet, 3, at(clock))
        assert (said in words) and bool(words) == bool(said)
        assert rest_text(quiet, 0, at(clock)) == ''


class TestChanging:
    def test_a_change_is_written_and_in_force_at_once(self, limits, config_file):
        assert limits.change('total_speed_limit_kb', '4883') == ''
        assert stored(config_file) == {'total_speed_limit_kb': 4883}
        assert setting.current().total_speed_limit_kb == 4883

    def test_other_keys_of_the_file_stay(self, limits, config_file):
        config_file.write_text('{"folder_layout": "a1111", "mine": 1}', encoding='utf-8')
        limits.change('concurrent_downloads', '5')
        assert stored(config_file) == {
            **{'folder_layout': 'a1111', 'mine': 1, 'concurrent_downloads': 5},
        }

    @pytest.mark.parametrize('value', ['-1', '', '1048577', 'much', '1.5'])
    def test_a_wrong_value_is_said_and_not_written(self, limits, config_file, value):
        said = limits.change('minimum_free_space_mb', value)
        assert said == 'Allowed: 0–1048576.' and not config_file.exists()

    def test_the_hours_of_the_day(self, limits, config_file):
        limits.change('quiet_hours_mode', 'only')
        assert stored(config_file)['quiet_hours'] == '01:00-08:00'
        assert limits.change('quiet_from', '23:15') == ''
        assert limits.change('quiet_to', '25:00') == 'Allowed: HH:MM-HH:MM.'
        assert setting.current().quiet == Quiet('23:15-08:00', 'only')
        limits.change('quiet_hours_mode', 'off')
        assert setting.current().quiet_hours == ''
        limits.change('quiet_hours_mode', 'pause')
        assert setting.current().quiet == Quiet('23:15-08:00', 'pause')

    def test_an_environment_variable_stands_above_the_file(self, config_file):
        environ = {'CIVITAI_SHORTCUT_CONCURRENT_DOWNLOADS': '3'}
        limits = Limits(config_file, lambda: None, environ)
        assert limits.overridden == {'concurrent_downloads': next(iter(environ))}
        assert limits.change('concurrent_downloads', '5') == '' and not config_file.exists()
