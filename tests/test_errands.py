"""What is done for a pasted link behind the page, when something beside it goes wrong."""

import pytest

from civitai_manager_libs.demo import SPECIAL
from civitai_manager_libs.errors import DiskFull
from tests.support.command import eventually
from tests.support.save_places import Remembering

pytestmark = pytest.mark.usefixtures('english')

PLAIN = str(SPECIAL['plain'].model_id)


@pytest.mark.parametrize('problem', [DiskFull(path='/d', free=1, needed=2), RuntimeError('odd')])
def test_a_link_is_added_also_where_its_folder_cannot_be_remembered(
    bench, open_desk, monkeypatch, caplog, problem
):
    def fail(self, name, value):
        raise problem

    def choices():
        visitor.poll()
        (group,) = visitor.has['orders']['choices']
        return [visitor.has['choices'][key] for key in group['keys']]

    (bench.downloads / 'LORA' / 'style').mkdir(parents=True)
    visitor = open_desk().visitor()
    visitor.click('look', text=PLAIN)
    eventually(lambda: 'LORA/style<' in ''.join(choices()), 'the folders are known')
    (group,) = visitor.has['orders']['choices']
    visitor.click('save-in', group['keys'][0], str(bench.downloads / 'LORA' / 'style'))
    monkeypatch.setattr(Remembering, 'remember', fail)
    visitor.click('add', text=PLAIN)
    eventually(lambda: choices() == [], 'nothing waits to be added')
    assert [task.order.model_id for task in bench.store.all()] == [SPECIAL['plain'].model_id]
    assert [record for record in caplog.records if record.exc_info] != []
