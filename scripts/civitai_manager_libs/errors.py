"""The one tree of errors, and the exit codes they end as.

Every error carries a stable ``code`` (stored, printed in JSON, used as the key ``error.<code>`` of
the message catalogues), a ``retryable`` flag (the same request may work a little later without
anybody doing anything) and an ``exit_code`` for the command line. What a sentence needs to be
written (a path, a status, a number of bytes) is in ``details``; only values of JSON types, so that
an error can be stored with a task and be worded again later in another language.
"""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar, Union

Detail = Union[str, int, float, bool, None]


class ExitCode(IntEnum):
    """What a command ends with."""

    DONE = 0
    FAULT = 1
    USAGE = 2
    KEY = 3
    NOT_FOUND = 4
    NETWORK = 5
    VERIFICATION = 6
    DISK = 7
    INTERRUPTED = 130


class ShortcutError(Exception):
    """Root of everything that this program raises on purpose."""

    code: ClassVar[str] = 'unexpected'
    retryable: ClassVar[bool] = False
    exit_code: ClassVar[ExitCode] = ExitCode.FAULT

    def __init__(self, **details: Detail) -> None:
        self.details: dict[str, Detail] = details
        super().__init__(self.code, details)

    def __str__(self) -> str:
        inner = ', '.join(f'{name}={value!r}' for name, value in self.details.items())
        return f'{self.code}({inner})'


# --- what a person typed or configured ------------------------------------------------------------


class UsageError(ShortcutError):
    """Something given to the program cannot be used as it stands."""

    code = 'usage'
    exit_code = ExitCode.USAGE


class TargetUnknown(UsageError):
    """A pasted text is no link, AIR, id or hash that we know. Details: ``text`` (shortened, without
    token).
    """

    code = 'target_unknown'


class TargetUnsupported(UsageError):
    """A link of Civitai that names nothing to download (a user, a search). Details: ``text``,
    ``kind``.
    """

    code = 'target_unsupported'


class AddressUnusable(UsageError):
    """A line of a list is no address of a picture. Details: ``text`` (shortened, without query)."""

    code = 'address_unusable'


class GalleryUnknown(TargetUnknown):
    """A text that names nothing with pictures. Details: ``text`` (shortened, without token)."""

    code = 'gallery_unknown'


class GalleryUnsupported(TargetUnsupported):
    """A link that names no pictures which could be listed. Details: ``text``, ``kind``."""

    code = 'gallery_unsupported'


class PlaceNeeded(UsageError):
    """A direct link of a file without ``--out`` or ``--dir``."""

    code = 'place_needed'


class OneNameForMany(UsageError):
    """``--out`` names one file, and the targets are several. Details: ``count``."""

    code = 'one_name_for_many'


class ChoiceUnknown(UsageError):
    """No file of the version fits what was asked for. Details: ``wanted``, ``available``."""

    code = 'choice_unknown'


class PickleRefused(UsageError):
    """Only files that can run code fit, and nobody asked for one by name. Details: ``file``,
    ``reason``.
    """

    code = 'pickle_refused'


class SettingInvalid(UsageError):
    """A setting's value is outside what is allowed. Details: ``key``, ``value`` (masked),
    ``allowed``.
    """

    code = 'setting_invalid'


class SettingEmpty(UsageError):
    """Nothing was entered where something was asked for. Details: ``key``."""

    code = 'setting_empty'


class SettingUnknown(UsageError):
    """There is no setting of that name. Details: ``key``."""

    code = 'setting_unknown'


class VersionUnknown(UsageError):
    """Settings of a version that this program does not know. Details: ``version``, ``newest``."""

    code = 'version_unknown'


class KeyringRefused(ShortcutError):
    """The keyring of the system did not forget the key. Details: ``service``, ``reason``."""

    code = 'keyring_refused'


class SettingsFileBroken(UsageError):
    """The user's settings file cannot be read as JSON. Details: ``path``, ``reason``."""

    code = 'settings_file_broken'


class FileUnreadable(UsageError):
    """A file or folder that was named cannot be read. Details: ``path``, ``reason``."""

    code = 'file_unreadable'


class NoPictureFile(UsageError):
    """A file that was named is no picture, or torn. Details: ``path``, ``reason`` (``no_picture``,
    ``broken``).
    """

    code = 'no_picture_file'


class FolderMissing(UsageError):
    """A file is to be written into a folder that is not there. Details: ``path``."""

    code = 'folder_missing'


