"""The version of what reports say. Raised with every change of checks or answers: kept results of another
version are not given again."""

VERSION = 6
