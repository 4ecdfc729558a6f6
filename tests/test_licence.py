"""What a creator allows, from every shape of record that there is."""

import pytest

from civitai_manager_libs.domain.licence import terms_of

FLAGS = {'allowNoCredit': True, 'allowDerivatives': True, 'allowDifferentLicense': False}


def allowed(record):
    return {term.name for term in terms_of(record) if term.allowed}


@pytest.mark.parametrize(
    'uses, names',
    [
        (['Image', 'RentCivit', 'Rent', 'Sell'], {'images', 'rent_civit', 'rent', 'sell'}),
        (['Sell'], {'sell'}),
        ('{Image,RentCivit}', {'images', 'rent_civit'}),
        ('Sell', {'images', 'rent', 'sell'}),
        ('Rent', {'images', 'rent'}),
        ('Image', {'images'}),
        ('None', set()),
        ([], set()),
        ('{}', set()),
        (['Sell', None, 7, 'Elsewhere'], {'sell'}),
    ],
)
def test_every_shape_of_uses(uses, names):
    assert allowed({**FLAGS, 'allowCommercialUse': uses}) == {'no_credit', 'derivatives', *names}


@pytest.mark.parametrize('record', [{}, {'allowNoCredit': None}, {'allowCommercialUse': 7}])
def test_a_record_without_a_licence_says_nothing(record):
    assert terms_of(record) == ()


def test_what_is_left_open_is_not_taken_for_allowed():
    terms = {term.name: term.allowed for term in terms_of({'allowNoCredit': False})}
    assert terms.pop('no_credit') is False
    assert set(terms.values()) == {None}


def test_where_merges_are_not_shared_there_are_no_terms_for_them():
    terms = terms_of({**FLAGS, 'allowDerivatives': False, 'allowDifferentLicense': True})
    assert 'different' not in {term.name for term in terms}
