"""The families of classes."""

from fsat_core.dataset.families import FAMILIES, OTHER, family_of, group_by_family
from fsat_core.dataset.vocabulary import FSDKAGGLE2019_CLASSES


def test_each_class_of_the_set_has_exactly_one_family() -> None:
    listed = [name for names in FAMILIES.values() for name in names]
    assert sorted(listed) == sorted(FSDKAGGLE2019_CLASSES)


def test_what_is_not_known_comes_last() -> None:
    groups = group_by_family(["Theremin", "Meow", "Accordion", "Bark"])
    assert groups == {"Animal": ["Meow", "Bark"], "Music": ["Accordion"], OTHER: ["Theremin"]}
    assert list(groups) == ["Animal", "Music", OTHER]
    assert family_of("Theremin") == OTHER
