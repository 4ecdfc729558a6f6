"""A host with something in every tab of ours."""

import json
import subprocess
import sys
from pathlib import Path

from tests.support.page import MAIN
from tests.support.screens import SETTINGS, Furnishing

from .running import RunningHost


class FurnishedHost(Furnishing, RunningHost):
    """A :class:`.RunningHost` whose tab has models saved and downloads in every state."""

    def __init__(self, demo, folder, flavour, *arguments, **more):
        self.demo, self.faults = demo, []
        ours = Path(folder) / 'webui' / 'civitai-shortcut'
        ours.mkdir(parents=True, exist_ok=True)
        config = ours / 'user_config.json'
        config.write_text(json.dumps(SETTINGS), encoding='utf-8')
        self._place = ['--data-dir', str(ours), '--config', str(config)]
        super().__init__(flavour, folder, demo, *arguments, settings={}, **more)

    def run(self, *arguments):
        """Run a command over the data of the tab to its end."""
        words = [sys.executable, str(MAIN), '--no-bootstrap', *self._place, *arguments]
        subprocess.run(words, env=self.environment, check=True, timeout=60)
