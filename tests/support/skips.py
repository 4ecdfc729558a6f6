"""Under ``CI=true`` a test that is skipped for want of something counts as failed.

Two reasons stay acceptable there: material that lies outside the repository, and another operating
system.
"""

import os

import pytest

ACCEPTABLE = ('needs ../shared', 'platform:')


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport():
    """Judge the report of a test."""
    return _judged((yield))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report():
    """Judge the report of a module, which may skip itself as a whole."""
    return _judged((yield))


def _judged(report):
    if report.skipped and not hasattr(report, 'wasxfail') and _is_strict():
        reason = _reason(report)
        if not reason.startswith(ACCEPTABLE):
            report.outcome = 'failed'
            report.longrepr = f'skipped under CI, where nothing may be missing: {reason}'
    return report


def _is_strict():
    return os.environ.get('CI', '').lower() in ('true', '1')


def _reason(report):
    said = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return said.removeprefix('Skipped: ')
