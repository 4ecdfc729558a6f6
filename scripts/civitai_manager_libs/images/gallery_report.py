"""What a person is told of pictures that a gallery has fetched, or has not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from ..errors import ApiError, ShortcutError
from ..notify import tell
from ..util import printD, without_query
from .gallery_files import Result

MARK = '[civitai_gallery_action]'
"""How the log lines of the gallery begin."""

_COUNTED = ('success', 'failed', 'existing')


class Report:
    """Counts the results of one call, logs each, and tells at its end what went wrong: the pictures
    that could not be had in one sentence, a disk that takes no more in one.
    """

    def __init__(self, total: int) -> None:
        self._counts: Counter[str] = Counter()
        self._lost = 0
        self._others: dict[str, ShortcutError] = {}
        printD(f'{MARK} Starting download of {total} images')

    def following(self, results: Iterable[tuple[int, Result]]) -> Iterator[tuple[int, Result]]:
        """``results`` as they pass; tells when they are over, or nobody takes more of them."""
        try:
            for position, result in results:
                self._note(result)
                yield position, result
        finally:
            self._tell()

    def _note(self, result: Result) -> None:
        address = without_query(result.wanted.address)
        problem = result.problem
        if problem is None:
            self._counts['success' if result.fetched else 'existing'] += 1
            printD(f'{MARK} {"Downloaded" if result.fetched else "Already there"}: {address}')
            return
        self._counts['failed'] += 1
        printD(f'{MARK} Failed to download: {address}: {problem}')
        if isinstance(problem, ApiError):
            self._lost += 1
        else:
            self._others.setdefault(problem.code, problem)

    def _tell(self) -> None:
        counted = ', '.join(f'{self._counts[name]} {name}' for name in _COUNTED)
        printD(f'{MARK} Download complete: {counted}')
        if self._lost:
            tell('error', 'gallery.some_failed', {'n': self._lost}, 'gallery:some_failed')
        for problem in self._others.values():
            tell_problem(problem)


def tell_problem(problem: ShortcutError) -> None:
    """Tell one thing that went wrong, in its own words."""
    cause = f'{problem.code}:{problem.details.get("host", "")}'
    tell('error', f'error.{problem.code}', problem.details, cause)
