"""Samplers and schedules by the names that A1111 has for them; ComfyUI, SwarmUI, Fooocus, NovelAI
and InvokeAI call them after functions of k-diffusion.
"""

from __future__ import annotations

_SAMPLERS = {
    **{'euler': 'Euler', 'euler_ancestral': 'Euler a', 'euler_a': 'Euler a', 'heun': 'Heun'},
    **{'lms': 'LMS', 'dpm_2': 'DPM2', 'dpm_2_ancestral': 'DPM2 a', 'dpm_fast': 'DPM fast'},
    **{'dpm_adaptive': 'DPM adaptive', 'dpmpp_2s_ancestral': 'DPM++ 2S a', 'lcm': 'LCM'},
    **{'dpmpp_sde': 'DPM++ SDE', 'dpmpp_2m': 'DPM++ 2M', 'dpmpp_2m_sde': 'DPM++ 2M SDE'},
    **{'dpmpp_2m_sde_heun': 'DPM++ 2M SDE Heun', 'dpmpp_3m_sde': 'DPM++ 3M SDE'},
    **{'ddim': 'DDIM', 'plms': 'PLMS', 'uni_pc': 'UniPC', 'unipc': 'UniPC', 'restart': 'Restart'},
}
_SCHEDULES = {
    **{'normal': 'Normal', 'karras': 'Karras', 'exponential': 'Exponential', 'simple': 'Simple'},
    **{'polyexponential': 'Polyexponential', 'sgm_uniform': 'SGM Uniform', 'beta': 'Beta'},
    **{'kl_optimal': 'KL Optimal', 'ddim_uniform': 'DDIM', 'align_your_steps': 'Align Your Steps'},
    **{'uniform': 'Uniform', 'turbo': 'Turbo'},
}


def names_of_a1111(sampler: str, schedule: str) -> tuple[str, str]:
    """Sampler and schedule as A1111 calls them; what has no other name there stays as it is."""
    word = sampler.strip().lower().removeprefix('sample_').removeprefix('k_').removesuffix('_gpu')
    for ending in ('_karras', '_exponential'):
        if word.endswith(ending) and word not in _SAMPLERS:
            word, schedule = word.removesuffix(ending), schedule or ending[1:]
    return _SAMPLERS.get(word, sampler), _SCHEDULES.get(schedule.strip().lower(), schedule)
