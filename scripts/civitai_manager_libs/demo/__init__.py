"""The demo catalogue: a Civitai-compatible server on loopback, for `--demo` and for all tests.

    with DemoCatalogue() as demo:
        demo.base_url, demo.storage_url, demo.key
        demo.faults.add('cut', path='/model/', after=100_000, times=1)

It serves generated models (or a folder of recorded answers), with real files behind every link.
Ids are fixed: SPECIAL names the models that are unusual on purpose, such as 'login_only',
'early_access', 'big'. The faults that can be switched on are listed in `faults.KINDS`.
"""

from .faults import Fault, FaultBoard
from .recorded import SkippedFile
from .records import RequestLog, RequestRecord
from .server import DemoCatalogue
from .special import (
    DEMO_KEY,
    FILES,
    GALLERY,
    GALLERY_PICTURES,
    PICTURES,
    SPECIAL,
    TWIN,
    DemoLink,
    SpecialModel,
)

__all__ = [
    'DEMO_KEY',
    'FILES',
    'GALLERY',
    'GALLERY_PICTURES',
    'PICTURES',
    'SPECIAL',
    'TWIN',
    'DemoCatalogue',
    'DemoLink',
    'Fault',
    'FaultBoard',
    'RequestLog',
    'RequestRecord',
    'SkippedFile',
    'SpecialModel',
]
