"""Every network by name, in the order in which they are offered."""

from fsat_core.errors import ConfigError
from fsat_core.models.dummies import MFCC_DUMMY, WAVE_DUMMY
from fsat_core.models.mfcc_cnn import MFCC_CNN
from fsat_core.models.network_spec import NetworkSpec
from fsat_core.models.wave_cnn import WAVE_CNN
from fsat_core.models.yamnet_head import YAMNET_HEAD

NETWORKS: dict[str, NetworkSpec] = {}


def register(spec: NetworkSpec) -> None:
    """Make a network known to this process: it can be chosen, trained and used from now on.

    The app, every command, the worker and the processes of its executors are processes of their own, and each
    of them imports this module. A network that is to stay is therefore registered below, or in a module that
    `fsat_core/models/__init__.py` imports. Runs of a network that is not registered cannot be read.

    Raises
    ------
    ConfigError
        If another network has this name.
    """
    if spec.name in NETWORKS:
        raise ConfigError(f"A network '{spec.name}' is registered already: expected a new name. Choose one.")
    NETWORKS[spec.name] = spec


for _spec in (MFCC_CNN, WAVE_CNN, YAMNET_HEAD, MFCC_DUMMY, WAVE_DUMMY):
    register(_spec)
