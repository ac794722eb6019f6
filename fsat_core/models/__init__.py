"""The networks: what each is, and its layers in Keras 3, which is imported when one of them is built."""

from fsat_core.models.build import build_network
from fsat_core.models.network_spec import NetworkSpec
from fsat_core.models.registry import NETWORKS, register
from fsat_core.models.yamnet_head import YAMNET_HEAD

__all__ = ["NETWORKS", "YAMNET_HEAD", "NetworkSpec", "build_network", "register"]
