"""The page of the stand-in: the tabs of a host as far as an extension meets them."""

import traceback


def build(host, tabs):
    """The whole page, with ``tabs`` (blocks, title, elem_id) of extensions among the host's own."""
    gradio = host.gradio
    own = [
        (_prompts(host, 'txt2img', None), 'txt2img', 'txt2img'),
        (_image_to_image(host), 'img2img', 'img2img'),
        (_extras(host), 'Extras', 'extras'),
    ]

    def whole():
        settings, controls = _settings(host)
        interfaces = [*own, *tabs(), (settings, 'Settings', 'settings')]
        return _page(host, gradio, interfaces, controls)

    return own, whole


def _page(host, gradio, interfaces, controls):
    with gradio.Blocks(analytics_enabled=False, title='Stand-in') as page:
        with gradio.Row(elem_id='quicksettings'):
            gradio.Dropdown(
                list(host.lists['checkpoints']),
                label='Checkpoint',
                elem_id='setting_sd_model_checkpoint',
            )
        host.paste.connect_paste_params_buttons()
        with gradio.Tabs(elem_id='tabs'):
            for blocks, title, name in interfaces:
                with gradio.TabItem(title, id=name, elem_id=f'tab_{name}'):
                    blocks.render()
        page.load(
            lambda: [gradio.update(**host.opts.on_a_new_page(key)) for key in controls],
            inputs=[],
            outputs=list(controls.values()),
            queue=False,
        )
    return page


def _prompts(host, tab, image):
    gradio = host.gradio
    with gradio.Blocks(analytics_enabled=False) as blocks:
        _generation(host, tab, image)
    return blocks


def _generation(host, tab, image):
    gradio = host.gradio
    with gradio.Row(elem_id=f'{tab}_toprow'):
        with gradio.Column(scale=6):
            prompt = gradio.Textbox(
                label='Prompt',
                elem_id=f'{tab}_prompt',
                lines=3,
                show_label=False,
                interactive=True,
            )
            negative = gradio.Textbox(
                label='Negative prompt', elem_id=f'{tab}_neg_prompt', lines=3, show_label=False
            )
        with gradio.Column(scale=1):
            make = gradio.Button('Generate', elem_id=f'{tab}_generate', variant='primary')
    with gradio.Row():
        with gradio.Column():
            steps = gradio.Slider(
                1, 150, 20, step=1, label='Sampling steps', elem_id=f'{tab}_steps'
            )
            scale = gradio.Slider(1, 30, 7, step=0.5, label='CFG Scale', elem_id=f'{tab}_cfg_scale')
            seed = gradio.Number(-1, label='Seed', elem_id=f'{tab}_seed', precision=0)
        gradio.Gallery(label='Output', elem_id=f'{tab}_gallery')
    fields = [(prompt, 'Prompt'), (negative, 'Negative prompt'), (steps, 'Steps')]
    host.paste.add_paste_fields(tab, image, [*fields, (scale, 'CFG scale'), (seed, 'Seed')])
    given = [prompt, negative, steps, scale, seed]
    make.click(lambda *values: host.generate(tab, values), inputs=given, outputs=None)
    return fields


def _image_to_image(host):
    gradio = host.gradio
    with gradio.Blocks(analytics_enabled=False) as blocks:
        image = gradio.Image(label='Image for img2img', elem_id='img2img_image', type='pil')
        inpainted = gradio.Image(label='Image for inpainting', elem_id='img2maskimg', type='pil')
        fields = _generation(host, 'img2img', image)
        host.paste.add_paste_fields('inpaint', inpainted, fields)
    return blocks


def _extras(host):
    gradio = host.gradio
    with gradio.Blocks(analytics_enabled=False) as blocks:
        image = gradio.Image(label='Source', elem_id='extras_image', type='pil')
        host.paste.add_paste_fields('extras', image, None)
    return blocks


def _settings(host):
    """All options by section with a button that puts them in force, and their controls by key."""
    gradio, opts = host.gradio, host.opts
    kinds = {bool: gradio.Checkbox, int: gradio.Number, float: gradio.Number, str: gradio.Textbox}
    components = {}
    with gradio.Blocks(analytics_enabled=False) as blocks:
        apply = gradio.Button('Apply settings', elem_id='settings_submit')
        said = gradio.HTML('', elem_id='settings_result')
        section = None
        for key, info in opts.data_labels.items():
            if info.section != section and info.section:
                section = info.section
                gradio.HTML(f'<h2 id="settings_{section[0]}">{section[1]}</h2>')
            given = info.component_args
            named = (given() if callable(given) else given) or {}
            kind = info.component or kinds.get(type(info.default), gradio.Textbox)
            value = getattr(opts, key)
            components[key] = kind(label=info.label, value=value, elem_id=f'setting_{key}', **named)

        def put_in_force(*values):
            changed = []
            for key, value in zip(components, values):
                try:
                    if opts.set(key, value):
                        changed.append(key)
                except Exception:
                    traceback.print_exc()
            opts.save()
            return f'{len(changed)} settings changed: {", ".join(changed)}.'

        apply.click(put_in_force, inputs=list(components.values()), outputs=[said])
    return blocks, components
