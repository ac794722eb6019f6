"""The app as a server of its own on a free port, for browser tests and pictures."""

import os
import re
import secrets
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from fsat_core.dataset.demo.write import write_demo
from fsat_core.settings import Settings

REPOSITORY = Path(__file__).parents[1]
CHROMIUM = Path("/usr/bin/chromium")
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
)
STARTUP_S = 120.0
_PORTS = 20_000, 32_000  # below those that systems give to whoever asks for any port


class AppServer:
    """The app as a user starts it, in a process of its own, with its own data, runs and cache folders.

    Parameters
    ----------
    folder : Path
        An empty folder.
    data_dir : Path, optional
        The data set to open. Without one, the demo set is written to where the app looks when no other set
        is configured, so that it opens as the demo set it is.
    database_url : str
        Where labels are kept; by default in a file beside the runs.
    """

    def __init__(self, folder: Path, data_dir: Path | None = None, database_url: str = "") -> None:
        self._log_path = folder / "server.log"
        self._secrets_path = folder / "secrets.toml"
        self._port = _free_port()
        self._process: subprocess.Popen | None = None
        self.url = f"http://127.0.0.1:{self._port}"
        self.cache_dir = folder / "cache"
        self.data_dir = data_dir or self.cache_dir / "demo"
        self.runs_dir = folder / "runs"
        self.settings = Settings(
            self.data_dir, self.runs_dir, self.cache_dir, given_database_url=database_url
        )
        if data_dir is None:
            write_demo(self.data_dir)

    def sign_in_with(self, provider: str) -> None:
        """Have people sign in with the OpenID provider at an address, from the next start on."""
        self._secrets_path.write_text(
            "[auth]\n"
            f'redirect_uri = "{self.url}/oauth2callback"\n'
            f'cookie_secret = "{secrets.token_urlsafe(48)}"\n'
            'client_id = "app"\n'
            'client_secret = "any, for a provider that knows no clients"\n'
            f'server_metadata_url = "{provider}/.well-known/openid-configuration"\n'
        )

    def start(self) -> None:
        """Start the app and wait until it answers."""
        command = [sys.executable, "-m", "streamlit", "run", "app.py"]
        options = {
            "server.port": str(self._port),
            "server.address": "127.0.0.1",
            "server.headless": "true",
            "server.fileWatcherType": "none",
            "secrets.files": str(self._secrets_path),
        }
        for name, value in options.items():
            command += [f"--{name}", value]
        with self._log_path.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                cwd=REPOSITORY,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._wait_until_healthy()

    def kill(self) -> None:
        """End the app at once (SIGKILL), as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def restart(self) -> None:
        """End the app if it runs, and start it again at the same address with the same folders."""
        self.stop()
        self.start()

    def stop(self) -> None:
        """End the app as Ctrl-C would; kill it if it does not stop."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def log(self) -> str:
        """What the app has printed so far."""
        return self._log_path.read_text(errors="replace")

    @property
    def pid(self) -> int:
        """The id of its process, which runs."""
        if self._process is None:
            raise RuntimeError(f"The app at {self.url} does not run: expected it to. Start it.")
        return self._process.pid

    def peak_mb(self) -> float:
        """The most memory (in MB) that the app, which runs, has held so far."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) * 1024 / 1e6

    def _environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("FSAT_")}
        own = self.settings.environment()
        if self.settings.uses_demo:
            del own["FSAT_DATA_DIR"]
        return inherited | own

    def _wait_until_healthy(self) -> None:
        deadline = time.monotonic() + STARTUP_S
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                break
            if _answers(f"{self.url}/_stcore/health"):
                return
            time.sleep(0.2)
        raise RuntimeError(f"The app did not start at {self.url}. Its output:\n{self.log()}")


def _free_port() -> int:
    """A port that is free, and stays so until the app listens: the system gives none of these to others."""
    first, last = _PORTS
    for port in secrets.SystemRandom().sample(range(first, last), 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError(f"No free port from {first} to {last}: expected one of 100 to be free.")


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=5) as response:  # nosec B310  # an address of this machine, made above
            return bool(response.status == 200)
    except (URLError, ConnectionError, TimeoutError):
        return False
