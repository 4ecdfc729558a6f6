"""A part is never mistaken for the finished file that it has become, nor for one that is gone."""

import os
import threading

import pytest

from civitai_manager_libs.errors import FileBusy
from civitai_manager_libs.moving import part as part_module
from civitai_manager_libs.moving.fetch import FetchOrder
from civitai_manager_libs.moving.part import PartFile, part_path
from civitai_manager_libs.moving.present import find_present
from civitai_manager_libs.moving.state_file import state_path

CONTENT = b'finished and right' * 100
posix = pytest.mark.skipif(os.name == 'nt', reason='platform: open files keep their name there')


def completed(final, before_unlink=None):
    """Put CONTENT at ``final`` by way of a part."""
    with PartFile(final, 'x') as part:
        part.adopt(part.state)
        part.write(0, CONTENT)
        part.settle_size(len(CONTENT))
        part.complete(len(CONTENT), final, False)


@posix
def test_opened_before_and_locked_after_the_owner_named_it(tmp_path, monkeypatch):
    final, real = tmp_path / 'x.bin', part_module.try_lock
    owner = PartFile(final, 'x')
    owner.write(0, CONTENT)

    def late(handle):
        monkeypatch.setattr(part_module, 'try_lock', real)
        owner.complete(len(CONTENT), final, False)
        return real(handle)

    monkeypatch.setattr(part_module, 'try_lock', late)
    with PartFile(final, 'y') as second:
        second.adopt(second.state)
        second.write(0, b'other')
        assert final.read_bytes() == CONTENT


@posix
def test_opened_before_and_locked_after_the_owner_threw_it_away(tmp_path, monkeypatch):
    final, real = tmp_path / 'x.bin', part_module.try_lock
    owner = PartFile(final, 'x')

    def late(handle):
        monkeypatch.setattr(part_module, 'try_lock', real)
        owner.discard()
        return real(handle)

    monkeypatch.setattr(part_module, 'try_lock', late)
    with PartFile(final, 'y') as second:
        second.write(0, CONTENT)
        second.complete(len(CONTENT), final, False)
    assert final.read_bytes() == CONTENT and not part_path(final).exists()


def killed_while_naming(final, monkeypatch):
    """What a kill between the two steps of naming leaves: both names, and the state."""

    def link_only(source, target):
        os.link(source, target)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(part_module, 'rename_new', link_only)
        with pytest.raises(KeyboardInterrupt):
            completed(final)
    assert part_path(final).exists() and final.read_bytes() == CONTENT


@posix
def test_killed_between_the_two_steps_of_naming(tmp_path, monkeypatch):
    final = tmp_path / 'x.bin'
    killed_while_naming(final, monkeypatch)
    with PartFile(final, 'another file') as part:
        part.adopt(part.state)
        part.write(0, b'other')
        assert final.read_bytes() == CONTENT


@posix
def test_a_file_without_published_hash_counts_when_it_was_being_named(tmp_path, monkeypatch):
    final = tmp_path / 'x.bin'
    killed_while_naming(final, monkeypatch)
    present = find_present(FetchOrder(final, 'x'), threading.Event(), lambda progress: None)
    assert present is not None and present.size == len(CONTENT)
    assert sorted(path.name for path in tmp_path.iterdir()) == ['x.bin']


def test_a_part_in_use_is_left_alone(tmp_path):
    final = tmp_path / 'x.bin'
    with PartFile(final, 'x') as owner:
        owner.write(0, CONTENT)
        with pytest.raises(FileBusy):
            PartFile(final, 'x')
        assert part_path(final).read_bytes() == CONTENT
        owner.discard()
    assert not part_path(final).exists() and not state_path(final).exists()
