"""Saved models to put into a store."""

from civitai_manager_libs.domain.shortcut import Shortcut

NAMES = ('Alpha Style', '動漫風 Anime', 'Ｗｉｄｅ Café', '100% "real"_mix*', '🦊 Fox NEAR(a b)')


def saved_model(number, name=None, **others):
    """A saved model in which everything follows from ``number``."""
    usual = {
        'type': ('LORA', 'Checkpoint', 'VAE')[number % 3],
        'creator': f'creator{number % 5}',
        'base_models': ('SDXL 1.0', 'Pony')[: number % 3],
        'tags': ('style', f'tag{number % 4}'),
        'published': 1000.0 + number * 7 % 50,
        'downloads': number * 13 % 97,
        'added': float(number),
    }
    return Shortcut(number, name or f'{NAMES[number % 5]} {number}', **{**usual, **others})
