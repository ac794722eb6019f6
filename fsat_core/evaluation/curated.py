"""Whether the out-of-fold scores of a run promise too much, as those on FSDKaggle2019's curated clips do."""

from fsat_core.dataset import open_dataset
from fsat_core.errors import FsatError
from fsat_core.runs.run import Run

_NAMES = """
Accelerating_and_revving_and_vroom Accordion Acoustic_guitar Applause Bark Bass_drum Bass_guitar
Bathtub_(filling_or_washing) Bicycle_bell Burping_and_eructation Bus Buzz Car_passing_by Cheering
Chewing_and_mastication Child_speech_and_kid_speaking Chink_and_clink Chirp_and_tweet Church_bell Clapping
Computer_keyboard Crackle Cricket Crowd Cupboard_open_or_close Cutlery_and_silverware
Dishes_and_pots_and_pans Drawer_open_or_close Drip Electric_guitar Fart Female_singing
Female_speech_and_woman_speaking Fill_(with_liquid) Finger_snapping Frying_(food) Gasp Glockenspiel Gong
Gurgling Harmonica Hi-hat Hiss Keys_jangling Knock Male_singing Male_speech_and_man_speaking
Marimba_and_xylophone Mechanical_fan Meow Microwave_oven Motorcycle Printer Purr Race_car_and_auto_racing
Raindrop Run Scissors Screaming Shatter Sigh Sink_(filling_or_washing) Skateboard Slam Sneeze Squeak Stream
Strum Tap Tick-tock Toilet_flush Traffic_noise_and_roadway_noise Trickle_and_dribble Walk_and_footsteps
Water_tap_and_faucet Waves_and_surf Whispering Writing Yell Zipper_(clothing)
"""
FSDKAGGLE2019_CLASSES = frozenset(_NAMES.split())

WARNING_CURATED = (
    "Out-of-fold scores on the curated clips overstate test scores on FSDKaggle2019: its test clips differ "
    "more, and published teams saw 0.14 to 0.16 lwlrap less on them."
)
_MANY = 10  # classes of these 80 in a set, from which on it is taken for that one or a part of it


def curated_warning(run: Run) -> str | None:
    """`WARNING_CURATED` for a run to which it applies, else None.

    That is a run on the curated clips of FSDKaggle2019, or of a set that looks like it: at least ten of its
    classes, and a noisy or a test part beside the curated one. The demo set, which borrows its class names,
    is not meant. Of a data set that has been moved away, the classes alone must tell.
    """
    if "curated" not in run.config.splits or len(FSDKAGGLE2019_CLASSES.intersection(run.classes)) < _MANY:
        return None
    try:
        data = open_dataset(run.data_dir)
    except FsatError:
        return WARNING_CURATED
    curated_alone = {part.split for part in data.parts} == {"curated"}
    return None if data.is_demo or curated_alone else WARNING_CURATED
