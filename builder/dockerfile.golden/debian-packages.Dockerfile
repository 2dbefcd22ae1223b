FROM python:3.12-slim
ENV HOME=/home/user VIRTUAL_ENV=/opt/venv PATH=/opt/venv/bin:/home/user/.local/bin:$PATH

RUN { grep -q '^[^:]*:[^:]*:1000:' /etc/group || echo 'user:x:1000:' >> /etc/group; } && \
    { grep -q '^[^:]*:[^:]*:1000:' /etc/passwd || echo 'user:x:1000:1000::/home/user:/bin/sh' >> /etc/passwd; } && \
    mkdir -p /home/user/app && \
    chown -R 1000:1000 /home/user

WORKDIR /home/user/app

RUN --mount=type=secret,id=plaza-environment,target=/dev/shm/plaza/environment,mode=0444 \
    --mount=type=secret,id=plaza-certificates,target=/dev/shm/plaza/certificates.pem,mode=0444 \
    --mount=type=cache,id=hidden-debian,target=/dev/shm/plaza/apt,sharing=locked \
    . /dev/shm/plaza/environment && \
    mkdir -p /dev/shm/plaza/apt/lists/partial /dev/shm/plaza/apt/archives/partial && \
    apt-get -o Dir::State::lists=/dev/shm/plaza/apt/lists -o Dir::Cache::archives=/dev/shm/plaza/apt/archives -o APT::Sandbox::User=root -o Acquire::Retries=3 ${SSL_CERT_FILE:+-o Acquire::https::CaInfo=$SSL_CERT_FILE} -qq update && \
    DEBIAN_FRONTEND=noninteractive apt-get -o Dir::State::lists=/dev/shm/plaza/apt/lists -o Dir::Cache::archives=/dev/shm/plaza/apt/archives -o APT::Sandbox::User=root -o Acquire::Retries=3 ${SSL_CERT_FILE:+-o Acquire::https::CaInfo=$SSL_CERT_FILE} -qq -o Dpkg::Use-Pty=0 install -y --no-install-recommends -- 'ffmpeg' 'libgl1:amd64' 'libsndfile1=1.2.0-1'

RUN --mount=type=secret,id=plaza-environment,target=/dev/shm/plaza/environment,mode=0444 \
    --mount=type=secret,id=plaza-certificates,target=/dev/shm/plaza/certificates.pem,mode=0444 \
    --mount=type=bind,from=localhost/plaza-uv:1,source=/uv,target=/dev/shm/plaza/uv \
    --mount=type=bind,source=build,target=/dev/shm/plaza/build,rw \
    --mount=type=cache,id=hidden-python,target=/dev/shm/plaza/cache \
    . /dev/shm/plaza/environment && \
    /dev/shm/plaza/uv venv --quiet --python python3 /opt/venv && \
    cd /dev/shm/plaza/build/requirements && \
    PLAZA_LAYER=shared /dev/shm/plaza/uv pip install --python=/opt/venv/bin/python --no-editable --cache-dir=/dev/shm/plaza/cache --link-mode=copy --no-build ${PLAZA_REFRESH:+--refresh} -r 'requirements.txt'

COPY --chown=1000:1000 app/ /home/user/app/
USER 1000:1000
