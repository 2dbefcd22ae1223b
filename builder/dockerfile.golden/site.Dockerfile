FROM node:24-slim
ENV HOME=/home/user

RUN { grep -q '^[^:]*:[^:]*:1000:' /etc/group || echo 'user:x:1000:' >> /etc/group; } && \
    { grep -q '^[^:]*:[^:]*:1000:' /etc/passwd || echo 'user:x:1000:1000::/home/user:/bin/sh' >> /etc/passwd; } && \
    mkdir -p /home/user/app && \
    chown -R 1000:1000 /home/user

WORKDIR /home/user/app

COPY --chown=1000:1000 app/ /home/user/app/
USER 1000:1000

RUN --mount=type=secret,id=plaza-environment,target=/dev/shm/plaza/environment,mode=0444 \
    --mount=type=secret,id=plaza-certificates,target=/dev/shm/plaza/certificates.pem,mode=0444 \
    --mount=type=cache,id=hidden-npm,target=/dev/shm/plaza/npm,uid=1000,gid=1000,mode=0755 \
    . /dev/shm/plaza/environment && \
    PLAZA_LAYER=4567 npm ci --cache=/dev/shm/plaza/npm --no-audit --no-fund --no-update-notifier

RUN --mount=type=secret,id=plaza-environment,target=/dev/shm/plaza/environment,mode=0444 \
    --mount=type=secret,id=plaza-certificates,target=/dev/shm/plaza/certificates.pem,mode=0444 \
    --mount=type=cache,id=hidden-npm,target=/dev/shm/plaza/npm,uid=1000,gid=1000,mode=0755 \
    --mount=type=bind,source=build,target=/dev/shm/plaza/build \
    . /dev/shm/plaza/environment && \
    PLAZA_LAYER=4567 sh /dev/shm/plaza/build/command
