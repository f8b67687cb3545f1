"""AWS's wire, derived from botocore's service models: bytes to dicts, dicts to bytes, signatures.

A request passes, in this order:

    message.Request → route.route → signed.parse_credentials, sigv4.verify → parse.parse → validate.validate
                                                                                               │ dict
    message.Response ← render.render (or render_fault.render_fault, for any Fault on the way) ←┘

Nothing here knows an account, a secret or a row. Whatever a client sends, the only exception that
leaves this floor is `faults.Fault`.
"""
