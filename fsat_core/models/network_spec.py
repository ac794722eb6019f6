"""`NetworkSpec`: all that is known of a network before it is built."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class NetworkSpec:
    """One network: its layers, and what the rest of the program has to know about it.

    Parameters
    ----------
    name : str
        What configurations, commands and the names of runs call it.
    description : str
        What it is, in a few words, for whoever chooses one.
    input_kind : "wave" or "mfcc"
        What it takes in: `kind` of its `FeatureSpec`.
    sample_rate : int
        In Hz, unless a configuration says otherwise.
    body : callable
        Its layers up to the head: from a Keras tensor (batch, *input shape) to one (batch, features). It
        imports Keras itself, because pages and commands read specs and must not wait for a framework.
    min_samples : int
        The shortest input that `body` can take.
    min_n_mfcc : int
        The fewest coefficients that it can take ("mfcc" only).
    is_dummy : bool
        True if it is there to try out the chain, not to give good answers.
    """

    name: str
    description: str
    input_kind: Literal["wave", "mfcc"]
    sample_rate: int
    body: "Callable[[keras.KerasTensor], keras.KerasTensor]"
    min_samples: int = 1
    min_n_mfcc: int = 1
    is_dummy: bool = False
