"""What one command knows of the outside world."""

from civitai_manager_libs.cli.environment import Environment


def test_the_demo_keeps_everything_apart(tmp_path):
    places = Environment(data_dir=tmp_path, demo_wanted=True).places
    for path in (places.home, places.config_file, places.key_file, places.database):
        assert path.is_relative_to(tmp_path)
    assert Environment().places.home != Environment(demo_wanted=True).places.home
