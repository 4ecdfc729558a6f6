"""What each host has and lacks."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Flavour:
    """One host: ``paste`` is the module with the paste buttons, ``named`` says whether callbacks
    take a name, ``relative`` whether paths are written relative to its folder, ``worker`` whether
    the page is built on a thread that is not the main one, ``lora`` the module that lists LoRA.
    """

    name: str
    paste: str
    named: bool
    relative: bool
    worker: bool
    lora: str
    embeddings: str
    hypernetworks: bool
    forge: bool = False
    empty_paste: str = ''


_A1111 = 'generation_parameters_copypaste'
FLAVOURS = {
    one.name: one
    for one in (
        Flavour('a1111', _A1111, True, False, False, 'networks', 'embeddings', True),
        Flavour('reforge', _A1111, True, False, True, 'networks', 'embeddings', True),
        Flavour(
            'classic', 'infotext_utils', False, False, False, 'networks', 'models/embeddings', False
        ),
        Flavour('forge', _A1111, True, False, True, 'networks', 'embeddings', False, forge=True),
        Flavour(
            'sdnext',
            _A1111,
            False,
            True,
            False,
            'modules.lora.lora_load',
            'models/embeddings',
            True,
            empty_paste='infotext_utils',
        ),
    )
}
