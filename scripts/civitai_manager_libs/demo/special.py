"""Fixed names and ids of the demo catalogue that pages, scripts and tests may rely on.

Models are numbered from 1001, versions from 2001, files from 3001. The ids here never change.
"""

from __future__ import annotations

from typing import NamedTuple

DEMO_KEY = 'demo-key'
"""The one API key that the server accepts."""

DEMO_USER = {'id': 77, 'username': 'demo_visitor'}
"""The person that `GET /api/v1/me` names for the key."""

PICTURE_ACCOUNT = 'xG1nkqKTMzGDvpLrqFT7WA'
"""First path segment of every picture address (a fixed account id on the real site)."""

PICTURES = f'/{PICTURE_ACCOUNT}/'
"""Path part to scope a storage fault to pictures."""

FILES = '/model/'
"""Path part to scope a storage fault to signed model files."""


class SpecialModel(NamedTuple):
    """Where to find one deliberately unusual model: its ids and what is unusual about it."""

    model_id: int
    version_id: int
    file_id: int
    shows: str


class DemoLink(NamedTuple):
    """A link that can be pasted into the program, with a few words in English and Chinese."""

    url: str
    shows: str
    shows_zh: str


SPECIAL: dict[str, SpecialModel] = {
    'plain': SpecialModel(1004, 2007, 3012, 'a small LORA with one file, nothing unusual'),
    'many_files': SpecialModel(1001, 2001, 3001, 'five files: full, pruned, .ckpt, config, VAE'),
    'pruned': SpecialModel(1001, 2001, 3002, 'the pruned file of the version above'),
    'danger': SpecialModel(1001, 2001, 3003, 'a .ckpt with pickleScanResult Danger'),
    'config': SpecialModel(1001, 2001, 3004, 'a yaml configuration beside a checkpoint'),
    'vae_file': SpecialModel(1001, 2001, 3005, 'a VAE file beside a checkpoint'),
    'big': SpecialModel(1002, 2003, 3007, 'a checkpoint of just over 256 MiB'),
    'two_versions': SpecialModel(1003, 2005, 3009, 'newest of two versions'),
    'training_data': SpecialModel(1003, 2005, 3010, 'a Training Data zip next to the weights'),
    'pickle_embedding': SpecialModel(1007, 2012, 3017, 'a textual inversion as .pt'),
    'video': SpecialModel(1012, 2018, 3024, 'first preview is a video'),
    'login_only': SpecialModel(1017, 2023, 3030, 'needs the key: 401 without it'),
    'early_access': SpecialModel(1018, 2024, 3031, 'early access: 403 even with the key'),
    'downloads_disabled': SpecialModel(1019, 2025, 3032, 'downloads disabled by its author: 401'),
    'archived': SpecialModel(1020, 2026, 0, 'mode Archived, no files: 410'),
    'unscanned': SpecialModel(1021, 2027, 3033, 'hashes is {} and the scans are Pending'),
    'same_name': SpecialModel(1022, 2028, 3034, 'two files of one name; the other is 3035'),
    'no_primary': SpecialModel(1023, 2029, 3037, 'no file is marked primary; 3036 is the other'),
    'odd_name': SpecialModel(1024, 2030, 3038, 'slashes, colon, star and emoji in the names'),
    'mature': SpecialModel(1025, 2031, 3039, 'rated mature: only listed with nsfw=true'),
    'no_creator': SpecialModel(1026, 2032, 3040, 'no creator, null counters'),
    'long_words': SpecialModel(1027, 2033, 3041, 'many trained words with commas and <lora:..>'),
    'taken_down': SpecialModel(1029, 2035, 3043, 'mode TakenDown: no pictures'),
    'gallery': SpecialModel(1003, 2005, 3009, 'more than 150 pictures by several people'),
}

GALLERY = SPECIAL['gallery']

GALLERY_PICTURES: dict[str, int] = {
    'comfyui': 601_001,
    'no_data': 601_002,
    'hidden_data': 601_003,
    'on_site': 601_004,
    'long_seed': 601_005,
    'gif': 601_006,
    'exact_twin': 601_007,
    'near_twin': 601_008,
    'unrated': 601_009,
    'blocked': 601_010,
    'anonymous': 601_011,
}
"""Unusual pictures of the gallery by id: a PNG of ComfyUI; one that says nothing, nor does the API;
one whose data only the file has; one made on the site (version ids instead of hashes); one with a
seed beyond 2^63; a GIF; the same bytes as TWIN, and the same picture smaller as a JPEG; levels 0
and 32; one without a creator.
"""

TWIN = 600_000
"""The picture that has twins: a PNG of A1111."""


def _link(name: str, shows: str, shows_zh: str) -> DemoLink:
    place = SPECIAL[name]
    url = f'https://civitai.com/models/{place.model_id}?modelVersionId={place.version_id}'
    return DemoLink(url, shows, shows_zh)


def _gallery_links() -> list[DemoLink]:
    site = 'https://civitai.com'
    model = f'{site}/models/{GALLERY.model_id}'
    picture = f'{site}/images/{GALLERY_PICTURES["comfyui"]}'
    return [
        DemoLink(model, 'a model with more than 150 pictures', '有 150 多張圖片的模型'),
        DemoLink(
            f'{site}/user/{DEMO_USER["username"]}',
            'what one person has posted',
            '一位作者發布的圖片',
        ),
        DemoLink(picture, 'one picture, made with ComfyUI', '一張用 ComfyUI 產生的圖片'),
    ]


DEMO_LINKS: list[DemoLink] = [
    _link(
        'many_files',
        'a checkpoint with five files, one of them flagged',
        '五個檔案，其中一個掃描有疑慮',
    ),
    _link('big', 'a 256 MiB file: progress, pause, resume', '256 MiB：進度、暫停與續傳'),
    _link('two_versions', 'a LORA with two versions and training data', '兩個版本與訓練資料'),
    _link('odd_name', 'a name no file system likes', '檔案系統不喜歡的名稱'),
    _link('login_only', 'needs an API key', '需要 API 金鑰'),
    _link('early_access', 'early access: refused', '搶先體驗：無法下載'),
    _link('archived', 'archived: gone', '已封存'),
]

GALLERY_LINKS: list[DemoLink] = _gallery_links()
