"""The classes of FSDKaggle2019 by the family that AudioSet puts them in, to find one among 80.

AudioSet has some classes in several families; here each is in the one where somebody would look first. None
is in its families of source-ambiguous sounds and of channel, environment and background.

References
----------
Gemmeke et al. (2017), "Audio Set: An ontology and human-labeled dataset for audio events", ICASSP.
"""

from collections.abc import Sequence

OTHER = "Other"  # classes that the table does not have
FAMILIES: dict[str, tuple[str, ...]] = {
    "Human sounds": (
        *("Applause", "Burping_and_eructation", "Cheering", "Chewing_and_mastication"),
        *("Child_speech_and_kid_speaking", "Clapping", "Crowd", "Fart", "Female_singing"),
        *("Female_speech_and_woman_speaking", "Finger_snapping", "Gasp", "Male_singing"),
        *("Male_speech_and_man_speaking", "Run", "Screaming", "Sigh", "Sneeze", "Walk_and_footsteps"),
        *("Whispering", "Yell"),
    ),
    "Animal": ("Bark", "Buzz", "Chirp_and_tweet", "Cricket", "Meow", "Purr"),
    "Music": (
        *("Accordion", "Acoustic_guitar", "Bass_drum", "Bass_guitar", "Electric_guitar", "Glockenspiel"),
        *("Gong", "Harmonica", "Hi-hat", "Marimba_and_xylophone", "Strum"),
    ),
    "Natural sounds": ("Crackle", "Gurgling", "Hiss", "Raindrop", "Stream", "Waves_and_surf"),
    "Sounds of things": (
        *("Accelerating_and_revving_and_vroom", "Bathtub_(filling_or_washing)", "Bicycle_bell", "Bus"),
        *("Car_passing_by", "Chink_and_clink", "Church_bell", "Computer_keyboard"),
        *("Cupboard_open_or_close", "Cutlery_and_silverware", "Dishes_and_pots_and_pans"),
        *("Drawer_open_or_close", "Drip", "Fill_(with_liquid)", "Frying_(food)", "Keys_jangling", "Knock"),
        *("Mechanical_fan", "Microwave_oven", "Motorcycle", "Printer", "Race_car_and_auto_racing"),
        *("Scissors", "Shatter", "Sink_(filling_or_washing)", "Skateboard", "Slam", "Squeak", "Tap"),
        *("Tick-tock", "Toilet_flush", "Traffic_noise_and_roadway_noise", "Trickle_and_dribble"),
        *("Water_tap_and_faucet", "Writing", "Zipper_(clothing)"),
    ),
}
_FAMILY_OF = {name: family for family, names in FAMILIES.items() for name in names}


def family_of(name: str) -> str:
    """The family of a class; `OTHER` if it is not one of FSDKaggle2019."""
    return _FAMILY_OF.get(name, OTHER)


def group_by_family(classes: Sequence[str]) -> dict[str, list[str]]:
    """Classes by family, families in AudioSet's order and `OTHER` last; a family without classes is left out.

    Classes keep the order that they come in.
    """
    groups: dict[str, list[str]] = {family: [] for family in (*FAMILIES, OTHER)}
    for name in classes:
        groups[family_of(name)].append(name)
    return {family: names for family, names in groups.items() if names}
