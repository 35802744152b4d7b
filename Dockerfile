# The service as an image: what the lock files pin, nothing that only developers need, no root.
#
#   docker build -t ecm-adapter .
#
# Settings come from the environment (`ecm settings show`). Without registered clients it refuses to
# start, as it listens on every network of its container: docs/how-to/deploy.md.

# The Python that the tests run on.
ARG PYTHON=3.11

FROM python:${PYTHON}-slim-bookworm AS build
WORKDIR /source
COPY requirements.lock requirements-dev.lock ./
# Of what developers have pinned, the driver of the production database and the package builder.
RUN sed -n '/^psycopg/,/# via/p' requirements-dev.lock > postgresql.lock \
    && sed -nE '/^(hatchling|packaging|pathspec|pluggy|tomlkit|trove-classifiers)=/,/# via/p' \
        requirements-dev.lock > build.lock \
    && python -m venv /opt/ecm \
    && /opt/ecm/bin/pip install --no-cache-dir --require-hashes \
        -r requirements.lock -r postgresql.lock \
    && python -m venv /opt/build \
    && /opt/build/bin/pip install --no-cache-dir --require-hashes -r build.lock
COPY pyproject.toml README.md LICENSE ./
COPY adapter adapter
COPY cds_hooks cds_hooks
COPY eligibility eligibility
COPY mappings mappings
COPY profiles profiles
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir wheel . \
    && /opt/ecm/bin/pip install --no-cache-dir --no-deps wheel/*.whl \
    && /opt/ecm/bin/ecm policies check

FROM python:${PYTHON}-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /var/lib/ecm --create-home ecm
COPY --from=build /opt/ecm /opt/ecm
ENV PATH=/opt/ecm/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    ECM_HOST=0.0.0.0
# For a store in a file: ECM_STORE=sqlite:////var/lib/ecm/ecm.sqlite
WORKDIR /var/lib/ecm
VOLUME /var/lib/ecm
USER 10001
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/healthz', timeout=2)"]
ENTRYPOINT ["ecm"]
CMD ["serve"]
