"""What the files beside a model say, without any file: words, generations, whose value stays."""

import pytest

from civitai_manager_libs.domain.markup import plain_text
from civitai_manager_libs.domain.sidecar import (
    INFO_FACTS,
    USER_FACTS,
    activation_text,
    earlier_user,
    generation,
    info_content,
    is_empty,
    merged,
    user_content,
)

VERSION = {
    'id': 7,
    'modelId': 5,
    'name': 'v2',
    'baseModel': 'SDXL 1.0',
    'trainedWords': ['moss', 'garden'],
    'description': '<p>softer</p>',
    'model': {'name': 'Moss', 'type': 'LORA', 'nsfw': False, 'poi': False},
    'files': [{'id': 1, 'hashes': {'SHA256': 'AB'}}],
    'unheardOf': {'kept': True},
}
MODEL = {
    'id': 5,
    'name': 'Moss Garden',
    'type': 'LORA',
    'nsfw': True,
    'description': '<p>Green.</p>',
    'tags': [{'name': 'plants'}, 'style', None],
    'allowNoCredit': False,
    'allowCommercialUse': '{Image,Rent}',
    'creator': {'username': 'someone', 'image': None},
    'modelVersions': [{'id': 8, 'name': 'v3'}, {'id': 7, 'name': 'v2', 'index': 1}],
    'stats': {'downloadCount': 3},
}


@pytest.mark.parametrize(
    'base, word',
    [
        ('SD 1.4', 'SD1'),
        ('SD 1.5 LCM', 'SD1'),
        ('SD 2.1 768', 'SD2'),
        ('SD 3.5 Large', 'Unknown'),
        ('SDXL 1.0', 'SDXL'),
        ('SDXL Lightning', 'SDXL'),
        ('Pony', 'SDXL'),
        ('Pony V7', 'Unknown'),
        ('Illustrious', 'SDXL'),
        ('NoobAI', 'SDXL'),
        ('Flux.1 D', 'Flux'),
        ('Flux.2 Klein 9B', 'Flux'),
        ('Wan Video', 'Unknown'),
        ('', 'Unknown'),
    ],
)
def test_the_generation_of_a_base_model(base, word):
    assert generation(base) == word


@pytest.mark.parametrize(
    'words, text',
    [
        ([], ''),
        (['moss'], 'moss'),
        (['moss, garden ', ' Moss', 'light,'], 'moss, garden, light'),
        (['<lora:moss:0.8>', 'moss <lora:moss:1>'], 'moss'),
        (['moss <LyCO:a:1:0.5>, garden'], 'moss, garden'),
        (['(moss, garden:1.2), a', '(moss, garden:1.2), a'], '(moss, garden:1.2), a'),
        ([None, 4, '', ' , '], ''),
        (['two\n lines'], 'two lines'),
    ],
)
def test_the_activation_text(words, text):
    assert activation_text(words) == text


@pytest.mark.parametrize(
    'markup, text',
    [
        ('', ''),
        ('plain\nlines', 'plain\nlines'),
        ('a < b & c', 'a < b & c'),
        ('<p>One <b>bold</b>.</p><p>Two&nbsp;&amp; 三</p>', 'One bold.\nTwo & 三'),
        ('x<br>y<br/><br/>z', 'x\ny\n\nz'),
        ('<ul><li><p>a</p></li><li>b</li></ul>end', '- a\n- b\nend'),
        ('<style>p{}</style><script>alert(1)</script>seen', 'seen'),
        ('<p>never closed', 'never closed'),
    ],
)
def test_text_without_markup(markup, text):
    assert plain_text(markup) == text


