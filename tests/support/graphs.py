"""Graphs of ComfyUI to be changed by tests."""

SAMPLING = {'seed': 5, 'steps': 20, 'cfg': 7.0, 'sampler_name': 'euler', 'scheduler': 'karras'}


def node(kind, **inputs):
    """A node as it is run."""
    return {'class_type': kind, 'inputs': inputs}


def text(words, clip='4'):
    """The node that encodes a prompt."""
    return node('CLIPTextEncode', text=words, clip=[clip, 1])


def basic(**changed):
    """A plain graph with one network, with nodes ``changed``."""
    graph = {
        '3': node(
            'KSampler',
            **SAMPLING,
            denoise=1.0,
            model=['10', 0],
            positive=['6', 0],
            negative=['7', 0],
            latent_image=['5', 0],
        ),
        '4': node('CheckpointLoaderSimple', ckpt_name='SDXL\\base.safetensors'),
        '5': node('EmptyLatentImage', width=832, height=1216, batch_size=1),
        '6': text('a fox'),
        '7': text('a dog'),
        '8': node('VAEDecode', samples=['3', 0], vae=['11', 0]),
        '9': node('SaveImage', images=['8', 0], filename_prefix='x'),
        '10': node(
            'LoraLoader',
            lora_name='fur.safetensors',
            strength_model=0.8,
            strength_clip=1.0,
            model=['4', 0],
            clip=['4', 1],
        ),
        '11': node('VAELoader', vae_name='sdxl_vae.safetensors'),
    }
    graph.update(changed)
    return graph


def mentions(data):
    """Kind, name and weight of the resources."""
    return [(one.kind, one.name, one.weight) for one in data.resources]
