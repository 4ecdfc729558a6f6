"""A folder ``data_sc`` as the Civitai Shortcut of earlier years leaves it."""

import io
import json

from PIL import Image

from civitai_manager_libs.domain import predecessor

COVER = 'https://image.civitai.com/xG1nkqKTMzGDvpLrqFT7WA/{}/width=450/{}.jpeg'


def picture_id(model_id):
    """The part of a picture's address that is the same in all sizes."""
    return f'{model_id:08x}-0000-4000-8000-000000000000'


def cover(model_id):
    """The address of a cover as the list has it."""
    return COVER.format(picture_id(model_id), model_id)


def listed(model_id, **changes):
    """An entry of the list; ``changes`` of None are left out."""
    entry = {
        'id': model_id,
        'type': 'LORA',
        'name': f'Model {model_id}',
        'tags': ['anime', {'name': 'style'}],
        'nsfw': False,
        'url': f'https://civitai.com/models/{model_id}',
        'note': f'note of {model_id}',
        'date': '2023-05-06 07:08:09',
        'versionid': model_id * 10,
        'imageurl': cover(model_id),
    }
    return {key: value for key, value in {**entry, **changes}.items() if value is not None}


def body(model_id, **changes):
    """What Civitai answered for the model by itself."""
    image = cover(model_id).replace('width=450', 'original=true')
    version = {
        'id': model_id * 10,
        'name': 'v1',
        'baseModel': 'SD 1.5',
        'trainedWords': [f'trigger{model_id}'],
        'files': [{'id': model_id, 'name': 'a.safetensors', 'sizeKB': 1024, 'type': 'Model'}],
        'images': [{'url': image, 'nsfwLevel': 1, 'type': 'image'}],
    }
    told = {
        'id': model_id,
        'name': f'Model {model_id} of Civitai',
        'type': 'LORA',
        'description': f'<p>About {model_id}</p>',
        'creator': {'username': 'somebody'},
        'tags': ['anime', 'girl'],
        'modelVersions': [version],
    }
    return {**told, **changes}


class DataSc:
    """The folder, file by file."""

    def __init__(self, folder):
        self.path = folder / predecessor.FOLDER
        self.path.mkdir()

    def list(self, *entries):
        """The list of saved models."""
        return self.write(predecessor.SHORTCUTS, {str(one['id']): one for one in entries})

    def classes(self, **classes):
        """The classes, by name their ids."""
        content = {
            name: {'info': f'about {name}', 'shortcuts': [str(one) for one in ids]}
            for name, ids in classes.items()
        }
        return self.write(predecessor.CLASSES, content)

    def info(self, model_id, content=None):
        """What Civitai said of a model."""
        return self.write(predecessor.info_place(model_id), content or body(model_id))

    def thumbnail(self, model_id):
        """The small picture of its cover."""
        file = io.BytesIO()
        Image.new('RGB', (8, 8), (model_id % 256, 0, 0)).save(file, 'PNG')
        return self.write(predecessor.picture_place(model_id), file.getvalue())

    def write(self, name, content):
        """A file of the folder: JSON, or bytes as they are; its path."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        raw = content if isinstance(content, bytes) else json.dumps(content, indent=4).encode()
        path.write_bytes(raw)
        return path
