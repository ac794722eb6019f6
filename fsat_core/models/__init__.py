"""The networks: what each is, and its layers in Keras 3, which is imported when one of them is built."""

from fsat_core.models.build import build_network
from fsat_core.models.network_spec import NetworkSpec
from fsat_core.models.registry import NETWORKS, register

__all__ = ["NETWORKS", "NetworkSpec", "build_network", "register"]
