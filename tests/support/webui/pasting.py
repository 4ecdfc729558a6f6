"""The paste buttons of a host: who registers one, and what happens when it is pressed."""

import base64
import io
import re
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from PIL import Image

_PAIR = re.compile(r'\s*(\w[\w \-/]+):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)')


@dataclass
class ParamBinding:
    """One button and what it sends where."""

    paste_button: Any
    tabname: str
    source_text_component: Any = None
    source_image_component: Any = None
    source_tabname: str = None
    override_settings_component: Any = None
    paste_field_names: list = field(default_factory=list)


def read_infotext(text):
    """Prompt, negative prompt and the values of the last line by name."""
    *lines, last = (text or '').strip().split('\n')
    found = {name: value.strip('"') for name, value in _PAIR.findall(last)}
    if len(found) < 3:
        lines, found = [*lines, last], {}
    prompt, negative, here = [], [], 'prompt'
    for line in lines:
        if line.startswith('Negative prompt:'):
            here, line = 'negative', line[len('Negative prompt:') :].strip()
        (prompt if here == 'prompt' else negative).append(line)
    return {'Prompt': '\n'.join(prompt), 'Negative prompt': '\n'.join(negative), **found}


def make_module(gradio, name):
    """The module ``name`` of ``modules`` for this ``gradio``."""
    module = ModuleType(name)
    module.paste_fields = {}
    module.registered_param_bindings = []
    module.ParamBinding = ParamBinding
    js = 'js' if gradio.__version__ >= '4' else '_js'

    def add_paste_fields(tab, init_image, fields, override_settings_component=None):
        module.paste_fields[tab] = {'init_img': init_image, 'fields': fields}

    def create_buttons(tabs):
        shown = {tab: f'Send to {tab}' for tab in tabs}
        return {tab: gradio.Button(label, elem_id=f'{tab}_tab') for tab, label in shown.items()}

    def paste(fields):
        def run(text):
            found = read_infotext(text)
            values = []
            for component, key in fields:
                value = found.get(key)
                number = value is not None and isinstance(component, (gradio.Slider, gradio.Number))
                values.append(
                    gradio.update() if value is None else float(value) if number else value
                )
            return values

        return run

    def connect_paste_params_buttons():
        for binding in module.registered_param_bindings:
            target = module.paste_fields[binding.tabname]
            if binding.source_image_component is not None and target['init_img'] is not None:
                binding.paste_button.click(
                    fn=_image,
                    inputs=[binding.source_image_component],
                    outputs=[target['init_img']],
                    show_progress=False,
                )
            if binding.source_text_component is not None and target['fields']:
                binding.paste_button.click(
                    fn=paste(target['fields']),
                    inputs=[binding.source_text_component],
                    outputs=[component for component, _ in target['fields']],
                    show_progress=False,
                )
            switch = f'() => {{ switch_to_{binding.tabname}() }}'
            binding.paste_button.click(fn=None, inputs=None, outputs=None, **{js: switch})

    module.add_paste_fields = add_paste_fields
    module.create_buttons = create_buttons
    module.register_paste_params_button = module.registered_param_bindings.append
    module.connect_paste_params_buttons = connect_paste_params_buttons
    return module


def _image(value):
    if isinstance(value, str) and value.startswith('data:image'):
        return Image.open(io.BytesIO(base64.b64decode(value.partition(',')[2])))
    return value
