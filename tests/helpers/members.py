"""Somebody who signs in to the app without a browser, at a provider of OpenID Connect on this machine."""

import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import httpx2

from benchmarks.targets.viewer import Answer, Viewer

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of packages that it needs
    from oidc_provider_mock import run_server_in_thread


class MemberVisit(Viewer):
    """A page that a member has open, by the cookies of their browser."""

    @property
    def pages(self) -> Mapping[str, str]:
        """The pages to choose from, and what a message calls each; known once one has been opened."""
        return self._pages

    def go_to(self, page_hash: str) -> Answer:
        """Ask for a page by what a message calls it, whether it is one to choose from or not."""
        self._page = page_hash
        return self._ask("")

    def see_redrawn(self) -> Answer:
        """The page as the server draws it next without being asked to."""
        return self._read_answer(time.perf_counter())


@contextmanager
def oidc_provider() -> Iterator[str]:
    """A provider that believes everybody; yields its address."""
    with run_server_in_thread() as server:
        yield f"http://127.0.0.1:{server.server_port}"


@contextmanager
def sign_in(url: str, address: str | None) -> Iterator[httpx2.Client]:
    """A browser of whoever has signed in to the app at `url`; of nobody without an address."""
    with httpx2.Client(base_url=url, timeout=60, trust_env=False) as client:
        client.get("/_stcore/health")
        if address is not None:
            consent = client.get("/sign-in?with=", follow_redirects=True)
            back = client.post(str(consent.url), data={"sub": address})
            client.get(back.headers["location"])
        yield client
