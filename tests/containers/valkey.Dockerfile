# Stands in for valkey/valkey where no image can be fetched: the same program, user and folder.
FROM python:3.11-slim-bookworm
RUN groupadd --gid 999 valkey && useradd --uid 999 --gid 999 --no-create-home valkey && install -d -o valkey -g valkey /data
COPY --chmod=755 valkey-server valkey-cli /usr/local/bin/
WORKDIR /data
EXPOSE 6379
CMD ["valkey-server"]
