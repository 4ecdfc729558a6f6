"""No setting is there for nothing: each is read by the program, and a test proves what it does."""

import ast
from pathlib import Path

import pytest

import civitai_manager_libs
from civitai_manager_libs import setting
from civitai_manager_libs.setting_values import FIELDS

PACKAGE = Path(civitai_manager_libs.__file__).parent
TESTS = Path(__file__).parent
# What the settings derive from others, by the name it is read under.
DERIVED = {
    'quiet': ('quiet_hours', 'quiet_hours_mode'),
    'wants_adult': ('adult_content',),
    'veils': ('adult_content',),
    'picture_levels': ('adult_content', 'images_default_nsfw_filter'),
    'adult_previews': ('adult_content', 'preview_adult_pictures'),
}
# Code that only shows, checks or stores settings, whatever they do.
SHOWING = ('setting', 'present_', 'limits.py', 'key_keeper.py', 'key_store.py')

_EFFECTS = 'test_setting_effects.py::'
_FILES = 'test_setting_effects_files.py::'
_PICTURES = 'test_setting_effects_pictures.py::'
_TIMEOUTS = _EFFECTS + 'TestTimeouts::test_each_kind_has_its_own'
PROOF = {
    'civitai_api_key': 'test_http_client.py::TestOne::test_settings_hold_without_a_restart',
    'civitai_base_url': _EFFECTS + 'test_another_server_is_asked_at_once',
    'language': 'test_cli_main.py::TestWords::test_the_language_of_the_system_and_of_the_settings',
    'http_timeout': _EFFECTS
    + 'TestTimeouts::test_without_one_the_general_holds_and_changes_at_once',
    'http_max_retries': 'test_http_client.py::TestOne::test_settings_hold_without_a_restart',
    'http_retry_delay': _EFFECTS + 'TestRetries::test_the_first_wait',
    'api_timeout': _TIMEOUTS,
    'download_timeout': _TIMEOUTS,
    'image_timeout': _TIMEOUTS,
    'max_concurrent_requests': 'test_http_pace.py::TestClient::test_a_changed_bound_holds_at_once',
    'request_delay': 'test_http_pace.py::TestClient::test_starts_are_apart',
    'enable_smart_retry': (
        'test_http_failures.py::TestWaiting::test_without_smart_retry_the_wait_is_plain'
    ),
    'http_pool_connections': _EFFECTS + 'TestConnections::test_so_many_hosts_are_kept',
    'http_pool_maxsize': _EFFECTS + 'TestConnections::test_so_many_to_one_host_are_kept',
    'http_chunk_size': _EFFECTS + 'test_how_much_one_connection_reads_at_once',
    'http_cache_enabled': (
        'test_answer_cache.py::TestSettings::test_switched_off_everything_is_asked'
    ),
    'http_cache_max_size_mb': (
        'test_answer_cache.py::TestSettings::test_the_least_used_go_when_there_are_too_many'
    ),
    'http_cache_default_ttl': (
        'test_answer_cache.py::TestSettings::test_the_time_an_answer_is_good'
    ),
    'http_enable_monitoring': (
        'test_monitoring.py::TestRecording::test_switched_off_nothing_is_counted'
    ),
    'http_stats_retention_hours': 'test_monitoring.py::TestRecording::test_what_is_too_old_goes',
    'http_performance_log_level': 'test_logs.py::TestFiles::test_the_setting_holds_at_once',
    'http_memory_monitor_enabled': ('test_memory_downloads.py::TestAtOnce::test_off_nothing_waits'),
    'http_max_memory_usage_mb': (
        'test_memory_downloads.py::TestAtOnce::test_as_many_as_there_is_room_for'
    ),
    'http_memory_check_interval': (
        'test_memory.py::TestCaches::test_they_are_looked_at_as_often_as_the_settings_say'
    ),
    'cache_enabled': 'test_page_pictures.py::test_without_a_cache_nothing_is_kept',
    'cache_size_mb': 'test_page_pictures.py::test_the_oldest_go_when_there_are_too_many',
    'download_path': _FILES + 'TestPlace::test_the_folder_of_all_downloads',
    'folder_layout': 'test_cli_download.py::TestPlaces::test_layouts',
    'models_path': 'test_cli_download.py::TestPlaces::test_layouts',
    'own_folders': _FILES + 'TestPlace::test_the_folder_of_a_type',
    'subfolder_template': _FILES + 'TestPlace::test_folders_below_it_and_the_name',
    'filename_template': _FILES + 'TestPlace::test_folders_below_it_and_the_name',
    'format_preference': _FILES + 'TestChoice::test_which_file_comes_first',
    'size_preference': 'test_preference.py::TestProgram::test_a_plan_follows_the_setting',
    'fp_preference': _FILES + 'TestChoice::test_which_file_comes_first',
    'concurrent_downloads': 'test_engine_limits.py::TestAtOnce::test_more_and_fewer_while_they_run',
    'minimum_free_space_mb': 'test_engine_limits.py::TestRoom::test_a_floor_that_is_lowered',
    'http_enable_chunked_download': ('test_http_client.py::TestSeveral::test_as_the_settings_say'),
    'http_max_parallel_chunks': 'test_http_client.py::TestSeveral::test_as_the_settings_say',
    'max_connections_per_host': (
        'test_engine_limits.py::TestConnections::test_the_host_has_its_bound'
    ),
    'total_speed_limit_kb': 'test_throttle.py::TestTransfers::test_all_files_together',
    'download_speed_limit_kb': 'test_throttle.py::TestTransfers::test_one_file',
    'quiet_hours': 'test_engine_limits.py::TestQuietHours::test_downloads_rest_outside_them',
    'quiet_hours_mode': (
        'test_engine_limits.py::TestQuietHours::test_and_running_ones_go_back_into_the_line'
    ),
    'quarantine_days': 'test_quarantine.py::TestCleaning::test_what_was_kept_long_enough_goes',
    'reuse_files': 'test_reuse_cli.py::test_decided_by_the_setting',
    'write_sidecars': _FILES + 'TestBeside::test_what_is_written_beside_a_model',
    'adult_content': 'test_adult_content.py::test_one_choice_for_every_command',
    'preview_adult_pictures': (
        'test_preview.py::TestBesideAModel::'
        + 'test_adult_pictures_only_when_wanted_and_nothing_else_is_there'
    ),
    'download_companions': 'test_companions.py::test_by_order_or_setting_nothing_comes_along',
    'images.output_path': _PICTURES + 'TestFiles::test_the_folder',
    'images.path_template': _PICTURES + 'TestFiles::test_the_path_in_it',
    'images.metadata_format': _PICTURES + 'TestFiles::test_data_beside_it',
    'images.save_metadata': _PICTURES + 'TestFiles::test_no_data',
    'images.default_nsfw_filter': _PICTURES + 'TestLists::test_the_levels_that_are_asked_for',
    'images.max_concurrent': _PICTURES + 'TestAtOnce::test_pictures_of_a_list',
    'images.skip_existing': _PICTURES + 'TestAgain::test_what_is_there_is_fetched_again_or_not',
    'images.duplicate_policy': _PICTURES + 'TestAgain::test_the_same_picture_twice',
    'images.generate_thumbnails': _PICTURES + 'TestFiles::test_thumbnails',
    'images.thumbnail_size': _PICTURES + 'TestFiles::test_thumbnails',
    'gallery_download_batch_size': _PICTURES + 'TestGallery::test_it_rests_between_batches',
    'gallery_download_timeout': _PICTURES + 'TestGallery::test_a_silent_server_is_given_up',
    'gallery_max_concurrent_downloads': _PICTURES + 'TestAtOnce::test_pictures_of_the_gallery',
    'webui_api_url': _PICTURES + 'TestGallery::test_the_webui_that_generates',
    'shortcut_pictures': 'test_shortcut_saving.py::TestPictures::test_as_many_as_the_settings_say',
}
"""Which test changes a setting and watches requests, files or the page."""


