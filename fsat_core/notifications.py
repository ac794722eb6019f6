"""Messages to wherever people are, through Apprise. Addresses hold secrets: nothing here ever shows one."""

import importlib.util
import logging
import re
import threading
import time

_PATIENCE_S = 10.0
_MOST_BODY = 1_000
# An address may hold commas, so one of them begins with a scheme.
_BETWEEN = re.compile(r"[\s,]+(?=[A-Za-z][\w+.-]*://)")
_SCHEME = re.compile(r"[a-z][\w+.-]{0,19}(?=://)", re.IGNORECASE | re.ASCII)
_LOGGERS = ("apprise", "requests", "urllib3")  # what they say may name an address


def find_fault(urls: str) -> str:
    """Why nothing can be sent to these addresses, in a line; "" where it can, or there are none."""
    if not urls or importlib.util.find_spec("apprise") is not None:
        return ""
    return (
        "FSAT_NOTIFY_URLS is set, but nothing can be sent: the package apprise is not installed. Install it "
        'with `pip install -e ".[notify]"`, or unset FSAT_NOTIFY_URLS.'
    )


def send(urls: str, title: str, body: str) -> list[str]:
    """Send a message to each address; returns a line for each that did not take it within ten seconds.

    Parameters
    ----------
    urls : str
        Addresses as Apprise has them, with blanks or commas between: `mailto://...`, `json://host:port`.
    title, body : str
        Plain text.
    """
    if fault := find_fault(urls):
        return [fault]
    each = [url for url in _BETWEEN.split(urls.strip()) if url]
    results: dict[int, str] = {}

    def deliver(number: int, url: str) -> None:
        results[number] = _deliver(url, title, body[:_MOST_BODY])

    # Daemons: a server that drips out its answer holds up neither this nor the end of the process.
    threads = [
        threading.Thread(target=deliver, args=item, name=f"notify-{item[0]}", daemon=True)
        for item in enumerate(each, start=1)
    ]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + _PATIENCE_S
    for thread in threads:
        thread.join(max(deadline - time.monotonic(), 0))
    told = {number: results.get(number, "there was no answer in time") for number in range(1, len(each) + 1)}
    return [
        f"Notification {number} of {len(each)} ({_scheme(each[number - 1])}) was not delivered: {why}. "
        "Check that address in FSAT_NOTIFY_URLS."
        for number, why in told.items()
        if why
    ]


def _deliver(url: str, title: str, body: str) -> str:
    """Send to one address; returns why it was not delivered, "" where it was."""
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        import apprise

        sender = apprise.Apprise(asset=apprise.AppriseAsset(async_mode=False))
        if not sender.add(url):
            return "Apprise does not know such an address"
        is_sent = sender.notify(body=body, title=title, body_format=apprise.NotifyFormat.TEXT)
    except Exception as error:  # of whichever service; its text may repeat the address
        return f"it failed ({type(error).__name__})"
    return "" if is_sent else "the server refused it, or cannot be reached"


def _scheme(url: str) -> str:
    found = _SCHEME.match(url)
    return found[0] if found else "no address"
