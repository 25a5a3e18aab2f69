"""The laws of a streaming codec, one by one."""
