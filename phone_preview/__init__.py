"""The mini-program in an ordinary browser, with a stand-in for WeChat's servers.

For demonstrations and tests only; nothing that runs in production imports this package.
"""