class TestContents:
    def test_the_information_is_the_version_with_the_facts_of_its_model(self):
        info = info_content(VERSION, MODEL)
        assert info.pop('creator') == MODEL['creator']
        assert info.pop('model') == {
            'name': 'Moss Garden',
            'type': 'LORA',
            'nsfw': True,
            'poi': False,
            'description': '<p>Green.</p>',
            'tags': ['plants', 'style'],
            'allowNoCredit': False,
            'allowCommercialUse': '{Image,Rent}',
        }
        assert info == {key: value for key, value in VERSION.items() if key != 'model'}

    def test_without_the_model_its_small_block_stays(self):
        info = info_content(VERSION, None)
        assert info['model'] == VERSION['model'] and 'creator' not in info

    def test_one_file_for_two_programs(self):
        user = user_content(VERSION, MODEL, 'ab')
        versions = user.pop('modelVersions')
        assert user == {
            'description': 'Green.',
            'notes': '',
            'sd version': 'SDXL',
            'activation text': 'moss, garden',
            'preferred weight': 0,
            'negative text': '',
            'modelId': 5,
            'modelVersionId': 7,
            'sha256': 'ab',
            'id': 5,
            'name': 'Moss Garden',
            'type': 'LORA',
            'tags': ['plants', 'style'],
        }
        assert [version['id'] for version in versions] == [7, 8]
        assert versions[0] == {'id': 7, 'name': 'v2', 'index': 1}

    def test_without_the_model_the_version_is_the_only_one(self):
        user = user_content(VERSION, None, 'ab')
        assert user['modelVersions'] == [VERSION] and user['id'] == user['modelId'] == 5
        assert (user['name'], user['type'], user['description']) == ('Moss', 'LORA', 'softer')

    def test_a_version_that_the_model_does_not_list_yet_is_there_all_the_same(self):
        user = user_content({**VERSION, 'id': 9}, MODEL, 'ab')
        assert [version['id'] for version in user['modelVersions']] == [9, 8, 7]

    def test_a_hypernetwork_has_no_weight(self):
        assert 'preferred weight' not in user_content(
            VERSION, {**MODEL, 'type': 'Hypernetwork'}, ''
        )

    @pytest.mark.parametrize('odd', [None, 'text', 4, [1]])
    def test_fields_of_any_shape(self, odd):
        version = {**VERSION, 'model': odd, 'trainedWords': odd, 'baseModel': odd, 'description': 4}
        model = {**MODEL, 'tags': odd, 'description': odd, 'modelVersions': odd}
        assert user_content(version, model, 'ab')['modelVersionId'] == 7
        assert info_content(version, model)['id'] == 7
        assert user_content(version, None, 'ab')['name'] == ''


class TestWhoseValueStays:
    @pytest.mark.parametrize('value', [None, '', [], {}, 0, 0.0])
    def test_what_says_nothing_is_filled(self, value):
        assert is_empty(value)
        assert merged({'notes': value}, {'notes': 'ours'}, (), {}) == {'notes': 'ours'}

    @pytest.mark.parametrize('value', ['theirs', 0.8, -1, False, True, ['x'], {'a': 1}])
    def test_what_says_something_stays(self, value):
        assert merged({'notes': value}, {'notes': 'ours'}, (), {}) == {'notes': value}

    def test_facts_are_ours_and_strangers_stay(self):
        there = {'modelId': 1, 'modelVersions': [{'id': 1}], 'my key': 'x', 'description': 'mine'}
        content = merged(there, user_content(VERSION, MODEL, 'ab'), USER_FACTS, {})
        assert content['modelId'] == 5 and content['modelVersions'][0]['id'] == 7
        assert content['my key'] == 'x' and content['description'] == 'mine'
        assert list(content)[:4] == list(there)

    def test_a_text_of_the_author_follows_the_author(self):
        """The information beside it tells what was Civitai's word when it was written."""
        info = info_content(VERSION, MODEL)
        earlier = user_content(VERSION, MODEL, 'ab')
        mine = {**earlier, 'activation text': 'mine', 'preferred weight': 0.7}
        later = {**VERSION, 'trainedWords': ['fern'], 'baseModel': 'Pony'}
        fresh = user_content(later, {**MODEL, 'description': 'Greener.'}, 'cd')
        content = merged(mine, fresh, USER_FACTS, earlier_user(info))
        assert content['description'] == 'Greener.' and content['sha256'] == 'cd'
        assert content['activation text'] == 'mine' and content['preferred weight'] == 0.7

    def test_blocks_are_filled_not_replaced(self):
        there = {'model': {'name': 'My name', 'tags': []}, 'stats': {'old': 1}, 'files': [1]}
        ours = {**info_content(VERSION, MODEL), 'stats': {'new': 2}}
        content = merged(there, ours, INFO_FACTS, {})
        assert content['model']['name'] == 'My name'
        assert content['model']['tags'] == ['plants', 'style']
        assert content['stats'] == {'new': 2} and content['files'] == VERSION['files']

    def test_doing_it_again_changes_nothing(self):
        ours = user_content(VERSION, MODEL, 'ab')
        info = info_content(VERSION, MODEL)
        assert merged(ours, ours, USER_FACTS, earlier_user(info)) == ours
        assert merged(info, info, INFO_FACTS, {}) == info
