"""The installer that a host runs: only what is missing, and nothing of the host changes."""

import importlib.util
import shutil
import subprocess
import zipfile
from importlib import metadata

import pytest
from packaging.version import InvalidVersion, Version

from civitai_manager_libs.bootstrap.needs import RUNTIME
from tests.support.checkout import REPOSITORY, clean_environment, make_bare_python, make_wheel

OURS = {'msgspec': 'msgspec', 'nh3': 'nh3'}


@pytest.fixture(scope='module')
def host_python(tmp_path_factory):
    return make_bare_python(tmp_path_factory.mktemp('host') / 'python', with_pip=True)


@pytest.fixture
def extension(tmp_path):
    """A copy of what the installer consists of, asking for two packages and some of the host's."""
    folder = tmp_path / 'extension'
    shutil.copytree(
        REPOSITORY / 'scripts' / 'civitai_manager_libs' / 'bootstrap',
        folder / 'scripts' / 'civitai_manager_libs' / 'bootstrap',
    )
    shutil.copy(REPOSITORY / 'install.py', folder)
    shutil.copy(
        REPOSITORY / 'scripts/civitai_manager_libs/__init__.py',
        folder / 'scripts/civitai_manager_libs',
    )
    (folder / 'requirements.txt').write_text(
        '# words\n\nmsgspec>=0.18\nnh3>=0.2  # more words\ngradio>=5\nPillow>=9\n'
    )
    (folder / 'wheels').mkdir()
    return folder


@pytest.fixture
def install():
    spec = importlib.util.spec_from_file_location('install_of_ours', REPOSITORY / 'install.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(extension, python, **variables):
    return subprocess.run(
        [str(python), str(extension / 'install.py')],
        env=clean_environment(
            PIP_NO_INDEX='1',
            PIP_FIND_LINKS=(extension / 'wheels').as_uri(),
            CIVITAI_SHORTCUT_LANGUAGE='en',
            **variables,
        ),
        capture_output=True,
        encoding='utf-8',
    )


def unpack(wheel, folder):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)


def versions(python, *packages):
    code = f'from importlib.metadata import version as v; print(*map(v, {packages!r}))'
    done = subprocess.run([str(python), '-c', code], capture_output=True, text=True)
    return done.stdout.split()


def test_when_all_is_present_it_says_and_starts_nothing(extension, tmp_path):
    present = tmp_path / 'present'
    for package, module in OURS.items():
        unpack(make_wheel(tmp_path, package, module), present)
    # This Python has no pip: had one been asked for anything, there would be a sentence about it.
    bare = make_bare_python(tmp_path / 'bare')
    done = run(extension, bare, PYTHONPATH=str(present))
    assert (done.returncode, done.stdout, done.stderr) == (0, '', '')

    shutil.rmtree(present / 'nh3-99.0.dist-info')
    done = run(extension, bare, PYTHONPATH=str(present))
    assert done.returncode == 0
    assert 'nh3 could not be installed' in done.stdout
    assert 'No module named pip' in done.stdout
    assert 'msgspec' not in done.stdout


def test_it_installs_what_is_missing_and_moves_nothing(extension, host_python):
    wheels = extension / 'wheels'
    old = make_wheel(wheels, 'msgspec', 'msgspec', '1.0')
    subprocess.run(
        [str(host_python), '-m', 'pip', 'install', '-q', '--no-index', str(old)], check=True
    )
    make_wheel(wheels, 'msgspec', 'msgspec', '2.0')
    make_wheel(wheels, 'nh3', 'nh3', '1.0', requires='msgspec>=2.0')
    refused = run(extension, host_python)
    assert refused.returncode == 0
    assert 'nh3 could not be installed (ERROR' in refused.stdout
    assert versions(host_python, 'msgspec') == ['1.0']

    make_wheel(wheels, 'nh3', 'nh3', '1.0', requires='msgspec')
    done = run(extension, host_python)
    assert done.returncode == 0
    assert done.stdout == 'Civitai Shortcut: installing nh3 ...\n'
    assert versions(host_python, 'msgspec', 'nh3') == ['1.0', '1.0']
    assert run(extension, host_python).stdout == ''