def settings_read(tree):
    """The settings that a module reads: attributes of ``settings``, of ``setting``, of
    ``setting.current()`` and their like, and the timeout of a kind.
    """
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute) or not isinstance(node.ctx, ast.Load):
            continue
        of = ast.unparse(node.value)
        if of.split('.')[-1] in ('settings', 'setting', 'current()'):
            if node.attr == 'timeout_for':
                yield from ('http_timeout', 'api_timeout', 'download_timeout', 'image_timeout')
            yield from DERIVED.get(node.attr, [node.attr])


def all_read():
    found = set()
    for path in sorted(PACKAGE.rglob('*.py')):
        if not path.name.startswith(SHOWING) and 'demo' not in path.parts:
            found.update(settings_read(ast.parse(path.read_text(encoding='utf-8'))))
    return found


def functions_of(path):
    """``Class::test`` and ``test`` of a test module."""
    for node in ast.parse(path.read_text(encoding='utf-8')).body:
        if isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef):
                    yield f'{node.name}::{inner.name}', inner
        elif isinstance(node, ast.FunctionDef):
            yield node.name, node


def test_every_setting_is_read_by_the_program():
    names = {FIELDS[key].name for key in setting.defaults()}
    assert names - all_read() == set()


def test_a_setting_that_nothing_reads_would_be_found():
    code = 'settings.folder_layout = shown["request_delay"] = "http_timeout"; setting.cache_enabled'
    assert list(settings_read(ast.parse(code))) == ['cache_enabled']


def test_every_setting_has_its_proof():
    assert list(PROOF) == list(setting.defaults())


@pytest.mark.parametrize('key', list(PROOF))
def test_the_proof_is_there(key):
    """The test exists, and its module names the setting; a kind of request stands for its
    timeout.
    """
    module, _, name = PROOF[key].partition('::')
    path = TESTS / module
    assert name in dict(functions_of(path)), PROOF[key]
    assert key in path.read_text(encoding='utf-8')