class FolderUnnamed(FolderMissing):
    """A folder was to be named, and nothing was entered."""

    code = 'folder_unnamed'


class TaskUnknown(UsageError):
    """There is no download of that number. Details: ``task_id``."""

    code = 'task_unknown'


class TooManyLinks(UsageError):
    """More links than are saved at once; those behind the first ``most`` were left out. Details:
    ``count``, ``most``.
    """

    code = 'too_many_links'


class LinkFileTooLarge(UsageError):
    """A file that is to hold links is larger than such files are. Details: ``name``, ``bytes``,
    ``largest``.
    """

    code = 'link_file_too_large'


class LinkFileUnreadable(UsageError):
    """A file that is to hold links is no text, or a shortcut without an address. Details:
    ``name``.
    """

    code = 'link_file_unreadable'


class ShortcutFileForeign(UsageError):
    """A file that is to be imported holds no saved models. Details: ``path``."""

    code = 'shortcut_file_foreign'


class ShortcutFileNewer(UsageError):
    """A file of saved models was written by a newer version of this program. Details: ``path``,
    ``version``, ``newest``.
    """

    code = 'shortcut_file_newer'


class ShortcutEntryBroken(ShortcutError):
    """An entry of a file of saved models cannot be used. Details: ``entry`` (shortened), ``field``
    (what is missing or wrong).
    """

    code = 'shortcut_entry_broken'


class ShortcutFileCut(ShortcutError):
    """A file of saved models is torn: what stands behind that place is not there. Details:
    ``path``, ``entries`` (that were read).
    """

    code = 'shortcut_file_cut'


class ShortcutUnknown(ShortcutError):
    """The model is not among the saved ones. Details: ``model_id``."""

    code = 'shortcut_unknown'
    exit_code = ExitCode.NOT_FOUND


class ClassUnknown(ShortcutError):
    """There is no class of saved models of that name. Details: ``name``."""

    code = 'class_unknown'
    exit_code = ExitCode.NOT_FOUND


# --- what came back, or did not, from the network -------------------------------------------------


class ApiError(ShortcutError):
    """A call to Civitai, or to a server it sent us to, did not give what was asked for."""

    code = 'api'
    exit_code = ExitCode.NETWORK


class AccessError(ApiError):
    """The server knows the thing but does not let us have it."""

    code = 'access'
    exit_code = ExitCode.KEY


class KeyNeeded(AccessError):
    """No key was sent and the creator asks for a login."""

    code = 'key_needed'


class KeyRefused(AccessError):
    """A key was sent and was not accepted."""

    code = 'key_refused'


class EarlyAccess(AccessError):
    """The version is still for those who bought it. Details: ``deadline`` (ISO date or None)."""

    code = 'early_access'


class DownloadsDisabled(AccessError):
    """The creator has switched downloads of this file off."""

    code = 'downloads_disabled'


class AccessDenied(AccessError):
    """Any other 401 or 403. Details: ``status``, ``host``."""

    code = 'access_denied'


class NotFound(ApiError):
    """404: the thing is not there, or not visible. Details: ``what``."""

    code = 'not_found'
    exit_code = ExitCode.NOT_FOUND


class Gone(ApiError):
    """410, or a model marked archived or taken down: its files are no longer given out. Details:
    ``what``.
    """

    code = 'gone'
    exit_code = ExitCode.NOT_FOUND


class TagUnknown(ApiError):
    """Civitai has no such tag; it then gives models without regard to it. Details: ``tag``."""

    code = 'tag_unknown'
    exit_code = ExitCode.NOT_FOUND


class BaseModelUnknown(ApiError):
    """Nothing was found, for Civitai knows no such base model. Details: ``wanted``, ``nearest``
    (names it knows).
    """

    code = 'base_model_unknown'
    exit_code = ExitCode.NOT_FOUND


class FilterUnknown(ApiError):
    """A search with a value that Civitai does not know, which was not asked for. Details:
    ``filter``, ``wanted``, ``nearest`` (names it knows).
    """

    code = 'filter_unknown'
    exit_code = ExitCode.USAGE


class NoPictures(ApiError):
    """A list of pictures is empty. Details: ``what``, ``levels`` (names of those asked for)."""

    code = 'no_pictures'
    exit_code = ExitCode.NOT_FOUND


class NothingFound(ApiError):
    """A search gave no models. Details: ``filters`` (what it was narrowed by, in words)."""

    code = 'nothing_found'
    exit_code = ExitCode.NOT_FOUND


