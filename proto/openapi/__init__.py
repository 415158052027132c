"""Describe the public service as OpenAPI: what the gateway's transcoder makes of the protos."""
