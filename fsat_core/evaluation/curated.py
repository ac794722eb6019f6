"""Whether out-of-fold scores overstate test scores, as those on FSDKaggle2019's curated clips do."""

from fsat_core.dataset import open_dataset
from fsat_core.dataset.vocabulary import FSDKAGGLE2019_CLASSES
from fsat_core.errors import FsatError
from fsat_core.runs.run import Run

WARNING_CURATED = (
    "Out-of-fold scores on the curated clips overstate test scores on FSDKaggle2019: its test clips differ "
    "more, and published teams saw 0.14 to 0.16 lwlrap less on them."
)
_MANY = 10  # classes of these 80 in a set, from which on it is taken for that one or a part of it


def curated_warning(run: Run) -> str | None:
    """`WARNING_CURATED` for a run to which it applies, else None.

    That is a run on the curated clips of FSDKaggle2019, or of a set that looks like it: at least ten of its
    classes, and a noisy or a test part beside the curated one. The demo set, which borrows its class names,
    is not meant. If the data set has been moved away, only the classes are compared.
    """
    num_known = len(set(FSDKAGGLE2019_CLASSES).intersection(run.classes))
    if "curated" not in run.config.splits or num_known < _MANY:
        return None
    try:
        data = open_dataset(run.data_dir)
    except FsatError:
        return WARNING_CURATED
    curated_alone = {part.split for part in data.parts} == {"curated"}
    return None if data.is_demo or curated_alone else WARNING_CURATED
