"""Folders that look like the programs that make pictures."""

INSIDE = {
    'a1111': ('webui.py', 'launch.py', 'modules/', 'embeddings/', 'models/Lora/'),
    'forge': ('webui.py', 'modules/', 'modules_forge/', 'backend/', 'embeddings/', 'models/Lora/'),
    'reforge': ('webui.py', 'modules/', 'modules_forge/', 'ldm_patched/', 'models/Lora/'),
    'sdnext': ('webui.py', 'installer.py', 'modules/', 'models/Lora/', 'models/embeddings/'),
    'comfyui': ('main.py', 'folder_paths.py', 'comfy/', 'models/loras/'),
    'desktop': ('custom_nodes/', 'models/loras/', 'user/'),
}
"""By our own names what lies in them; a folder ends with ``/``."""


def make_program(root, kind, models=0, readme=''):
    """A program of ``kind`` in ``root``, with so many files of models; gives ``root``."""
    for name in INSIDE[kind]:
        place = root / name
        if name.endswith('/'):
            place.mkdir(parents=True, exist_ok=True)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.touch()
    folder = next(root / name for name in INSIDE[kind] if name.startswith('models/'))
    for number in range(models):
        (folder / f'{number}.safetensors').touch()
    (folder / 'note.txt').touch()
    if readme:
        (root / 'README.md').write_text(readme, encoding='utf-8')
    return root
