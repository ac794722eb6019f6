# The app, and whatever trains for it on a cluster: one image. docs/deployment.md says how to run it.
# `--build-arg DEVICE=gpu` builds it for NVIDIA GPUs; their driver is the host's.
ARG PYTHON=3.12
FROM python:${PYTHON}-slim-bookworm

ARG DEVICE=cpu
ARG EXTRAS=postgres,cluster,notify,remote,sign-in
ARG UID=1000

ENV PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_ROOT_USER_ACTION=ignore \
    PYTHONUNBUFFERED=1

# Volumes that are made anew get the owner that these folders have.
RUN useradd --uid "${UID}" --create-home fsat \
    && install --directory --owner=fsat --group=fsat /data /runs /cache

WORKDIR /app
# What the program needs, with an empty program: this layer stays until pyproject.toml changes.
COPY pyproject.toml ./
# Versions are bounded there.
# hadolint ignore=DL3013
RUN touch README.md && pip install ".[${DEVICE},${EXTRAS}]"
# Not the user's own: the program cannot change itself.
COPY . ./
RUN pip install --no-deps --editable . && python -m compileall -q app.py pages ui fsat_core

ENV FSAT_RUNS_DIR=/runs \
    FSAT_CACHE_DIR=/cache \
    STREAMLIT_SERVER_ADDRESS=0.0.0.0 \
    STREAMLIT_SERVER_HEADLESS=true \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility
USER ${UID}
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["python", "-c", \
    "from urllib.request import urlopen; urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]
CMD ["streamlit", "run", "app.py"]
