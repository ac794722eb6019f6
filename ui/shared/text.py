"""Values as a person would say them."""


def size_text(num_bytes: int) -> str:
    """A size as a person would say it: `640 kB`, `14.6 MB`, `2.1 GB`."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6)):
        if num_bytes >= factor:
            return f"{num_bytes / factor:.1f} {unit}"
    return f"{num_bytes / 1e3:.0f} kB"
