"""The command line: one file a command, loaded only when that command is called."""

from __future__ import annotations

import argparse
import gc
import logging
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from .. import __version__, i18n
from ..errors import ExitCode, MemoryShort, ShortcutError
from ..log_files import LineFormatter
from ..notify import Notice, board
from ..redaction import without_secrets
from .environment import Environment
from .interrupts import Interrupts

_log = logging.getLogger('civitai_shortcut')

COMMANDS = (
    *('serve', 'download', 'images', 'search', 'show', 'shortcut', 'queue', 'library', 'config'),
    *('stats', 'health', 'cache', 'test', 'bench'),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command in ``argv`` (default: the process's own) and give its exit code; never
    raises.
    """
    try:
        return _main(list(sys.argv[1:] if argv is None else argv))
    except KeyboardInterrupt:  # while loading, or once more while everything was being closed
        return ExitCode.INTERRUPTED


def _main(arguments: list[str]) -> int:
    _prepare_streams()
    i18n.set_language(_language_of(arguments) or i18n.system_language())
    try:
        options = _parse(arguments)
    except SystemExit as ended:  # argparse has said what was wrong, or printed the help
        return int(ended.code or 0)
    gc.freeze()  # what is loaded now stays
    gc.enable()
    _prepare_logging(options.verbose)
    environment = Environment(
        data_dir=options.data_dir,
        config_file=options.config,
        language=options.lang,
        demo_wanted=options.demo,
        catalogue=options.catalogue,
        quiet=options.quiet,
    )
    return _guarded(options, environment)


def _guarded(options: argparse.Namespace, environment: Environment) -> int:
    stop_listening = board.listen(lambda notice: _print_notice(notice, environment))
    Interrupts().listen()
    try:
        code: int = options.run(options, environment)
        environment.stdout.flush()
        return code
    except SystemExit as ended:  # a command has found what it was told wrong, and said so
        return int(ended.code or 0)
    except KeyboardInterrupt:
        environment.say('cli.interrupted')
        return ExitCode.INTERRUPTED
    except BrokenPipeError:  # whoever read our output has gone
        _close_streams()
        return ExitCode.FAULT
    except ShortcutError as error:
        print(i18n.error_text(error), file=environment.stderr)
        _log.info('%s ended: %s', options.command or 'serve', error)
        return error.exit_code
    except MemoryError:
        print(i18n.error_text(MemoryShort()), file=environment.stderr)
        return ExitCode.FAULT
    except Exception as error:
        # A fault of ours: one sentence; the traceback is for the log, and for -v -v.
        reason = without_secrets(f'{type(error).__name__}: {error}')
        print(i18n.text('error.unexpected', reason=reason), file=environment.stderr)
        _log.error('%s ended by a fault', options.command or 'serve', exc_info=error)
        return ExitCode.FAULT
    finally:
        stop_listening()
        environment.close()


def _close_streams() -> None:
    """What is still waiting to be written goes nowhere, so that Python does not complain about it
    at its end.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _language_of(arguments: Sequence[str]) -> str | None:
    """``--lang`` is needed before the parser, whose help texts are in that language."""
    for place, argument in enumerate(arguments):
        if argument == '--lang' and place + 1 < len(arguments):
            return i18n.nearest(arguments[place + 1])
        if argument.startswith('--lang='):
            return i18n.nearest(argument.partition('=')[2])
    return None


def _parse(arguments: list[str]) -> argparse.Namespace:
    """Read the global options, then let only the command's own module add its arguments."""
    parser = _global_parser()
    options, rest = parser.parse_known_args(_up_to_command(arguments))
    command = options.command or 'serve'
    if command not in COMMANDS:
        parser.error(i18n.text('cli.command_unknown', command=command, known=', '.join(COMMANDS)))
    if rest:
        parser.error(i18n.text('cli.option_unknown', option=rest[0]))
    module = import_module(f'{__name__}.{command}')
    own = argparse.ArgumentParser(
        prog=f'{parser.prog} {command}', description=i18n.text(f'cli.{command}.about')
    )
    module.add_arguments(own)
    own.set_defaults(run=module.run)
    behind = arguments[len(_up_to_command(arguments)) :]
    return own.parse_args(behind, namespace=options)


def _global_parser() -> argparse.ArgumentParser:
    listed = '\n'.join(f'  {name:<10} {i18n.text(f"cli.{name}.about")}' for name in COMMANDS)
    parser = argparse.ArgumentParser(
        prog='main.py' if Path(sys.argv[0]).name == 'main.py' else 'civitai-shortcut',
        description=i18n.text('cli.about'),
        epilog=i18n.text('cli.commands') + '\n' + listed,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument('--data-dir', type=Path, metavar='DIR', help=i18n.text('cli.data_dir'))
    parser.add_argument('--config', type=Path, metavar='FILE', help=i18n.text('cli.config_file'))
    parser.add_argument('--lang', choices=i18n.LANGUAGES, help=i18n.text('cli.lang'))
    parser.add_argument('--demo', action='store_true', help=i18n.text('cli.demo'))
    parser.add_argument('--catalogue', type=Path, metavar='DIR', help=i18n.text('cli.catalogue'))
    parser.add_argument('--no-bootstrap', action='store_true', help=i18n.text('cli.no_bootstrap'))
    parser.add_argument('-v', '--verbose', action='count', default=0, help=i18n.text('cli.verbose'))
    parser.add_argument('-q', '--quiet', action='store_true', help=i18n.text('cli.quiet'))
    parser.add_argument('--version', action='version', version=f'Civitai Shortcut {__version__}')
    parser.add_argument('command', nargs='?', metavar='COMMAND', help=i18n.text('cli.command'))
    return parser


_WITH_VALUE = ('--data-dir', '--config', '--lang', '--catalogue')


def _up_to_command(arguments: list[str]) -> list[str]:
    """The global options and the command itself; what stands behind belongs to the command."""
    place = 0
    while place < len(arguments):
        argument = arguments[place]
        if not argument.startswith('-'):
            return arguments[: place + 1]
        place += 2 if argument in _WITH_VALUE else 1
    return arguments


def _prepare_streams() -> None:
    """Chinese must not crash a terminal or a pipe that speaks another encoding."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, 'reconfigure', None)
        if reconfigure is not None:
            reconfigure(errors='backslashreplace')


def _prepare_logging(verbose: int) -> None:
    """What is logged goes to the terminal with -v; to the files once the program is open. Our own
    logger only: a host's root logger is never touched.
    """
    levels = (logging.ERROR, logging.INFO, logging.DEBUG)
    level = levels[min(verbose, 2)]
    _log.setLevel(level)
    _log.propagate = False
    shown = any(isinstance(one, logging.StreamHandler) for one in _log.handlers)
    if verbose and not shown:
        handler = logging.StreamHandler()
        handler.setLevel(level)  # the logger's own is lower while the files are open
        handler.setFormatter(LineFormatter(tracebacks=verbose >= 2))
        _log.addHandler(handler)


def _print_notice(notice: Notice, environment: Environment) -> None:
    """What background work has to say, as a line; a failed download of the command itself is in its
    report.
    """
    if not notice.cause.startswith('download:'):
        print(i18n.notice_text(notice.key, notice.values), file=environment.stderr, flush=True)
