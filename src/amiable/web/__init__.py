"""HTTP: the AWS endpoint and a health page."""
