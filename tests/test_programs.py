"""WebUIs and ComfyUI on a machine: told by what lies in a folder, found in bounds."""

import os
from pathlib import Path

import pytest

from civitai_manager_libs.domain.programs import may_lead_to_one, program_in, sounds_like_one
from civitai_manager_libs.errors import FolderMissing, NotWritable
from civitai_manager_libs.library import programs
from civitai_manager_libs.library.programs import (
    find_programs,
    free_at,
    other_folders,
    place_at,
    usual_places,
)
from tests.support.programs import INSIDE, make_program


def names(places):
    return [place.program.name for place in places]


class TestTelling:
    @pytest.mark.parametrize(
        'kind, readme, name, layout',
        [
            ('a1111', '', 'Stable Diffusion WebUI', 'a1111'),
            ('forge', '', 'Stable Diffusion WebUI Forge', 'a1111'),
            ('reforge', '', 'Stable Diffusion WebUI reForge', 'a1111'),
            ('forge', '# sd-webui-forge-classic', 'Stable Diffusion WebUI Forge Classic', 'a1111'),
            ('forge', '# Forge - Neo', 'Stable Diffusion WebUI Forge Neo', 'a1111'),
            ('forge', '# WebUI reForge', 'Stable Diffusion WebUI reForge', 'a1111'),
            ('sdnext', '', 'SD.Next', 'a1111'),
            ('comfyui', '', 'ComfyUI', 'comfyui'),
            ('desktop', '', 'ComfyUI', 'comfyui'),
        ],
    )
    def test_each_by_what_lies_in_it(self, tmp_path, kind, readme, name, layout):
        [found] = find_programs([make_program(tmp_path / 'x', kind, readme=readme)])
        assert (found.program.name, found.program.layout) == (name, layout)

    @pytest.mark.parametrize(
        'inside', [(), ('webui.py',), ('modules', 'launch.py'), ('models', 'user'), ('main.py',)]
    )
    def test_other_folders_are_none(self, inside):
        assert program_in(inside) is None

    def test_which_names_are_worth_a_look(self):
        assert all(map(sounds_like_one, ('stable-diffusion-webui', 'sd.next', 'ComfyUI_windows')))
        assert not any(map(sounds_like_one, ('Pictures', 'Windows', '.cache', 'wisdom')))
        assert may_lead_to_one('Pictures')
        assert not any(map(may_lead_to_one, ('.git', '$RECYCLE.BIN', 'Program Files (x86)')))


