"""Telling people something: an inbox in the program, and WeChat's subscribe messages."""