class NetworkError(ApiError):
    """No usable answer arrived. Details: ``host``."""

    code = 'network'
    retryable = True


class ConnectionFailed(NetworkError):
    """The connection could not be made or broke. Details: ``host``, ``reason``."""

    code = 'connection_failed'


class NameNotResolved(NetworkError):
    """DNS does not know the host. Details: ``host``."""

    code = 'name_not_resolved'


class TimedOut(NetworkError):
    """Nothing arrived for longer than the timeout. Details: ``host``, ``seconds``."""

    code = 'timed_out'


class CertificateRefused(NetworkError):
    """TLS could not be trusted; trying again does not change that. Details: ``host``,
    ``reason``.
    """

    code = 'certificate_refused'
    retryable = False


class ProxyFailed(NetworkError):
    """The configured proxy did not let us through. Details: ``host``, ``reason``."""

    code = 'proxy_failed'


class BodyCut(NetworkError):
    """A body ended before its announced length. Details: ``host``, ``received``, ``expected``."""

    code = 'body_cut'


class HostBusy(ApiError):
    """There is no room for a further connection to a host. Details: ``host``."""

    code = 'host_busy'
    retryable = True


class ServerTrouble(ApiError):
    """5xx, 408 and Cloudflare's 52x and 530. Details: ``status``, ``host``."""

    code = 'server_trouble'
    retryable = True

    def __init__(self, wait_seconds: float | None = None, **details: Detail) -> None:
        super().__init__(**details)
        self.wait_seconds = wait_seconds


class OriginTimeout(ServerTrouble):
    """504, 522, 524: whoever stands before the server waited for it in vain. Details: ``status``,
    ``host``.
    """

    code = 'origin_timeout'


class HostResting(ServerTrouble):
    """A host failed again and again and is left alone for a while. Details: ``host``, ``until``
    (seconds since 1970).
    """

    code = 'host_resting'


class RateLimited(ServerTrouble):
    """429 that passes. Details: ``host``; ``wait_seconds`` is what ``Retry-After`` asked for, or
    None.
    """

    code = 'rate_limited'


class PageCap(ApiError):
    """429 of ``page * limit > 1000``: final (civitai-api.md section 4)."""

    code = 'page_cap'


class RequestRefused(ApiError):
    """400, 405 and other final 4xx. Details: ``status``, ``host``, ``said`` (the server's own
    words, short).
    """

    code = 'request_refused'


class RegionBlocked(ApiError):
    """451: Civitai does not serve this country."""

    code = 'region_blocked'


class BotCheck(ApiError):
    """Cloudflare wants to see a browser. Details: ``host``."""

    code = 'bot_check'


class UnexpectedBody(ApiError):
    """HTML, JSON or XML where something else was due. Details: ``status``, ``host``, ``begins``."""

    code = 'unexpected_body'


class PictureUnusable(ApiError):
    """What came as a picture is none that we can read, or too large. Details: ``host``,
    ``reason``.
    """

    code = 'picture_unusable'


class LoginPage(AccessError):
    """A login or site page instead of the file. Details: ``host``."""

    code = 'login_page'


class RedirectRefused(ApiError):
    """A redirect that must not be followed. Details: ``host``, ``reason``."""

    code = 'redirect_refused'


class PrivateAddress(ApiError):
    """Somebody else's page, picture or redirect leads into the network of this computer. Details:
    ``host``.
    """

    code = 'private_address'


class AddressExpired(ApiError):
    """A signed storage address no longer works; a new one is asked for. Details: ``status``,
    ``host``.
    """

    code = 'address_expired'
    retryable = True


class WebUiError(ShortcutError):
    """The WebUI of the setting ``webui_api_url`` did not make what it was asked for. Details:
    ``address``.
    """

    code = 'webui'
    exit_code = ExitCode.NETWORK


class WebUiMissing(WebUiError):
    """No WebUI is named in the settings."""

    code = 'webui_missing'
    exit_code = ExitCode.USAGE


class WebUiUnreachable(WebUiError):
    """Nothing answers there. Details: ``address``, ``reason``."""

    code = 'webui_unreachable'


class WebUiWithoutApi(WebUiError):
    """Something answers, but has no such API: it was started without ``--api``. Details:
    ``address``.
    """

    code = 'webui_without_api'


class WebUiBusy(WebUiError):
    """It has too much to do, or did not finish in time. Details: ``address``."""

    code = 'webui_busy'


