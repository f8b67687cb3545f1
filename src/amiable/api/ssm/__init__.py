"""SSM (API version 2014-11-06): the Parameter Store, whose parameters may be aliases of images."""
