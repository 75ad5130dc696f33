"""Functions that make a `Receiver` a Django view, a Flask view, a Starlette endpoint, an aiohttp or a Lambda handler.

Each function takes the receiver and, optionally, the topic of the route. Without a topic, the path of the request
decides, as `Receiver.topic_at` says. Each function imports its framework when it is called.
"""

from .aiohttp import aiohttp_handler
from .aws_lambda import lambda_handler
from .django import django_view
from .flask import flask_view
from .starlette import starlette_endpoint

__all__ = ["aiohttp_handler", "django_view", "flask_view", "lambda_handler", "starlette_endpoint"]
