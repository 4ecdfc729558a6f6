"""Every saved model gets its pictures, also those of an import and of a killed process."""

import threading

from civitai_manager_libs.domain.shortcut import Shortcut
from civitai_manager_libs.library import picture_plans

PATIENCE = 30


def saved_without_pictures(saved_models, *ids):
    """As a process leaves them that is killed before it thinks of pictures."""
    for model_id in ids:
        model = saved_models.opener.open(model_id).model
        cover = model.model_versions[0].images[0].url
        saved_models.door._store.add([Shortcut(model_id, model.name, cover=cover)], {})


def ended(saved_models):
    door = saved_models.door
    return door._planner.wait(PATIENCE) and door.pictures.wait(PATIENCE)


def test_what_was_saved_without_them_is_found_at_the_next_start(saved_models):
    saved_without_pictures(saved_models, 1001, 1003)
    assert saved_models.door.pictures.planned() == frozenset()
    saved_models.door._tidy()
    assert ended(saved_models)
    assert [saved_models.kept(number) for number in (1001, 1003)] == [1, 1]
    assert saved_models.door.pictures.planned() == {1001, 1003}


def test_what_is_noted_is_left_alone(saved_models):
    saved_models.add(1001)
    saved_without_pictures(saved_models, 1003)
    saved_models.demo.requests.clear()
    saved_models.door._planner.start()
    assert ended(saved_models)
    assert sum(saved_models.asked('storage').values()) == 1
    assert saved_models.door.pictures.planned() == {1001, 1003}


def test_an_import_returns_before_and_they_come(saved_models, tmp_path, monkeypatch):
    saved_models.add(1001, 1003)
    path = tmp_path / 'taken.json'
    saved_models.door.export_to(path)
    saved_models.door.remove([1001, 1003])
    saved_models.clock.now += 40 * 86_400
    saved_models.door._tidy()
    assert ended(saved_models) and saved_models.kept(1001) == 0
    imported, want = threading.Event(), saved_models.door._keeper.want_pictures

    def later(ids, records):
        assert imported.wait(PATIENCE)
        want(ids, records)

    monkeypatch.setattr(saved_models.door._keeper, 'want_pictures', later)
    assert saved_models.door.import_from(path).taken == (1003, 1001)
    imported.set()
    assert ended(saved_models)
    assert [saved_models.kept(number) for number in (1001, 1003)] == [1, 1]


def test_stopped_the_rest_is_left_for_the_next_start(saved_models, monkeypatch):
    monkeypatch.setattr(picture_plans, '_TOGETHER', 1)
    saved_without_pictures(saved_models, 1001, 1003)
    planner, want = saved_models.door._planner, saved_models.door._keeper.want_pictures

    def stopping(ids, records):
        want(ids, records)
        planner._stopped.set()

    monkeypatch.setattr(saved_models.door._keeper, 'want_pictures', stopping)
    planner.start()
    assert planner.wait(PATIENCE)
    assert len(saved_models.door.pictures.planned()) == 1
