"""Whether Civitai can make sense of a search: it drops or refuses without a name what it does not
know.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..civitai import CivitaiAPI
from ..domain.search import MODEL_TYPES, PERIODS, SORTS, ModelQuery, nearest
from ..errors import BaseModelUnknown, FilterUnknown, NotFound


def check_filters(api: CivitaiAPI, query: ModelQuery) -> None:
    """Raises FilterUnknown for a sort, period or type that there is not, before it is asked for.

    Types that we do not know are the server's to name (civitai-api.md section 11).
    """
    for name, wanted, known in (('sort', query.sort, SORTS), ('period', query.period, PERIODS)):
        if wanted and wanted not in known:
            raise _unknown(name, wanted, known)
    strange = [name for name in query.types if name not in MODEL_TYPES]
    if not strange:
        return
    try:
        listed = api.enums().get('ModelType', [])
    except NotFound:  # not every server of this kind has the lists: it judges by itself
        return
    for name in strange:
        if name not in listed:
            raise _unknown('type', name, tuple(dict.fromkeys([*MODEL_TYPES, *listed])))


def check_base_models(api: CivitaiAPI, query: ModelQuery) -> None:
    """Raises BaseModelUnknown for a search that gave nothing: an unknown name and a name without
    models look the same in the answer.
    """
    try:
        known = api.enums().get('BaseModel', [])
    except NotFound:  # not every server of this kind has the lists
        return
    for name in query.base_models:
        if known and name not in known:
            raise BaseModelUnknown(wanted=name, nearest=', '.join(nearest(name, known)) or '-')


def _unknown(name: str, wanted: str, known: Sequence[str]) -> FilterUnknown:
    similar = nearest(wanted, known) or known
    return FilterUnknown(filter=name, wanted=wanted, nearest=', '.join(similar))
