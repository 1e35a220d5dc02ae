# The tool as an image, and its wheel: docker run --rm -v "$PWD:/work" wholeship check
# BASE is any Debian image with Python 3.11 or newer, venv and apt.
ARG BASE=docker.io/library/python:3.13-slim

FROM ${BASE} AS build
WORKDIR /build
COPY requirements/run.txt requirements/
RUN python3 -m venv /opt/wholeship \
 && /opt/wholeship/bin/pip install --quiet --no-cache-dir --disable-pip-version-check --require-hashes -r requirements/run.txt
COPY . .
RUN /opt/wholeship/bin/python -m hatchling build --target wheel --directory /dist \
 && /opt/wholeship/bin/pip install --quiet --no-cache-dir --disable-pip-version-check --no-deps --no-index /dist/*.whl

FROM scratch AS wheel
COPY --from=build /dist/ /

FROM ${BASE} AS image
# git: diff, review and plan ask it. buildah, docker or podman are not in here: releases are made where a builder is.
RUN apt-get update -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends ca-certificates git \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build /opt/wholeship /opt/wholeship
USER 65534:65534
WORKDIR /work
ENTRYPOINT ["/opt/wholeship/bin/wholeship"]
CMD ["--help"]
