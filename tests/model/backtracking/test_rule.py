"""What a rule may be."""

import pytest

from reid_core.model import CellRule


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"score": "cosine"}, "score is 'cosine'"),
        ({"memory": "both"}, "memory is 'both'"),
        ({"closing": -1}, "closing is -1; it must be a whole number of at least 0"),
        ({"closing": None}, "closing is None"),
        ({"combine": "none"}, "combine is 'none' and closing 0"),
        ({"normalise": "max"}, "normalise is 'max'"),
        ({"combine": "cat"}, "combine is 'cat'"),
        ({"k_top": 0}, "k_top is 0"),
        ({"k_att": 0}, "k_att is 0"),
        ({"k_trunc": 0}, "k_trunc is 0"),
        ({"k_top": None}, "k_top is None"),
        ({"k_att": 2.5}, "k_att is 2.5"),
        ({"k_trunc": True}, "k_trunc is True"),
    ],
)
def test_a_wrong_rule_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        CellRule(**change)
