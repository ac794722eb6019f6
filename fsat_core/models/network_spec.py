"""`NetworkSpec`: everything known about a network before it is built."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class NetworkSpec:
    """One network: its layers, and what the rest of the program needs to know about it.

    Parameters
    ----------
    name : str
        Its name in configurations, commands and run ids.
    description : str
        A few words for the person who chooses one.
    input_kind : "wave", "mfcc" or "embedding"
        What it takes in: `kind` of its `FeatureSpec`.
    sample_rate : int
        In Hz, unless a configuration says otherwise.
    duration_s : float
        Length of a window, likewise.
    body : callable
        Its layers up to the head: from a Keras tensor (batch, *input shape) to one (batch, features). It
        imports Keras itself, because pages and commands read specs and must not wait for a framework.
    min_samples : int
        The shortest input that `body` can take.
    min_n_mfcc : int
        The fewest coefficients that it can take ("mfcc" only).
    is_dummy : bool
        True if it only serves to try out the chain, not to give good answers.
    pretrained_on : str
        The data that it has learnt from before it is trained here; "" for none.
    """

    name: str
    description: str
    input_kind: Literal["wave", "mfcc", "embedding"]
    sample_rate: int
    body: "Callable[[keras.KerasTensor], keras.KerasTensor]"
    min_samples: int = 1
    min_n_mfcc: int = 1
    is_dummy: bool = False
    duration_s: float = 2.0
    pretrained_on: str = ""

    @property
    def title(self) -> str:
        """Its name, and what it was pretrained on."""
        return f"{self.name} (pretrained on {self.pretrained_on})" if self.pretrained_on else self.name