def test_a_version_that_pip_does_not_know_keeps_nothing_from_being_installed(
    extension, host_python, tmp_path
):
    present = tmp_path / 'present'
    unpack(make_wheel(tmp_path, 'distro-info', 'distro_info', '1.1build1'), present)
    unpack(make_wheel(tmp_path, 'present-one', 'present_one', '1.0'), present)
    wheels = extension / 'wheels'
    make_wheel(wheels, 'present-one', 'present_one', '2.0')
    make_wheel(wheels, 'wanted-one', 'wanted_one', '1.0', requires='present-one')
    (extension / 'requirements.txt').write_text('wanted-one>=1\n')
    done = run(extension, host_python, PYTHONPATH=str(present))
    assert done.stdout == 'Civitai Shortcut: installing wanted-one ...\n'
    assert versions(host_python, 'wanted-one') == ['1.0']
    assert versions(host_python, 'present-one') == []  # what is there in 1.0 was left alone


def test_a_host_that_installs_nothing_is_obeyed(extension, tmp_path):
    (tmp_path / 'launch.py').write_text('class args:\n    skip_install = True\n')
    bare = make_bare_python(tmp_path / 'bare')
    done = run(extension, bare, PYTHONPATH=str(tmp_path))
    assert done.returncode == 0
    assert 'msgspec, nh3 are missing, and this start installs nothing' in done.stdout

    (tmp_path / 'launch.py').write_text('raise SystemExit("not here")\n')
    done = run(extension, bare, PYTHONPATH=str(tmp_path))
    assert 'could not be installed' in done.stdout


def test_whatever_happens_the_host_starts(extension, tmp_path):
    (extension / 'requirements.txt').unlink()
    done = run(extension, make_bare_python(tmp_path / 'bare'))
    assert done.returncode == 0
    assert 'requirements.txt' in done.stdout
    assert done.stdout.count('\n') == 1


def test_everything_installed_is_pinned(install):
    pins = dict(line.split('==') for line in install.pins())
    pinned = {install.name_of(name) for name in pins}
    for distribution in metadata.distributions():
        assert install.name_of(distribution.metadata['Name']) in pinned
    assert pins['pytest'] == metadata.version('pytest')


def test_broken_distributions_are_left_out(install, tmp_path, monkeypatch):
    for folder, text in (
        ('nameless-1.dist-info', 'Metadata-Version: 2.1\nVersion: 1\n'),
        ('odd-1.dist-info', 'Metadata-Version: 2.1\nName: odd\nVersion: from git\n'),
        ('named--1.dist-info', 'Metadata-Version: 2.1\nName: named-\nVersion: 1\n'),
        ('built-1.dist-info', 'Metadata-Version: 2.1\nName: built\nVersion: 1.1build1\n'),
        ('good_one-1.dist-info', 'Metadata-Version: 2.1\nName: good_one\nVersion: 1+cu121\n'),
    ):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / 'METADATA').write_text(text)
    found = list(metadata.distributions(path=[str(tmp_path)]))
    monkeypatch.setattr(metadata, 'distributions', lambda: found)
    assert install.pins() == ['good_one==1+cu121']


@pytest.mark.parametrize(
    'version',
    [
        *('1', '1.0', '2024.1.15', '1!2.0', 'v1.0', '1.0a1', '1.0.beta-2', '1.0rc', '1.0c3'),
        *('1.0.post1', '1.0-1', '1.0.r4', '1.0.dev', '1.0a1.post2.dev3', '2.1+cu121', '1+a.b-c_d'),
        *('1.1build1', '1.1+', '1..0', '1.0-', 'from git', '', '1.0+a..b', '1.0.x', '3.0~rc1'),
        *('1.0\n', '１.0', 'a1', '1.0.dev1.post1', '2.0-1ubuntu1', '0.23ubuntu1', '1.0.*'),
    ],
)
def test_versions_are_those_that_pip_takes(install, version):
    try:
        Version(version)
        expected = version == version.strip()
    except InvalidVersion:
        expected = False
    assert install.is_version(version) is expected


def test_what_a_host_brings_is_never_asked_for(install):
    asked = {
        install.name_of(line) for line in install.read_requirements(REPOSITORY / 'requirements.txt')
    }
    assert asked == {install.name_of(name) for name in RUNTIME} - install.OF_THE_HOST
    assert 'gradio' not in asked and 'msgspec' in asked


def test_both_languages_say_the_same_things(install):
    assert set(install.TEXTS['zh-TW']) == set(install.TEXTS['en'])
