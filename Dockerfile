# syntax=docker/dockerfile:1
# newstone with its daemon: docker build --tag newstone:0.1.0 .
# `newstone schedule --print docker` writes the compose file that runs it with the right folders.
# Pinned by version; pin the digest, too, where you build: docker buildx imagetools inspect python:3.11.14-slim-bookworm
FROM python:3.11.14-slim-bookworm AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/newstone
ENV PATH=/opt/newstone/bin:$PATH
WORKDIR /src
COPY requirements.lock ./
# torch first, in the version of the lock, from the index of CPU builds: the Linux build on PyPI brings some 3 GB of CUDA
# with it. 2.13.0+cpu satisfies torch==2.13.0, so that the second step leaves it as it is. For a GPU leave this step out.
RUN grep '^torch==' requirements.lock > torch.lock \
    && pip install --no-cache-dir --no-deps --requirement torch.lock --index-url https://download.pytorch.org/whl/cpu
RUN pip install --no-cache-dir --requirement requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY analysis analysis
COPY crawler crawler
COPY db db
COPY newstone newstone
COPY pipelines pipelines
# Its dependencies are installed, in the versions of the lock.
RUN pip install --no-cache-dir --no-deps . && newstone --version

FROM python:3.11.14-slim-bookworm
LABEL org.opencontainers.image.title="newstone" \
      org.opencontainers.image.description="Self-hosted press monitoring with target-dependent sentiment" \
      org.opencontainers.image.licenses="MIT"

# A fixed number, so that folders outside can belong to it; nothing of the image itself does.
RUN groupadd --gid 10001 newstone \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/newstone --shell /usr/sbin/nologin newstone \
    && install --directory --owner newstone --group newstone /var/lib/newstone
COPY --from=build /opt/newstone /opt/newstone
ENV PATH=/opt/newstone/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HF_HOME=/var/lib/newstone/huggingface
WORKDIR /var/lib/newstone
VOLUME ["/var/lib/newstone"]
USER 10001:10001

# Of the daemon: it runs, and the newest planned night has happened and went through.
HEALTHCHECK --interval=5m --timeout=30s --start-period=2m --retries=3 CMD ["python", "-m", "newstone.monitoring.alive"]
# Ends after the stage under way; give it time: docker stop --timeout 900.
STOPSIGNAL SIGTERM
ENTRYPOINT ["newstone"]
CMD ["schedule"]
