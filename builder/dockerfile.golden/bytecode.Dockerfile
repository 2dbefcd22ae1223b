FROM python:3.12-slim
ENV HOME=/home/user VIRTUAL_ENV=/opt/venv PATH=/opt/venv/bin:/home/user/.local/bin:$PATH

RUN { grep -q '^[^:]*:[^:]*:1000:' /etc/group || echo 'user:x:1000:' >> /etc/group; } && \
    { grep -q '^[^:]*:[^:]*:1000:' /etc/passwd || echo 'user:x:1000:1000::/home/user:/bin/sh' >> /etc/passwd; } && \
    mkdir -p /home/user/app && \
    chown -R 1000:1000 /home/user

WORKDIR /home/user/app

RUN --mount=type=secret,id=plaza-environment,target=/dev/shm/plaza/environment,mode=0444 \
    --mount=type=secret,id=plaza-certificates,target=/dev/shm/plaza/certificates.pem,mode=0444 \
    --mount=type=bind,from=localhost/plaza-uv:1,source=/uv,target=/dev/shm/plaza/uv \
    --mount=type=bind,source=build,target=/dev/shm/plaza/build,rw \
    --mount=type=cache,id=hidden-python,target=/dev/shm/plaza/cache \
    . /dev/shm/plaza/environment && \
    /dev/shm/plaza/uv venv --quiet --python python3 /opt/venv && \
    cd /dev/shm/plaza/build/requirements && \
    PLAZA_LAYER=shared /dev/shm/plaza/uv pip install --python=/opt/venv/bin/python --no-editable --cache-dir=/dev/shm/plaza/cache --link-mode=copy --no-build ${PLAZA_REFRESH:+--refresh} -r 'requirements.txt'

RUN --mount=type=secret,id=plaza-environment,target=/dev/shm/plaza/environment,mode=0444 \
    --mount=type=secret,id=plaza-certificates,target=/dev/shm/plaza/certificates.pem,mode=0444 \
    . /dev/shm/plaza/environment && \
    test -n "$PLAZA_COMPILE" && \
    { PLAZA_LAYER=abababababababababababababababababababababababababababababababab $(test -x /usr/bin/nice && echo '/usr/bin/nice -n 19') /opt/venv/bin/python -I -S -m compileall -q /opt/venv/lib "$(/opt/venv/bin/python -I -S -c 'import os; print(os.path.dirname(os.__file__))')" || test $? -eq 1; }

COPY --chown=1000:1000 app/ /home/user/app/
USER 1000:1000
