"""HTTP: the AWS endpoint, the console's files and a health page."""
