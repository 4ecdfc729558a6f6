"""Puts a package ``modules`` into this process that has what one host has, and no more."""

import json
import sys
from argparse import Namespace
from pathlib import Path
from types import ModuleType, SimpleNamespace

from .options import OptionInfo, Options
from .pasting import make_module

SUFFIXES = ('.safetensors', '.ckpt', '.pt')
CALLBACKS = ('before_ui', 'ui_settings', 'ui_tabs', 'app_started', 'script_unloaded')


class Host:
    """The made-up host: its folder ``root``, what it was ``asked`` to do, its callbacks."""

    def __init__(self, flavour, root, gradio, arguments):
        self.flavour, self.root, self.gradio = flavour, Path(root), gradio
        self.asked = []
        self.callbacks = {name: [] for name in CALLBACKS}
        self.lists = {'checkpoints': {}, 'loras': {}, 'vaes': {}, 'embeddings': {}}
        self.arguments = arguments
        self._install()

    def path(self, below):
        """``below`` as this host writes it in its options and arguments."""
        return below if self.flavour.relative else str(self.root / below)

    def call(self, name, *arguments):
        """Call what was registered for ``name``; what a callback raises is the caller's affair."""
        return [callback(*arguments) for callback in list(self.callbacks[name])]

    def generate(self, tab, values):
        """What its button does: ``values`` are those of the fields as the host has them."""
        self.asked.append(f'generate {tab} {json.dumps(values)}')

    def forget_callbacks(self):
        """Before scripts are loaded again."""
        for registered in self.callbacks.values():
            registered.clear()
        self.paste.registered_param_bindings.clear()

    def put(self, name, **contents):
        """A module ``modules.<name>`` with these contents."""
        return self._put(f'modules.{name}', **contents)

    def _put(self, name, **contents):
        module = ModuleType(name)
        module.__dict__.update(contents)
        sys.modules[name] = module
        above, _, last = name.rpartition('.')
        if above in sys.modules:
            setattr(sys.modules[above], last, module)
        return module

    def _install(self):
        package = self._put('modules')
        package.__path__ = []
        for below in ('models/Stable-diffusion', 'models/Lora', 'models/VAE', 'models/ESRGAN'):
            (self.root / below).mkdir(parents=True, exist_ok=True)
        (self.root / self.flavour.embeddings).mkdir(parents=True, exist_ok=True)
        relative = self.flavour.relative
        self.put(
            'paths',
            models_path='models' if relative else str(self.root / 'models'),
            data_path='' if relative else str(self.root),
            script_path=str(self.root),
        )
        self._callbacks()
        self._shared()
        self._models()
        self._lora()
        self.paste = make_module(self.gradio, f'modules.{self.flavour.paste}')
        sys.modules[self.paste.__name__] = self.paste
        setattr(package, self.flavour.paste, self.paste)
        if self.flavour.empty_paste:
            self.put(self.flavour.empty_paste)
        for name in getattr(self.arguments, 'lacks', ()):
            del sys.modules[f'modules.{name}']
            delattr(package, name)

    def _callbacks(self):
        def register(name):
            def plain(callback):
                self.callbacks[name].append(callback)

            def named(callback, *, name=None):
                plain(callback)

            return named if self.flavour.named else plain

        self.put('script_callbacks', **{f'on_{name}': register(name) for name in CALLBACKS})

    def _shared(self):
        given = vars(self.arguments)
        folders = {
            'ckpt_dir': self.path('models/Stable-diffusion') if self.flavour.relative else None,
            'vae_dir': self.path('models/VAE') if self.flavour.relative else None,
            'lora_dir': self.path('models/Lora'),
            'embeddings_dir': self.path(self.flavour.embeddings),
            'esrgan_models_path': self.path('models/ESRGAN'),
        }
        if self.flavour.hypernetworks:
            folders['hypernetwork_dir'] = self.path('models/hypernetworks')
        self.cmd_opts = Namespace(
            **{**folders, **{key: value for key, value in given.items() if value is not None}}
        )
        labels = {
            'sd_model_checkpoint': OptionInfo('', 'Checkpoint', onchange=self._checkpoint_chosen),
            'sd_vae': OptionInfo('Automatic', 'VAE', onchange=self._vae_chosen),
            'localization': OptionInfo(given.get('language') or 'None', 'Localization'),
        }
        if self.flavour.forge:
            labels['sd_model_checkpoint'].onchange = labels['sd_vae'].onchange = None
        if self.flavour.relative:
            for key, value in folders.items():
                labels[key] = OptionInfo(value, key)
        self.opts = Options(self.root / 'config.json', labels)
        self.opts.load()
        if given.get('language'):
            self.opts.data['localization'] = given['language']
        shared = {'config_filename': str(self.root / 'config.json'), 'cmd_opts': self.cmd_opts}
        self.shared = self.put('shared', opts=self.opts, OptionInfo=OptionInfo, **shared)

    # --- models -------------------------------------------------------------------------------

    def _models(self):
        self.list_checkpoints(False)
        self.list_vaes(False)
        self.put(
            'sd_models',
            checkpoints_list=self.lists['checkpoints'],
            list_models=self.list_checkpoints,
            model_path=self.path('models/Stable-diffusion'),
        )
        self.put('sd_vae', vae_dict=self.lists['vaes'], refresh_vae_list=self.list_vaes)
        pages = [
            self._page('Checkpoints', self.list_checkpoints),
            self._page('Lora', self.list_loras),
            self._page('Textual Inversion', self.list_embeddings),
        ]
        if self.flavour.relative:
            self.shared.extra_networks = pages
        else:
            self.put('ui_extra_networks', extra_pages=pages)
        if self.flavour.forge:
            self._forge()

    @staticmethod
    def _page(title, refresh):
        return SimpleNamespace(title=title, name=title.lower(), refresh=refresh)

    def _forge(self):
        package = self._put('modules_forge')
        package.__path__ = []

        def checkpoint_change(name, *more, **named):
            self.opts.set('sd_model_checkpoint', name)
            self._checkpoint_chosen()

        def modules_change(names, *more, **named):
            self.opts.data['forge_additional_modules'] = list(names)
            self.asked.append(f'modules {[Path(name).name for name in names]}')

        def refresh_models():
            self.list_checkpoints()
            self.list_vaes()

        self._put(
            'modules_forge.main_entry',
            checkpoint_change=checkpoint_change,
            modules_change=modules_change,
            refresh_models=refresh_models,
            module_list=self.lists['vaes'],
        )

    def _lora(self):
        name = self.flavour.lora
        if '.' in name:
            self._put(name.rpartition('.')[0]).__path__ = []
        self._put(name, list_available_networks=self.list_loras)
        self.list_loras(False)

    def _listed(self, kind, folders, asked):
        found = self.lists[kind]
        found.clear()
        for folder in folders:
            place = self.root / folder
            for file in sorted(place.rglob('*')):
                if file.suffix in SUFFIXES:
                    found[file.relative_to(place).as_posix()] = str(file)
        if asked:
            self.asked.append(f'list {kind}')
        return found

    def list_checkpoints(self, asked=True):
        found = self._listed(
            'checkpoints', ['models/Stable-diffusion', *self._added('ckpt')], asked
        )
        for name, path in list(found.items()):
            found[name] = SimpleNamespace(filename=path, title=name, name=name)

    def list_vaes(self, asked=True):
        self._listed('vaes', ['models/VAE', *self._added('vae')], asked)

    def list_loras(self, asked=True):
        self._listed('loras', [self.cmd_opts.lora_dir, *self._added('lora')], asked)

    def list_embeddings(self, asked=True):
        self._listed('embeddings', [self.cmd_opts.embeddings_dir], asked)

    def _added(self, kind):
        one, many = (getattr(self.cmd_opts, f'{kind}_dir{s}', None) for s in ('', 's'))
        return [folder for folder in (one, *(many or ())) if folder]

    def _checkpoint_chosen(self):
        self.asked.append(f'load checkpoint {self.opts.sd_model_checkpoint}')

    def _vae_chosen(self):
        self.asked.append(f'use vae {self.opts.sd_vae}')
