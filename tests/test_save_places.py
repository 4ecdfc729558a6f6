"""Which folders a download can be put into: those of its kind, those below, a new one, no other."""

from pathlib import Path

import pytest

from civitai_manager_libs.app import placement_rules
from civitai_manager_libs.demo import SPECIAL
from civitai_manager_libs.domain.folders import Kind
from civitai_manager_libs.domain.placement import PlacementRules
from civitai_manager_libs.domain.save_places import below, kind_at, kind_roots, lies_in
from civitai_manager_libs.errors import SettingInvalid
from civitai_manager_libs.library.folders import model_folders
from civitai_manager_libs.library.save_places import SavePlaces, folders_below
from civitai_manager_libs.store.browsing import BrowsingStore
from civitai_manager_libs.store.database import Database
from tests.support.made_up_host import MadeUpHost
from tests.support.save_places import Remembering

LORA = Kind('LORA')


@pytest.fixture
def host(tmp_path):
    return MadeUpHost(tmp_path / 'webui')


class TestRoots:
    def test_those_of_the_host_and_those_somebody_has_added(self, host, tmp_path, fresh_settings):
        host.added['LORA'] = (tmp_path / 'disk2' / 'loras',)
        rules = placement_rules(host)
        own = str(host.root / 'models' / 'Lora')
        assert kind_roots(LORA, rules) == (own, str(tmp_path / 'disk2' / 'loras'))
        assert kind_roots(Kind('VAE'), rules) == (str(host.root / 'models' / 'VAE'),)
        assert tmp_path / 'disk2' / 'loras' in model_folders(rules)

    def test_what_no_host_reads_goes_nowhere_but_to_our_downloads(self, host, fresh_settings):
        host.added['LORA'] = (host.root / 'more',)
        roots = kind_roots(Kind('LORA', scanned=False), placement_rules(host))
        assert len(roots) == 1 and not roots[0].startswith(str(host.root / 'models'))

    def test_alone_there_is_the_one_of_the_settings(self):
        rules = PlacementRules('own', '/d', '/d', own_folders={'LORA': '/far/loras'})
        assert kind_roots(LORA, rules) == ('/far/loras',)

    def test_settings_that_lead_out_offer_nothing(self):
        rules = PlacementRules('own', '/d', '/d', own_folders={'LORA': '../out'})
        assert SavePlaces(lambda: rules, Remembering()).roots(LORA) == ()


class TestTyped:
    @pytest.mark.parametrize('typed', ['', ' ', '.', './'])
    def test_nothing_is_the_folder_itself(self, typed):
        assert below('/m/Lora', typed) == '/m/Lora'

    def test_names_are_made_safe(self):
        assert below('/m/Lora', 'Pony / 風格:1\\x') == str(Path('/m/Lora/Pony/風格_1/x'))

    @pytest.mark.parametrize(
        'typed',
        ['..', '../x', 'a/../../x', '/etc', '\\\\server\\x', 'C:\\x', 'c:x', '~/x', '.. /x'],
    )
    def test_nothing_leads_out(self, typed):
        with pytest.raises(SettingInvalid):
            below('/m/Lora', typed)


class TestInside:
    def test_the_folder_and_what_is_below(self):
        assert lies_in('/m/Lora', ['/m/Lora']) and lies_in('/m/Lora/a/b', ['/x', '/m/Lora'])

    @pytest.mark.parametrize('path', ['/m/Lora2', '/m', '/m/Lora/../VAE', 'Lora', '/m/Lora/..'])
    def test_nothing_else(self, path):
        assert not lies_in(path, ['/m/Lora'])

    def test_the_kind_of_a_file_is_told_by_where_it_lies(self):
        folders = {'Checkpoint': ['/m/sd'], 'LORA': ['/m/Lora'], 'LoCon': ['/m/Lora'], 'X': ['/m']}
        assert kind_at('/m/Lora/a.pt', 'LoCon', folders) == 'LoCon'
        assert kind_at('/m/sd/a.gguf', 'UNet', folders) == 'Checkpoint'
        assert kind_at('/m/other/a', 'VAE', folders) == 'X'
        assert kind_at('/downloads/a', 'LORA', folders) is None


class TestOnDisk:
    def test_three_deep_with_links_each_once(self, tmp_path):
        root, far = tmp_path / 'Lora', tmp_path / 'far'
        (root / 'a' / 'b' / 'c' / 'd').mkdir(parents=True)
        (root / '.hidden').mkdir()
        (far / 'inside').mkdir(parents=True)
        (root / 'linked').symlink_to(far, target_is_directory=True)
        (root / 'round').symlink_to(root, target_is_directory=True)
        (root / 'file').write_text('x')
        names = [Path(one).relative_to(root).as_posix() for one in folders_below(str(root))]
        assert names == ['a', 'a/b', 'a/b/c', 'linked', 'linked/inside']

    def test_very_many_and_none(self, tmp_path):
        assert folders_below(str(tmp_path / 'nowhere')) == ()
        for number in range(400):
            (tmp_path / f'{number:03}').mkdir()
        assert len(folders_below(str(tmp_path))) == 300

    def test_all_roots_are_read(self, host, tmp_path, fresh_settings):
        host.added['LORA'] = (tmp_path / 'disk2',)
        (tmp_path / 'disk2' / 'anime').mkdir(parents=True)
        (host.root / 'models' / 'Lora' / 'style').mkdir(parents=True)
        places = SavePlaces(lambda: placement_rules(host), Remembering())
        own = str(host.root / 'models' / 'Lora')
        far = str(tmp_path / 'disk2')
        assert places.folders(LORA) == (own, f'{own}/style', far, f'{far}/anime')


class TestRemembering:
    def test_by_kind_until_the_usual_place_is_taken(self, tmp_path):
        rules = PlacementRules('own', '/d', '/d')
        database = Database(tmp_path / 'a.db')
        places = SavePlaces(lambda: rules, BrowsingStore(database))
        assert places.last(LORA) is None
        places.keep(LORA, '/d/LORA/style')
        assert places.last(Kind('VAE')) is None
        again = SavePlaces(lambda: rules, BrowsingStore(database))
        assert again.last(LORA) == '/d/LORA/style'
        again.keep(LORA, None)
        assert SavePlaces(lambda: rules, BrowsingStore(database)).last(LORA) is None
        database.close()

    def test_not_when_it_is_offered_no_more(self):
        rules = [PlacementRules('own', '/d', '/d')]
        places = SavePlaces(lambda: rules[0], Remembering())
        places.keep(LORA, '/d/LORA/style')
        rules[0] = PlacementRules('own', '/e', '/e')
        assert places.last(LORA) is None

    @pytest.mark.parametrize('said', [None, [], 'x', {'LORA': 7}, {'LORA': '/etc'}])
    def test_rubbish_is_nothing(self, said):
        places = SavePlaces(lambda: PlacementRules('own', '/d', '/d'), Remembering(save_in=said))
        assert places.last(LORA) is None


def test_files_of_another_kind_do_not_follow_into_a_folder_of_the_weights(bench, fresh_settings):
    fresh_settings(download_companions=True)
    folder = bench.downloads / 'Checkpoint' / 'anime'
    bench.fetch(str(SPECIAL['many_files'].model_id), folder=str(folder))
    assert sorted(one.suffix for one in folder.iterdir()) == ['.safetensors', '.yaml']
    assert [one.name for one in (bench.downloads / 'VAE').iterdir()]
