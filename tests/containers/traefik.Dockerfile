# Stands in for Traefik's image where none can be fetched: the same program.
FROM python:3.11-slim-bookworm
COPY --chmod=755 traefik /usr/local/bin/
CMD ["traefik"]