class TestFinding:
    def test_around_places_with_models_and_room(self, tmp_path):
        make_program(tmp_path / 'home' / 'forge', 'forge', models=3)
        make_program(tmp_path / 'home' / 'StabilityMatrix' / 'Packages' / 'reforge', 'reforge')
        make_program(tmp_path / 'home' / 'ComfyUI_portable' / 'ComfyUI', 'comfyui', models=2)
        found = {one.root.name: one for one in find_programs([tmp_path / 'home'])}
        assert set(found) == {'forge', 'reforge', 'ComfyUI'}
        assert [found[name].models for name in ('forge', 'ComfyUI', 'reforge')] == [3, 2, 0]
        assert not found['forge'].more and found['forge'].free > 0

    def test_a_quiet_name_is_looked_into_but_no_further(self, tmp_path):
        make_program(tmp_path / 'tools', 'a1111')
        make_program(tmp_path / 'stuff' / 'inner', 'a1111')
        assert [one.root.name for one in find_programs([tmp_path])] == ['tools']

    def test_a_place_within_another_is_looked_at_whole(self, tmp_path):
        make_program(tmp_path / 'home' / 'mine', 'comfyui')
        found = list(find_programs([tmp_path, tmp_path / 'home']))
        assert [one.root.name for one in found] == ['mine']

    def test_one_that_two_ways_lead_to_comes_once(self, tmp_path):
        make_program(tmp_path / 'forge', 'forge')
        (tmp_path / 'webui-link').symlink_to(tmp_path / 'forge')
        (tmp_path / 'sd-loop').symlink_to(tmp_path)
        assert names(find_programs([tmp_path, tmp_path / 'forge'])) == [
            'Stable Diffusion WebUI Forge'
        ]

    def test_what_cannot_be_read_or_is_not_there_is_passed_by(self, tmp_path):
        make_program(tmp_path / 'webui', 'a1111')
        (tmp_path / 'comfy-file').write_text('no folder', encoding='utf-8')
        assert len(list(find_programs([tmp_path / 'gone', tmp_path]))) == 1

    def test_it_ends_after_so_many_folders(self, tmp_path, monkeypatch):
        monkeypatch.setattr(programs, 'MOST_FOLDERS', 5)
        for number in range(9):
            (tmp_path / f'a{number}').mkdir()
        make_program(tmp_path / 'z', 'a1111')
        assert list(find_programs([tmp_path])) == []

    def test_it_ends_after_so_long(self, tmp_path):
        make_program(tmp_path / 'webui', 'a1111')
        times = iter([0.0, 0.0, *[programs.MOST_SECONDS + 1] * 9])
        assert list(find_programs([tmp_path], clock=lambda: next(times))) == []

    def test_it_ends_when_nobody_waits(self, tmp_path):
        make_program(tmp_path / 'webui', 'a1111')
        assert list(find_programs([tmp_path], stop=lambda: True)) == []

    def test_many_models_are_not_all_counted(self, tmp_path, monkeypatch):
        monkeypatch.setattr(programs, '_MOST_COUNTED', 4)
        [found] = find_programs([make_program(tmp_path / 'webui', 'a1111', models=9)])
        assert found.more

    def test_usual_places_are_there_and_never_the_whole_disk(self, tmp_path):
        (tmp_path / 'home' / 'AI').mkdir(parents=True)
        beside = tmp_path / 'webui' / 'extensions' / 'ours'
        beside.mkdir(parents=True)
        places = usual_places(tmp_path / 'home', [beside])
        assert {tmp_path / 'home', tmp_path / 'home' / 'AI', tmp_path / 'webui'} <= set(places)
        assert all(place.is_dir() for place in places)
        assert Path(os.sep) not in places and len(places) == len(set(places))


class TestTyped:
    def test_a_plain_folder(self, tmp_path):
        (tmp_path / 'a.safetensors').touch()
        found = place_at(f' "{tmp_path}" ')
        assert (found.program, found.root, found.models) == (None, tmp_path, 1)

    @pytest.mark.parametrize('below', ['', 'models', 'models/Lora'])
    @pytest.mark.parametrize('kind', ['a1111', 'forge', 'sdnext'])
    def test_a_program_or_a_folder_of_its_models(self, tmp_path, kind, below):
        root = make_program(tmp_path / 'x', kind, models=2)
        found = place_at(str(root / below))
        assert found.root == root and found.program is not None and found.models == 2

    @pytest.mark.parametrize('typed', ['', 'models', './x', '/there/is/none/such'])
    def test_what_is_no_folder(self, typed):
        with pytest.raises(FolderMissing):
            place_at(typed)

    def test_what_is_endless_is_cut_in_the_message(self):
        with pytest.raises(FolderMissing) as caught:
            place_at('/' + 'x' * 4000)
        assert len(str(caught.value.details['path'])) < 400

    def test_a_file_is_no_folder(self, tmp_path):
        (tmp_path / 'file').touch()
        with pytest.raises(FolderMissing):
            place_at(str(tmp_path / 'file'))

    def test_a_folder_that_takes_nothing(self, tmp_path, monkeypatch):
        def refuse(**more):
            raise PermissionError(13, 'Permission denied')

        monkeypatch.setattr(programs.tempfile, 'TemporaryFile', refuse)
        with pytest.raises(NotWritable):
            place_at(str(tmp_path))

    def test_room_where_a_folder_would_be_made(self, tmp_path):
        assert free_at(tmp_path / 'not' / 'yet') > 0


@pytest.mark.parametrize('kind', INSIDE)
def test_embeddings_go_where_the_program_reads_them(tmp_path, kind):
    root = make_program(tmp_path, kind)
    among = {'TextualInversion': (root / 'models' / 'embeddings',)}
    assert other_folders(root) == (among if kind == 'sdnext' else {})
