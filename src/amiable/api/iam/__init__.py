"""IAM (API version 2010-05-08): an account has a root, no users and no roles."""
