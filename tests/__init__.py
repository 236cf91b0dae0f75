"""The tests; each folder mirrors an app."""

ENVIRONMENT = {
    "PUTLER_MODE": "local",
    "SECRET_KEY": "a key that signs nothing outside the tests",
    "PUTLER_KEYS": "k1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
}
