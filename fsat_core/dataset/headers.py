"""What the headers of clips say: read here, or in shards by the workers of a workplace."""

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from functools import partial
from itertools import chain

from fsat_core.audio.decoding.header import AudioHeader
from fsat_core.audio.store.ahead import folders_of
from fsat_core.audio.store.clip_store import MISSING, ClipStore
from fsat_core.audio.store.faults import StoreAway, StoreFault
from fsat_core.dataset.clip_ids import leads_out
from fsat_core.dataset.layouts import Dataset
from fsat_core.errors import AudioError, DatasetError
from fsat_core.executors.workplace import Workplace
from fsat_core.shards import TRIES, cut_shards, map_shards
from fsat_core.threads import map_ahead

FACTS = (
    *("num_bytes", "mtime_ns"),
    *("num_frames", "sample_rate", "num_channels", "subtype", "warning", "error"),
)
Facts = tuple[int, int, int, int, int, str, str, str]
ReadHeader = Callable[[ClipStore, str], tuple[AudioHeader, int]]  # the header, and when it was changed

_File = tuple[ClipStore | None, str]  # where it is, None for a part without audio, and its name there
_UNKNOWN = -1  # time of a file that could not be asked: it is, by the next scan
_NO_HEADER = (0, 0, 0, "", "")
_SHARD_BYTES, _HEADER_BYTES = 8 << 20, 4 << 10  # what is read of a file does not grow with its size


def read_header(store: ClipStore, fname: str) -> tuple[AudioHeader, int]:
    """What the header of a clip says, and when the file was changed."""
    return store.read_header(fname)


def read_headers(
    dataset: Dataset, names: Sequence[tuple[str, str]], read: ReadHeader, workplace: Workplace | None
) -> Generator[Facts]:
    """The `FACTS` of clips in order, given by split and name; a clip that cannot be read has an error.

    Raises
    ------
    DatasetError
        If the clips are at an address that cannot be reached.
    FsatError
        If the workplace cannot be used.
    """
    stores = {part.split: part.audio for part in dataset.parts}
    files = [(stores[split], fname) for split, fname in names]
    with closing(_read(read, files, workplace)) as found:
        for (split, fname), (store, _), facts in zip(names, files, found, strict=True):
            is_gone = facts[0] == MISSING[0] and store is not None and not leads_out(fname)
            if is_gone and (other := find_name(dataset, split, fname)):  # it is written differently
                yield _facts_of(read, (store, other))
            else:
                yield facts


def find_name(dataset: Dataset, split: str, fname: str) -> str:
    """The name of the file that is meant where none is called so exactly; "" where there is none."""
    return dataset.folders[split].find(fname) if split in dataset.folders else ""


def _read(read: ReadHeader, files: Sequence[_File], workplace: Workplace | None) -> Generator[Facts]:
    return _read_here(read, files) if workplace is None else _in_shards(read, files, workplace)


def _read_here(read: ReadHeader, files: Sequence[_File]) -> Generator[Facts]:
    """The facts of files, in order; where one has to wait for an answer, of several at once."""
    num_readers = max((store.num_readers for store, _ in files if store is not None), default=1)
    facts_of = partial(_facts_of, read)
    if num_readers == 1:
        yield from map(facts_of, files)
    else:
        with closing(map_ahead(facts_of, files, num_readers, 4 * num_readers, "headers")) as found:
            yield from found


def _in_shards(read: ReadHeader, files: Sequence[_File], workplace: Workplace) -> Generator[Facts]:
    """The facts of files, in order, which workers read in shards."""
    folders = folders_of(store.clip(fname) for store, fname in files if store is not None)
    with workplace.open(folders) as pool:
        shards = cut_shards(map(_alone, files), lambda _: _HEADER_BYTES, _SHARD_BYTES * pool.shard_factor)
        with closing(map_shards(pool, partial(_read_shard, read), _give_up, shards)) as found:
            yield from chain.from_iterable(found)


def _alone(file: _File) -> _File:
    store, fname = file
    return store.only(fname) if store is not None else None, fname


def _read_shard(read: ReadHeader, files: Sequence[_File]) -> list[Facts]:
    return list(_read_here(read, files))


def _give_up(file: _File) -> Facts:
    store, fname = file
    error = (
        f"{fname}: ended the process that read its header, {TRIES} times: expected a file that does not "
        "crash its decoder; export it again, or leave it out."
    )
    # Perhaps it was the worker's fault: by the next scan it is tried again.
    return store.stamp(fname)[0] if store is not None else MISSING[0], _UNKNOWN, *_NO_HEADER, error


def _facts_of(read: ReadHeader, file: _File) -> Facts:
    store, fname = file
    if store is None:
        return *MISSING, *_NO_HEADER, "no such file"
    if leads_out(fname):
        reason = f"{fname}: leads out of the folder of its split; expected the name of a file in it"
        return *MISSING, *_NO_HEADER, reason
    try:
        header, mtime_ns = read(store, fname)
    except StoreAway as error:
        raise DatasetError(error.line) from None
    except StoreFault as error:
        return store.stamp(fname)[0], _UNKNOWN, *_NO_HEADER, str(error)
    except AudioError as error:
        # Of a file that is not there, the catalogue says more, by what is there then.
        return *store.stamp(fname), *_NO_HEADER, str(error)
    num_frames, sample_rate, num_channels, subtype, num_bytes, warning = header
    return num_bytes, mtime_ns, num_frames, sample_rate, num_channels, subtype, warning, ""