class WebUiSamplerUnknown(WebUiError):
    """It has no such sampler. Details: ``address``, ``sampler``."""

    code = 'webui_sampler_unknown'


class WebUiRefused(WebUiError):
    """It answered with an error, or with what is no picture. Details: ``address``,
    ``reason``.
    """

    code = 'webui_refused'


# --- what was received is not what was promised ---------------------------------------------------


class VerificationError(ShortcutError):
    """The bytes are not those that were promised."""

    code = 'verification'
    exit_code = ExitCode.VERIFICATION


class HashMismatch(VerificationError):
    """Details: ``algorithm``, ``expected``, ``actual``, ``file``, and ``kept`` (a path) when the
    bytes were kept for inspection.
    """

    code = 'hash_mismatch'


class SizeMismatch(VerificationError):
    """Details: ``expected``, ``actual``, ``file``."""

    code = 'size_mismatch'


# --- this machine ---------------------------------------------------------------------------------


class DiskError(ShortcutError):
    """The disk does not take what we want to write. The task stays and can go on."""

    code = 'disk'
    exit_code = ExitCode.DISK


class DiskFull(DiskError):
    """Details: ``path``; ``needed``, ``free`` in bytes."""

    code = 'disk_full'


class RoomBelowFloor(DiskFull):
    """There would be room, but less would stay free than the person wants to keep.

    Details: as :class:`DiskFull`, and ``floor`` in bytes (the setting ``minimum_free_space_mb``).
    """

    code = 'room_below_floor'


class NotWritable(DiskError):
    """Details: ``path``, ``reason``."""

    code = 'not_writable'


class FileBusy(ShortcutError):
    """Another process is writing this very file. Details: ``path``."""

    code = 'file_busy'
    retryable = True


class SidecarUnreadable(ShortcutError):
    """A file beside a model holds something that we do not understand; it was left alone. Details:
    ``path``, ``reason``.
    """

    code = 'sidecar_unreadable'


class MetadataNotHeld(ShortcutError):
    """A picture cannot take its generation data; it was left as it is. Details: ``path``,
    ``reason``.
    """

    code = 'metadata_not_held'


class NameTaken(ShortcutError):
    """Another file lies under the name that a model would have had. Details: ``path``, ``name``
    (what the model is called instead).
    """

    code = 'name_taken'


class PlaceTaken(ShortcutError):
    """Another picture lies where this one belongs; it was left alone. Details: ``path``."""

    code = 'place_taken'


class SidecarTaken(ShortcutError):
    """A file beside a model belongs to another file; it was left alone. Details: ``path``,
    ``owner`` (a file name).
    """

    code = 'sidecar_taken'


class MemoryShort(ShortcutError):
    """The machine has no memory left for us."""

    code = 'memory_short'
    retryable = True


class StoreLocked(ShortcutError):
    """The database stayed locked by another program. Details: ``path``."""

    code = 'store_locked'
    retryable = True


class StoreDamaged(ShortcutError):
    """The database cannot be read. Details: ``path``, ``reason``."""

    code = 'store_damaged'


class StoreTooNew(ShortcutError):
    """The database was written by a newer version of this program. Details: ``path``."""

    code = 'store_too_new'


class ListenAddressUnknown(ShortcutError):
    """The page was to listen at what is no address of this computer. Details: ``host``,
    ``reason``.
    """

    code = 'listen_address_unknown'
    exit_code = ExitCode.USAGE


class AddressInUse(ShortcutError):
    """The page cannot listen where it was told to. Details: ``host``, ``port``, ``reason``."""

    code = 'address_in_use'
    exit_code = ExitCode.USAGE


class HostLacks(ShortcutError):
    """The host that we run in cannot do this, or there is none. Details: ``feature``."""

    code = 'host_lacks'
    exit_code = ExitCode.USAGE


class HostFailed(ShortcutError):
    """The host was asked to do something and raised. Details: ``feature``, ``reason``."""

    code = 'host_failed'


def exit_code_of(code: str) -> ExitCode:
    """What a command ends with for a stored error code; :attr:`ExitCode.FAULT` for one that is not
    in the tree.
    """
    kinds: list[type[ShortcutError]] = [ShortcutError]
    while kinds:
        kind = kinds.pop()
        if kind.code == code:
            return kind.exit_code
        kinds.extend(kind.__subclasses__())
    return ExitCode.FAULT
