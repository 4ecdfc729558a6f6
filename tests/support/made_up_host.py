"""A host that is nowhere: its folders are those of a test, and it notes what it is asked."""

from pathlib import Path

from civitai_manager_libs.host.base import Places


class MadeUpHost:
    """A :class:`.Host` in ``root``. ``refusals`` are raised by the name of what is asked, ``lacks``
    the catalogue keys of what it cannot do, by feature; ``added`` folders by kind.
    """

    name = 'made up'

    def __init__(self, root):
        self.root = Path(root)
        self.places = Places(self.root / 'ours', self.root / 'ours' / 'user.json', self.root / 's')
        self.asked = []
        self.lacks = {}
        self.refusals = {}
        self.added = {}

    def folders(self):
        models = self.root / 'models'
        own = {
            'Checkpoint': models / 'Stable-diffusion',
            'LORA': models / 'Lora',
            'LoCon': models / 'Lora',
            'VAE': models / 'VAE',
            'TextualInversion': self.root / 'embeddings',
        }
        return {kind: (folder, *self.added.get(kind, ())) for kind, folder in own.items()}

    def language(self):
        return None

    def missing(self, feature):
        return self.lacks.get(feature)

    def sends(self):
        return ('txt2img', 'img2img', 'extras')

    def _ask(self, what, about):
        self.asked.append((what, about))
        if what in self.refusals:
            raise self.refusals[what]

    def refresh(self, kind):
        self._ask('refresh', kind)

    def load_checkpoint(self, file):
        self._ask('load', file)

    def use_vae(self, file):
        self._ask('vae', file)
